//! What a flush hands to a sink: finished series, events and service checks, owned, in a few flat buffers.
//!
//! A [`Bucket`] promises: the tags of everything in it are sorted by bytes and each stands once; events and service
//! checks have a timestamp; nothing is validated as UTF-8, as nowhere before. Reading it allocates nothing. It is what
//! every sink and every language binding reads.

mod lines;
mod series;

use basenji_core::Time;
use basenji_core::aggregate::{self, Aggregate};
use basenji_core::sketch::{Sketch, Store, Summary};
use basenji_core::wire::{Event, Message, MetricKind, OriginFields, ServiceCheck, Tags};

use lines::Lines;
pub(crate) use lines::Received;
pub use series::{Histogram, Point, Series};

/// One flush: every series, event and service check that was finished by then.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    flushed_at: Time,
    series: Vec<Entry>,
    /// Names, hosts, tags and origins of the series.
    text: Vec<u8>,
    /// Summaries and bins.
    cells: Vec<u64>,
    aggregates: Vec<(Aggregate, f64)>,
    events: Lines,
    checks: Lines,
}

/// One series: where its text is, one part after the other, and its value.
#[derive(Debug, Clone, Copy)]
struct Entry {
    text: usize,
    name: u32,
    host: u32,
    tags: u32,
    /// Local data, external data, cardinality; [`ABSENT`] for none.
    origin: [u32; 3],
    /// Whether the tags are one tag of no bytes, which their text cannot tell from none.
    empty_tag: bool,
    kind: MetricKind,
    interval: u32,
    timestamp: u64,
    value: Value,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Count(f64),
    Gauge(f64),
    Set(u64),
    /// The summary stands in the cells.
    Histogram {
        cells: usize,
        aggregates: usize,
        len: usize,
    },
    /// Summary and bins stand in the cells.
    Distribution {
        cells: usize,
        bins: usize,
    },
}

const ABSENT: u32 = u32::MAX;

/// Words of a summary in the cells.
const SUMMARY: usize = 5;

/// Takes in the series of an aggregator's flush. Samples, which one that keeps series does not hand out, are left out.
///
/// # Example
///
/// ```
/// use basenji::core::Time;
/// use basenji::core::aggregate::{Aggregator, Settings, Source};
/// use basenji::core::wire::Metric;
/// use basenji::server::{Bucket, Growing, Memory};
///
/// let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::default());
/// aggregator.record(&Metric::parse(b"page.views:2|c")?, &Source::default(), Time::from_secs(1))?;
/// let mut bucket = Bucket::default();
/// bucket.extend(aggregator.flush_all(Time::from_secs(2)));
/// assert_eq!(bucket.series().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<'s> Extend<aggregate::Series<'s>> for Bucket {
    fn extend<I: IntoIterator<Item = aggregate::Series<'s>>>(&mut self, flush: I) {
        let mut tags = Vec::new();
        for series in flush {
            self.push(&series, &mut tags);
        }
    }
}

impl Bucket {
    /// When the flush was made.
    pub fn flushed_at(&self) -> Time {
        self.flushed_at
    }

    /// The series: buckets in order of time for each, then its timestamped points.
    pub fn series(&self) -> impl ExactSizeIterator<Item = Series<'_>> {
        self.series.iter().map(|entry| self.view(entry))
    }

    /// The events in the order in which one worker received them, with timestamp, host and tags as they are to be sent
    /// on.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.events.iter().filter_map(|line| Event::parse(line).ok())
    }

    /// The service checks, likewise.
    pub fn service_checks(&self) -> impl Iterator<Item = ServiceCheck<'_>> {
        self.checks.iter().filter_map(|line| ServiceCheck::parse(line).ok())
    }

    /// How many series, events and service checks there are.
    pub fn len(&self) -> usize {
        self.series.len() + self.events.len() + self.checks.len()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that it takes, near enough for a budget.
    pub fn size(&self) -> usize {
        size_of::<Bucket>()
            + self.series.len() * size_of::<Entry>()
            + self.text.len()
            + self.cells.len() * size_of::<u64>()
            + self.aggregates.len() * size_of::<(Aggregate, f64)>()
            + self.events.size()
            + self.checks.size()
    }

    /// Empties it and keeps its memory.
    pub(crate) fn reset(&mut self, flushed_at: Time) {
        self.flushed_at = flushed_at;
        self.series.clear();
        self.text.clear();
        self.cells.clear();
        self.aggregates.clear();
        self.events.clear();
        self.checks.clear();
    }

    /// Keeps of each histogram the aggregates that `keep` says, by the name of the metric.
    pub(crate) fn retain_aggregates(&mut self, mut keep: impl FnMut(&[u8], Aggregate) -> bool) {
        for entry in &mut self.series {
            let Value::Histogram { aggregates: start, len, .. } = &mut entry.value else { continue };
            let name = &self.text[entry.text..entry.text + entry.name as usize];
            let all = &mut self.aggregates[*start..*start + *len];
            let mut kept = 0;
            for place in 0..all.len() {
                if keep(name, all[place].0) {
                    all[kept] = all[place];
                    kept += 1;
                }
            }
            *len = kept;
        }
    }

    /// Takes in a line that is an event or a service check, with what its receiver knows of it. False if it is neither.
    pub(crate) fn push_line(&mut self, line: &[u8], received: Received<'_>) -> bool {
        let Ok(message) = Message::parse(line) else { return false };
        lines::enrich(message, received, |message| {
            let lines = match message {
                Message::Metric(_) => return false,
                Message::Event(_) => &mut self.events,
                Message::ServiceCheck(_) => &mut self.checks,
            };
            lines.push(message).is_ok()
        })
    }

    /// Takes in one series; `scratch` is for its tags.
    fn push<'s>(&mut self, series: &aggregate::Series<'s>, scratch: &mut Vec<&'s [u8]>) {
        let value = match series.point {
            aggregate::Point::Count(sum) => Value::Count(sum),
            aggregate::Point::Gauge(last) => Value::Gauge(last),
            aggregate::Point::Set(members) => Value::Set(members),
            aggregate::Point::Histogram(histogram) => {
                let aggregates = self.aggregates.len();
                self.aggregates.extend(histogram.aggregates());
                let cells = self.push_summary(&Summary {
                    count: histogram.count(),
                    sum: histogram.sum(),
                    min: histogram.min(),
                    max: histogram.max(),
                    avg: histogram.avg(),
                });
                Value::Histogram { cells, aggregates, len: self.aggregates.len() - aggregates }
            }
            aggregate::Point::Distribution(sketch) => {
                let (summary, store) = sketch.into_parts();
                let bins = store.len();
                let cells = self.push_summary(&summary);
                self.cells.extend(store.into_storage().iter().take(bins));
                Value::Distribution { cells, bins }
            }
            // A server's aggregator keeps series, never the samples of a client.
            aggregate::Point::Samples(_) | aggregate::Point::Member(_) => return,
        };
        let text = self.text.len();
        let name = self.push_text(series.name);
        let host = self.push_text(series.host);
        scratch.clear();
        scratch.extend(series.tags.iter());
        scratch.sort_unstable();
        scratch.dedup();
        let tags = self.push_tags(scratch);
        let origin = [series.origin.local_data, series.origin.external_data, series.origin.cardinality]
            .map(|field| field.map_or(ABSENT, |field| self.push_text(field)));
        self.series.push(Entry {
            text,
            name,
            host,
            tags,
            origin,
            empty_tag: scratch.len() == 1 && tags == 0,
            kind: series.kind,
            interval: series.interval,
            timestamp: series.timestamp,
            value,
        });
    }

    fn push_text(&mut self, text: &[u8]) -> u32 {
        self.text.extend_from_slice(text);
        text.len() as u32
    }

    fn push_tags(&mut self, tags: &[&[u8]]) -> u32 {
        let start = self.text.len();
        for (place, tag) in tags.iter().enumerate() {
            if place > 0 {
                self.text.push(b',');
            }
            self.text.extend_from_slice(tag);
        }
        (self.text.len() - start) as u32
    }

    fn push_summary(&mut self, summary: &Summary) -> usize {
        let start = self.cells.len();
        self.cells.push(summary.count);
        self.cells.extend([summary.sum, summary.min, summary.max, summary.avg].map(f64::to_bits));
        start
    }

    fn summary(&self, start: usize) -> Summary {
        match self.cells.get(start..start + SUMMARY) {
            Some(&[count, sum, min, max, avg]) => Summary {
                count,
                sum: f64::from_bits(sum),
                min: f64::from_bits(min),
                max: f64::from_bits(max),
                avg: f64::from_bits(avg),
            },
            _ => Summary::default(),
        }
    }

    fn view(&self, entry: &Entry) -> Series<'_> {
        let mut rest = &self.text[entry.text..];
        let mut part = |len: u32| {
            let (part, after) = rest.split_at(len as usize);
            rest = after;
            part
        };
        let (name, host, tags) = (part(entry.name), part(entry.host), part(entry.tags));
        let [local_data, external_data, cardinality] = entry.origin.map(|len| (len != ABSENT).then(|| part(len)));
        Series {
            name,
            host,
            kind: entry.kind,
            tags: if entry.empty_tag { Tags::List(&[b""]) } else { Tags::Text(tags) },
            origin: OriginFields { local_data, external_data, cardinality },
            timestamp: entry.timestamp,
            interval: entry.interval,
            point: match entry.value {
                Value::Count(sum) => Point::Count(sum),
                Value::Gauge(last) => Point::Gauge(last),
                Value::Set(members) => Point::Set(members),
                Value::Histogram { cells, aggregates, len } => Point::Histogram(Histogram {
                    summary: self.summary(cells),
                    aggregates: &self.aggregates[aggregates..aggregates + len],
                }),
                Value::Distribution { cells, bins } => {
                    let start = cells + SUMMARY;
                    let store = Store::from_parts(&self.cells[start..start + bins], bins);
                    Point::Distribution(Sketch::from_parts(self.summary(cells), store))
                }
            },
        }
    }
}
