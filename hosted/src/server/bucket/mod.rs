//! What a flush hands to a sink: finished series, events and service checks, owned, in a few flat buffers.
//!
//! A [`Bucket`] promises: the tags of everything in it are sorted by bytes and each stands once; events and service
//! checks have a timestamp; nothing is validated as UTF-8, as nowhere before. Reading it allocates nothing. It is what
//! every sink and every language binding reads.

mod bins;
mod lines;
mod series;

use basenji_core::Time;
use basenji_core::aggregate::{self, Aggregate, Members};
use basenji_core::sketch::{Sketch, Store, Summary};
use basenji_core::wire::{Event, Message, MetricKind, OriginFields, ServiceCheck, Tags, join};

use super::stats::{By, MessageKind};
pub(crate) use lines::Enrichment;
use lines::Lines;
pub use series::{Histogram, Point, Series};

/// One flush: every series, event and service check that was finished by then.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    flushed_at: Time,
    contexts: Vec<Context>,
    series: Vec<Entry>,
    /// Names, hosts, tags and origins of the series.
    text: Vec<u8>,
    /// Summaries and bins.
    cells: Vec<u64>,
    aggregates: Vec<(Aggregate, f64)>,
    events: Lines,
    checks: Lines,
    /// The messages that stand in it.
    messages: By<MessageKind>,
    /// How many more bins histograms and timings may keep.
    bins_left: usize,
}

/// What makes a series: where its text is, one part after the other. Its points share it.
#[derive(Debug, Clone, Copy)]
struct Context {
    text: usize,
    interval: u32,
    name: u16,
    host: u16,
    tags: u16,
    /// Local data, external data, cardinality; [`ABSENT`] for none.
    origin: [u16; 3],
    /// Whether the tags are one tag of no bytes, which their text cannot tell from none.
    empty_tag: bool,
    kind: MetricKind,
}

/// One point of one series.
#[derive(Debug, Clone, Copy)]
struct Entry {
    context: u32,
    timestamp: u64,
    value: Value,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    Count(f64),
    Gauge(f64),
    Set(u64),
    /// The number of members and what is known of them stand in the cells.
    Members {
        cells: u32,
        words: u32,
        precision: u8,
    },
    /// Summary and bins, if these are kept, stand in the cells.
    Histogram {
        cells: u32,
        aggregates: u32,
        bins: u16,
        len: u8,
    },
    /// Summary and bins stand in the cells.
    Distribution {
        cells: u32,
        bins: u16,
    },
}

const ABSENT: u16 = u16::MAX;

// A point is to cost no more than half a cache line besides its context.
const _: () = assert!(size_of::<Entry>() == 32 && size_of::<Context>() == 32);

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
        let mut last = None;
        for series in flush {
            let place = Place::of(&series);
            let context = match last {
                // An aggregator hands out the points of a series one after the other.
                Some(known) if known == place => self.contexts.len() - 1,
                _ => self.push_context(&series, &mut tags),
            };
            last = Some(place);
            self.push_point(&series, context);
        }
    }
}

/// Where the text of a series stands, which tells one of the same aggregator from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    texts: [(*const u8, usize); 3],
    kind: MetricKind,
    interval: u32,
}

impl Place {
    fn of(series: &aggregate::Series<'_>) -> Place {
        let place = |text: &[u8]| (text.as_ptr(), text.len());
        let tags = match series.tags {
            Tags::Text(text) => place(text),
            Tags::List(list) => (list.as_ptr().cast(), list.len()),
        };
        let texts = [place(series.name), place(series.host), tags];
        Place { texts, kind: series.kind, interval: series.interval }
    }
}

impl Bucket {
    /// An empty bucket of a flush at this time.
    pub fn at(flushed_at: Time) -> Bucket {
        Bucket { flushed_at, ..Bucket::default() }
    }

    /// When the flush was made.
    pub fn flushed_at(&self) -> Time {
        self.flushed_at
    }

    /// The series: buckets in order of time for each, then its timestamped points.
    pub fn series(&self) -> impl ExactSizeIterator<Item = Series<'_>> {
        self.series.iter().map(|entry| self.view(entry))
    }

    /// The series with this place among [`Bucket::series`], found at once.
    pub fn get(&self, place: usize) -> Option<Series<'_>> {
        self.series.get(place).map(|entry| self.view(entry))
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

    /// The messages that this flush shows, by kind.
    pub fn messages(&self) -> By<MessageKind> {
        self.messages
    }

    pub(crate) fn set_flushed_at(&mut self, now: Time) {
        self.flushed_at = now;
    }

    /// How many bins histograms and timings that come from now on may keep of their samples.
    pub(crate) fn keep_bins(&mut self, most: usize) {
        self.bins_left = most;
    }

    pub(crate) fn set_messages(&mut self, messages: By<MessageKind>) {
        self.messages = messages;
    }

    /// How many series, events and service checks there are.
    pub fn len(&self) -> usize {
        self.series.len() + self.events.len() + self.checks.len()
    }

    /// How many series, how many events, how many service checks.
    pub(crate) fn lens(&self) -> (usize, usize, usize) {
        (self.series.len(), self.events.len(), self.checks.len())
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes that it takes, roughly, for a budget.
    pub fn size(&self) -> usize {
        size_of::<Bucket>()
            + self.contexts.len() * size_of::<Context>()
            + self.series.len() * size_of::<Entry>()
            + self.text.len()
            + self.cells.len() * size_of::<u64>()
            + self.aggregates.len() * size_of::<(Aggregate, f64)>()
            + self.events.size()
            + self.checks.size()
    }

    /// Empties it, and keeps of its memory what it has needed.
    pub(crate) fn reset(&mut self, flushed_at: Time) {
        self.flushed_at = flushed_at;
        empty(&mut self.contexts);
        empty(&mut self.series);
        empty(&mut self.text);
        empty(&mut self.cells);
        empty(&mut self.aggregates);
        self.events.clear();
        self.checks.clear();
        self.messages = By::default();
    }

    /// Makes room for as many series, with as many bytes of text, and for no more.
    pub(crate) fn reserve(&mut self, series: usize, text: usize) {
        self.contexts.reserve_exact(series);
        self.series.reserve_exact(series);
        self.text.reserve_exact(text);
    }

    /// Calls `choose` with the name and the aggregates of each histogram: it moves those to show to the front and returns their
    /// number. Returns how many were left out.
    pub(crate) fn retain_aggregates(
        &mut self,
        mut choose: impl FnMut(&[u8], &mut [(Aggregate, f64)]) -> usize,
    ) -> usize {
        let mut gone = 0;
        for entry in &mut self.series {
            let Value::Histogram { aggregates: start, len, .. } = &mut entry.value else { continue };
            let context = &self.contexts[entry.context as usize];
            let name = &self.text[context.text..][..usize::from(context.name)];
            let all = &mut self.aggregates[*start as usize..][..usize::from(*len)];
            let kept = choose(name, all).min(all.len());
            gone += all.len() - kept;
            *len = kept as u8;
        }
        gone
    }

    /// Takes in a line that is an event or a service check, with what its receiver knows of it. False if it is neither.
    pub(crate) fn push_line(&mut self, line: &[u8], added: Enrichment<'_>) -> bool {
        let Ok(message) = Message::parse(line) else { return false };
        lines::enrich(message, added, |message| {
            let lines = match message {
                Message::Metric(_) => return false,
                Message::Event(_) => &mut self.events,
                Message::ServiceCheck(_) => &mut self.checks,
            };
            lines.push(message).is_ok()
        })
    }

    /// Takes in a point of the series with this number among the contexts.
    fn push_point(&mut self, series: &aggregate::Series<'_>, context: usize) {
        let value = match series.point {
            aggregate::Point::Count(sum) => Value::Count(sum),
            aggregate::Point::Gauge(last) => Value::Gauge(last),
            aggregate::Point::Set(count) => match series.members.words() {
                [] => Value::Set(count),
                words => {
                    let cells = self.cells.len() as u32;
                    self.cells.push(count);
                    self.cells.extend_from_slice(words);
                    Value::Members { cells, words: words.len() as u32, precision: series.members.precision() }
                }
            },
            aggregate::Point::Histogram(histogram) => {
                let aggregates = self.aggregates.len();
                self.aggregates.extend(histogram.aggregates());
                let cells = self.push_summary(&histogram.summary());
                let len = (self.aggregates.len() - aggregates) as u8;
                let bins = bins::push(&mut self.cells, histogram.samples(), self.bins_left);
                self.bins_left -= usize::from(bins);
                Value::Histogram { cells, aggregates: aggregates as u32, bins, len }
            }
            aggregate::Point::Distribution(sketch) => {
                let (summary, store) = sketch.into_parts();
                let bins = store.len();
                let cells = self.push_summary(&summary);
                self.cells.extend(store.into_storage().iter().take(bins));
                Value::Distribution { cells, bins: bins as u16 }
            }
            // A server's aggregator keeps series, never the samples of a client.
            aggregate::Point::Samples(_) | aggregate::Point::Member(_) => return,
        };
        self.series.push(Entry { context: context as u32, timestamp: series.timestamp, value });
    }

    /// Takes in what makes a series, and returns its number; `scratch` is for its tags.
    fn push_context<'s>(&mut self, series: &aggregate::Series<'s>, scratch: &mut Vec<&'s [u8]>) -> usize {
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
        self.contexts.push(Context {
            text,
            interval: series.interval,
            name,
            host,
            tags,
            origin,
            empty_tag: scratch.len() == 1 && tags == 0,
            kind: series.kind,
        });
        self.contexts.len() - 1
    }

    /// An aggregator has no text of more than 65,535 bytes.
    fn push_text(&mut self, text: &[u8]) -> u16 {
        self.text.extend_from_slice(text);
        text.len() as u16
    }

    fn push_tags(&mut self, tags: &[&[u8]]) -> u16 {
        let start = self.text.len();
        join(tags.iter().copied(), &mut self.text);
        (self.text.len() - start) as u16
    }

    fn push_summary(&mut self, summary: &Summary) -> u32 {
        let start = self.cells.len() as u32;
        self.cells.extend(summary.to_words());
        start
    }

    fn summary(&self, start: u32) -> Summary {
        let words = self.cells.get(start as usize..).and_then(<[u64]>::first_chunk);
        words.copied().map_or(Summary::EMPTY, Summary::from_words)
    }

    fn sketch(&self, cells: u32, bins: u16) -> Sketch<&[u64]> {
        let bins = usize::from(bins);
        let store = Store::from_parts(&self.cells[cells as usize + SUMMARY..][..bins], bins);
        Sketch::from_parts(self.summary(cells), store)
    }

    fn view(&self, entry: &Entry) -> Series<'_> {
        let context = &self.contexts[entry.context as usize];
        let mut rest = &self.text[context.text..];
        let mut part = |len: u16| {
            let (part, after) = rest.split_at(usize::from(len));
            rest = after;
            part
        };
        let (name, host, tags) = (part(context.name), part(context.host), part(context.tags));
        let origin = match context.origin {
            // As of nearly every series.
            [ABSENT, ABSENT, ABSENT] => OriginFields::NONE,
            origin => {
                let [local_data, external_data, cardinality] = origin.map(|len| (len != ABSENT).then(|| part(len)));
                OriginFields { local_data, external_data, cardinality }
            }
        };
        Series {
            name,
            host,
            kind: context.kind,
            tags: if context.empty_tag { Tags::List(&[b""]) } else { Tags::Text(tags) },
            origin,
            timestamp: entry.timestamp,
            interval: context.interval,
            members: match entry.value {
                Value::Members { cells, words, precision } => {
                    Members::from_parts(&self.cells[cells as usize + 1..][..words as usize], precision)
                }
                _ => Members::NONE,
            },
            point: match entry.value {
                Value::Count(sum) => Point::Count(sum),
                Value::Gauge(last) => Point::Gauge(last),
                Value::Set(members) => Point::Set(members),
                Value::Members { cells, .. } => Point::Set(self.cells[cells as usize]),
                Value::Histogram { cells, aggregates, bins, len } => Point::Histogram(Histogram {
                    summary: self.summary(cells),
                    aggregates: &self.aggregates[aggregates as usize..][..usize::from(len)],
                    sketch: (bins > 0).then(|| self.sketch(cells, bins)),
                }),
                Value::Distribution { cells, bins } => Point::Distribution(self.sketch(cells, bins)),
            },
        }
    }
}

/// Empties `part`, and gives its memory back if it was much more than what it held.
fn empty<T>(part: &mut Vec<T>) {
    if part.capacity() > 2 * part.len() + 1024 {
        *part = Vec::new();
    }
    part.clear();
}
