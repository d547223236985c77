//! A bucket as the bodies that the intake takes, one route after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use basenji::server::{Amount, Bucket, Point};

use super::json;
use super::place::AGENT;
use super::series::{self, Common, Encoder};
use super::settings::Settings;
use super::sketches;
use crate::config::value::Compressor;
use crate::delivery::{Assembler, Compression, Form, Head, Limits, Part, Payload};
use crate::encode::pen::Sheet;
use crate::sink::Reason;

/// What becomes of a bucket.
pub(super) trait Outcome {
    /// A body is ready; it holds metrics, or events and service checks.
    fn body(&mut self, payload: Payload, is_metrics: bool);

    /// Something will not be sent.
    fn lost(&mut self, reason: Reason, amount: Amount, is_metrics: bool);
}

/// Which kinds are sent.
#[derive(Debug, Clone, Copy)]
struct Enabled {
    series: bool,
    sketches: bool,
    events: bool,
    checks: bool,
}

/// Makes the bodies.
pub(super) struct Bodies {
    common: Common,
    is_v2: bool,
    enabled: Enabled,
    compression: Compression,
    limits: Limits,
    series_limits: Limits,
    series: Arc<Head>,
    sketches: Arc<Head>,
    events: Arc<Head>,
    checks: Arc<Head>,
    encoder: Encoder,
    scratch: Vec<u8>,
}

impl Bodies {
    pub(super) fn new(settings: &Settings, common: Common) -> Bodies {
        let compression = match *settings.compressor {
            Compressor::Zstd => Compression::Zstd(settings.zstd_level.small() as i32),
            Compressor::Zlib => Compression::Deflate(6),
            Compressor::Gzip => Compression::Gzip(6),
            Compressor::None => Compression::None,
        };
        let head = |path: &str, is_protobuf| head(path, is_protobuf, compression, *settings.has_arbitrary_tags);
        let limits = Limits {
            compressed: settings.max_bytes.size(),
            uncompressed: settings.max_plain_bytes.size(),
            points: usize::MAX,
        };
        let series_limits = Limits {
            compressed: settings.max_series_bytes.size(),
            uncompressed: settings.max_series_plain_bytes.size(),
            points: settings.max_series_points.size(),
        };
        let is_v2 = *settings.is_v2;
        Bodies {
            encoder: Encoder::new(&common),
            common,
            is_v2,
            enabled: Enabled {
                series: *settings.has_series,
                sketches: *settings.has_sketches,
                events: *settings.has_events,
                checks: *settings.has_checks,
            },
            compression,
            limits,
            series_limits: if is_v2 { series_limits } else { limits },
            series: if is_v2 { head("/api/v2/series", true) } else { head("/api/v1/series", false) },
            sketches: head("/api/beta/sketches", true),
            // With the final slash.
            events: head("/intake/", false),
            checks: head("/api/v1/check_run", false),
            scratch: Vec::new(),
        }
    }

    fn assembler(&self, limits: Limits, before: &[u8], between: &'static [u8], after: &[u8]) -> Assembler {
        let (before, after) = (before.to_vec(), after.to_vec());
        Assembler::new(Form { compression: self.compression, limits, before, between, after })
    }

    /// Makes every body of `bucket`.
    pub(super) fn make(&mut self, bucket: &Bucket, outcome: &mut dyn Outcome) {
        self.metrics(bucket, outcome);
        self.events(bucket, outcome);
        self.checks(bucket, outcome);
    }

    fn metrics(&mut self, bucket: &Bucket, outcome: &mut dyn Outcome) {
        let created = bucket.flushed_at().as_secs();
        let (before, between, after): (&[u8], &'static [u8], &[u8]) = match self.is_v2 {
            true => (b"", b"", b""),
            false => (b"{\"series\":[", b",", b"]}"),
        };
        let mut plain = Route {
            assembler: self.assembler(self.series_limits, before, between, after),
            head: Arc::clone(&self.series),
            created,
            is_metrics: true,
        };
        let mut sketched = Route {
            assembler: self.assembler(self.limits, b"", b"", &sketches::END),
            head: Arc::clone(&self.sketches),
            created,
            is_metrics: true,
        };
        let (mut block, mut sketched_block) = (Block::default(), Block::default());
        for series in bucket.series() {
            if let Point::Distribution(sketch) = &series.point {
                match self.enabled.sketches {
                    true => {
                        sketches::push(&series, sketch, &self.common, true, &mut sketched_block.sheet);
                        sketched_block.end_item(1, &mut sketched, outcome);
                    }
                    false => outcome.lost(Reason::SwitchedOff, Amount::SERIES, true),
                }
                continue;
            }
            if !self.enabled.series {
                outcome.lost(Reason::SwitchedOff, Amount::SERIES, true);
                continue;
            }
            let mut points = 0;
            self.scratch.clear();
            series::values(&series, &self.common, |value| {
                if self.is_v2 {
                    self.encoder.push(&value, "", &mut block.sheet);
                } else {
                    if points > 0 {
                        self.scratch.extend_from_slice(between);
                    }
                    json::push_series(&value, &self.common, "", &mut self.scratch);
                }
                points += 1;
            });
            match points {
                // Nothing of it is finite, or its histogram shows no aggregate.
                0 => outcome.lost(Reason::Unsupported, Amount::SERIES, true),
                points if self.is_v2 => block.end_item(points, &mut plain, outcome),
                points => plain.push(&self.scratch, points, Amount::SERIES, outcome),
            }
        }
        block.close(&mut plain, outcome);
        sketched_block.close(&mut sketched, outcome);
        plain.finish(outcome);
        sketched.finish(outcome);
    }

    /// Events, a body for each type of source.
    fn events(&mut self, bucket: &Bucket, outcome: &mut dyn Outcome) {
        let mut routes: BTreeMap<String, Route> = BTreeMap::new();
        for event in bucket.events() {
            if !self.enabled.events {
                outcome.lost(Reason::SwitchedOff, Amount::EVENT, false);
                continue;
            }
            let source = event.source_type.filter(|name| !name.is_empty()).unwrap_or(b"api");
            let source = String::from_utf8_lossy(source).into_owned();
            let (before, after) = json::around_events(&source, &self.common.hostname);
            let route = routes.entry(source).or_insert_with(|| Route {
                assembler: self.assembler(self.limits, &before, b",", &after),
                head: Arc::clone(&self.events),
                created: bucket.flushed_at().as_secs(),
                is_metrics: false,
            });
            let mut item = Vec::new();
            json::push_event(&event, &self.common, &mut item);
            route.push(&item, 1, Amount::EVENT, outcome);
        }
        routes.into_values().for_each(|mut route| route.finish(outcome));
    }

    fn checks(&mut self, bucket: &Bucket, outcome: &mut dyn Outcome) {
        let mut route = Route {
            assembler: self.assembler(self.limits, b"[", b",", b"]"),
            head: Arc::clone(&self.checks),
            created: bucket.flushed_at().as_secs(),
            is_metrics: false,
        };
        for check in bucket.service_checks() {
            if !self.enabled.checks {
                outcome.lost(Reason::SwitchedOff, Amount::CHECK, false);
                continue;
            }
            self.scratch.clear();
            json::push_check(&check, &self.common, &mut self.scratch);
            route.push(&self.scratch, 1, Amount::CHECK, outcome);
        }
        route.finish(outcome);
    }
}

fn head(path: &str, is_protobuf: bool, compression: Compression, has_arbitrary_tags: bool) -> Arc<Head> {
    let content_type = if is_protobuf { "application/x-protobuf" } else { "application/json" };
    let mut headers = vec![("Content-Type", content_type), ("DD-Agent-Version", AGENT)];
    headers.extend(compression.name().map(|name| ("Content-Encoding", name)));
    if is_protobuf {
        // The version of the definitions of Datadog's messages.
        headers.push(("DD-Agent-Payload", "5.0.215"));
    }
    if has_arbitrary_tags {
        headers.push(("Allow-Arbitrary-Tag-Value", "true"));
    }
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Arc::new(Head { path: path.to_owned(), headers })
}

/// The bodies of one route that are being made.
struct Route {
    assembler: Assembler,
    head: Arc<Head>,
    created: u64,
    is_metrics: bool,
}

impl Route {
    fn push(&mut self, item: &[u8], points: usize, amount: Amount, outcome: &mut dyn Outcome) {
        let Route { assembler, head, created, is_metrics } = self;
        let done = &mut |part: Part| outcome.body(payload(head, *created, part), *is_metrics);
        // Without memory for the compressor the item is as good as too large.
        if !assembler.push(item, points, amount, done).unwrap_or(false) {
            outcome.lost(Reason::TooLarge, amount, self.is_metrics);
        }
    }

    fn finish(&mut self, outcome: &mut dyn Outcome) {
        let Route { assembler, head, created, is_metrics } = self;
        let _ = assembler.finish(&mut |part| outcome.body(payload(head, *created, part), *is_metrics));
    }
}

/// Series that go into a body together, if they fit.
#[derive(Default)]
struct Block {
    sheet: Sheet,
    /// Where each ends, and how many points it has.
    items: Vec<(usize, usize)>,
    points: usize,
}

/// Bytes of a block.
const BLOCK: usize = 2 << 10;

impl Block {
    /// What was written since the last item is an item.
    #[inline]
    fn end_item(&mut self, points: usize, route: &mut Route, outcome: &mut dyn Outcome) {
        self.items.push((self.sheet.len(), points));
        self.points += points;
        if self.sheet.len() >= BLOCK {
            self.close(route, outcome);
        }
    }

    fn close(&mut self, route: &mut Route, outcome: &mut dyn Outcome) {
        let Block { sheet, items, points } = self;
        let amount = Amount { series: items.len() as u64, ..Amount::default() };
        let mut start = 0;
        if !route.assembler.push_all(sheet.written(), *points, amount).unwrap_or(false) {
            for (end, points) in items.drain(..) {
                route.push(&sheet.written()[start..end], points, Amount::SERIES, outcome);
                start = end;
            }
        }
        items.clear();
        sheet.truncate(0);
        *points = 0;
    }
}

fn payload(head: &Arc<Head>, created: u64, part: Part) -> Payload {
    Payload { head: Arc::clone(head), body: part.body.into(), amount: part.amount, created }
}

#[cfg(test)]
impl Outcome for crate::sink::bench::Made {
    fn body(&mut self, payload: Payload, _: bool) {
        self.add(payload.size());
    }

    fn lost(&mut self, reason: Reason, _: Amount, _: bool) {
        panic!("{reason:?}");
    }
}

/// Encodes buckets and lets the bodies go, for the bench.
#[cfg(test)]
pub(crate) fn bench(compressor: &str, is_v2: bool) -> crate::sink::bench::Encode {
    use crate::config::origin::Setting;
    use crate::config::value::{Reading, Source, Value};
    use crate::sink::bench::Made;

    let compressor = Compressor::from_text(compressor, &mut Reading::new(Source::File)).expect("a compression");
    let settings = Settings {
        compressor: Setting::by_default(compressor),
        is_v2: Setting::by_default(is_v2),
        ..Settings::default()
    };
    let common = Common { hostname: "ip-10-0-0-1.ec2.internal".to_owned(), ..Common::default() };
    let mut bodies = Bodies::new(&settings, common);
    Box::new(move |bucket| {
        let mut made = Made::default();
        bodies.make(bucket, &mut made);
        made
    })
}
