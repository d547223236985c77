//! The sink: makes rows of buckets, sends them.

use std::sync::Arc;

use basenji::server::{Amount, Bucket, Point, Sink};

use super::rows::{self, Scratch};
use super::tables::Table;
use crate::config::Settings;
use crate::config::value::Compressor;
use crate::delivery::{
    Answer, Assembler, Compression, Form, Head, HttpClient, Limits, Options, Part, Payload, Secret, Target, Verdict,
    shown,
};
use crate::failure::{Failure, reason};
use crate::sink::{Installed, Probe, Reason, Room};

const NAME: &str = "clickhouse";

/// Bytes of a request.
const LIMITS: Limits = Limits { compressed: 4 << 20, uncompressed: 32 << 20, points: usize::MAX };

/// Errors of ClickHouse that pass: time-out, too many queries, memory, read-only for a while, too many parts, network and
/// Keeper; and those of tables that somebody has yet to create.
const PASSING: [u32; 8] = [159, 202, 209, 210, 241, 242, 252, 999];
const UNKNOWN_TABLE: u32 = 60;
const UNKNOWN_DATABASE: u32 = 81;
const REFUSED: [u32; 4] = [192, 193, 194, 516];

/// The room.
#[derive(Debug)]
pub(crate) struct ClickHouse;

impl Room for ClickHouse {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        !settings.clickhouse.url.0.is_empty()
    }

    fn most_memory(&self, settings: &Settings) -> usize {
        settings.delivery.memory()
    }

    fn check(&self, settings: &Settings) -> Result<Vec<String>, Failure> {
        let mut warnings = Vec::new();
        client(settings)?;
        settings.host.name(&mut warnings);
        Ok(warnings)
    }

    fn build(&self, settings: &Settings) -> Result<Installed, Failure> {
        let url = settings.clickhouse.url.0.reveal();
        let mut options = Options::new(shown(url), &settings.delivery);
        options.storage = settings.delivery.storage(NAME, url, 0);
        let target = Target::new(options, client(settings)?, |answer: &Answer, _: &[u8]| judge(answer));
        let sink = Sending { rows: Rows::new(settings)?, target: target.clone() };
        Ok(Installed { name: NAME, sink: Box::new(sink), health: Arc::new(target), looks: None })
    }

    fn probe(&self, settings: &Settings, bucket: &Arc<Bucket>) -> Vec<Probe> {
        let made = client(settings).and_then(|client| Ok((client, Rows::new(settings)?)));
        let answer = made.map_err(|failure| failure.to_string()).and_then(|(client, mut rows)| {
            let mut payloads = Vec::new();
            rows.make(bucket, &mut |payload| payloads.push(payload), &mut |_, _| {});
            let answer = client.send(payloads.first().ok_or("there is nothing to send")?)?;
            match judge(&answer) {
                Verdict::Delivered => Ok(answer.sentence()),
                Verdict::Refused { why, .. } | Verdict::Retry { why, .. } | Verdict::Partly { why, .. } => Err(why),
            }
        });
        vec![Probe { target: shown(settings.clickhouse.url.0.reveal()), answer }]
    }
}

fn client(settings: &Settings) -> Result<HttpClient, Failure> {
    let own = &settings.clickhouse;
    let mut headers = Vec::new();
    if !own.user.is_empty() {
        headers.push(("X-ClickHouse-User".to_owned(), Secret::new(own.user.as_str())));
    }
    if !own.password.is_empty() {
        headers.push(("X-ClickHouse-Key".to_owned(), own.password.value.clone()));
    }
    let transport = settings.delivery.transport(|name| std::env::var(name).ok());
    HttpClient::new(own.url.0.reveal(), headers, &transport).map_err(Failure::usage)
}

/// What an answer means. ClickHouse's own number of an error says more than the status, which is often 500.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let why = answer.sentence();
    let after = answer.retry_after();
    match answer.header("x-clickhouse-exception-code").and_then(|code| code.parse::<u32>().ok()) {
        Some(code) if PASSING.contains(&code) => Verdict::Retry { why, after },
        Some(UNKNOWN_TABLE | UNKNOWN_DATABASE) => {
            Verdict::Retry { why: format!("{why}; basenji clickhouse --print-schema has the tables"), after }
        }
        Some(code) => Verdict::Refused { why, is_lasting: REFUSED.contains(&code) },
        None => match answer.status {
            200..=299 => Verdict::Delivered,
            408 | 429 | 500..=599 => Verdict::Retry { why, after },
            status => Verdict::Refused { why, is_lasting: matches!(status, 401 | 403 | 404) },
        },
    }
}

/// The sink.
struct Sending {
    rows: Rows,
    target: Target,
}

impl Sink for Sending {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        let Sending { rows, target } = self;
        target.account().take(Amount::of(bucket));
        rows.make(bucket, &mut |payload| target.submit(payload), &mut |reason, amount| {
            target.account().lose(reason, amount);
        });
    }

    fn stop(&mut self) {
        Target::stop_all(std::slice::from_ref(&self.target));
    }
}

/// The receiver of requests, and of what is lost.
type Take<'a> = &'a mut dyn FnMut(Payload);
type Lose<'a> = &'a mut dyn FnMut(Reason, Amount);

/// Makes requests of buckets.
pub(super) struct Rows {
    host: String,
    batches: Vec<Batch>,
    scratch: Scratch,
    row: Vec<u8>,
}

impl Rows {
    /// # Errors
    ///
    /// The system has no random numbers for tokens.
    pub(super) fn new(settings: &Settings) -> Result<Rows, Failure> {
        let own = &settings.clickhouse;
        let compression = match *own.compressor {
            Compressor::Zstd => Compression::Zstd(1),
            Compressor::Zlib => Compression::Deflate(6),
            Compressor::Gzip => Compression::Gzip(6),
            Compressor::None => Compression::None,
        };
        let token = crate::live::new_token().map_err(|error| {
            Failure::new(format!("there are no random numbers for the tokens of batches: {}", reason(&error)))
        })?;
        let batch = |table: &Table| Batch::new(table.path(&own.database, *own.is_async), &token, compression);
        let batches = Table::ALL.iter().map(batch).collect();
        Ok(Rows { host: settings.host.name(&mut Vec::new()), batches, scratch: Scratch::default(), row: Vec::new() })
    }

    pub(super) fn make(&mut self, bucket: &Bucket, take: Take<'_>, lose: Lose<'_>) {
        let now = bucket.flushed_at().as_secs();
        let Rows { host, batches, scratch, row } = self;
        let mut push = |table: Table, row: &mut Vec<u8>, amount| {
            batches[table as usize].push(row, amount, now, take, lose);
            row.clear();
        };
        for series in bucket.series() {
            let table = match series.point {
                Point::Count(value) => {
                    rows::number(&series, host, value, row);
                    Table::Counts
                }
                Point::Gauge(value) => {
                    rows::number(&series, host, value, row);
                    Table::Gauges
                }
                Point::Set(_) => {
                    rows::set(&series, host, scratch, row);
                    Table::Sets
                }
                Point::Histogram(histogram) => {
                    rows::histogram(&series, host, &histogram, row);
                    Table::Histograms
                }
                Point::Distribution(sketch) => {
                    rows::sketch(&series, host, &sketch, scratch, row);
                    Table::Sketches
                }
            };
            push(table, row, Amount::SERIES);
        }
        for event in bucket.events() {
            rows::event(&event, host, row);
            push(Table::Events, row, Amount::EVENT);
        }
        for check in bucket.service_checks() {
            rows::check(&check, host, row);
            push(Table::Checks, row, Amount::CHECK);
        }
        batches.iter_mut().for_each(|batch| batch.finish(now, take));
    }
}

/// Requests for one table.
struct Batch {
    assembler: Assembler,
    path: String,
    token: Arc<str>,
    headers: Vec<(String, String)>,
    /// The number of the next request.
    next: u64,
}

impl Batch {
    fn new(path: String, token: &Arc<str>, compression: Compression) -> Batch {
        let form = Form { compression, limits: LIMITS, before: Vec::new(), between: b"", after: Vec::new() };
        let mut headers = vec![("Content-Type".to_owned(), "application/octet-stream".to_owned())];
        headers.extend(compression.name().map(|name| ("Content-Encoding".to_owned(), name.to_owned())));
        Batch { assembler: Assembler::new(form), path, token: Arc::clone(token), headers, next: 0 }
    }

    fn push(&mut self, row: &[u8], amount: Amount, now: u64, take: Take<'_>, lose: Lose<'_>) {
        let mut parts = Vec::new();
        match self.assembler.push(row, 0, amount, &mut |part| parts.push(part)) {
            Ok(true) => {}
            // Without memory for it, it is as good as too large.
            Ok(false) | Err(_) => lose(Reason::TooLarge, amount),
        }
        parts.into_iter().for_each(|part| take(self.payload(part, now)));
    }

    fn finish(&mut self, now: u64, take: Take<'_>) {
        let mut last = None;
        // There is memory for what has been written already.
        let _ = self.assembler.finish(&mut |part| last = Some(part));
        last.into_iter().for_each(|part| take(self.payload(part, now)));
    }

    /// A request with a token that no other one has, and that stays with it however often it is sent.
    fn payload(&mut self, part: Part, created: u64) -> Payload {
        let path = format!("{}{}-{}", self.path, self.token, self.next);
        self.next += 1;
        let head = Arc::new(Head { path, headers: self.headers.clone() });
        Payload { head, body: part.body.into(), amount: part.amount, created }
    }
}

/// Makes requests and lets them go, for the bench.
#[cfg(test)]
pub(in crate::sink) fn bench(compressor: &str) -> crate::sink::bench::Encode {
    use crate::config::origin::Setting;
    use crate::config::value::{Reading, Source, Value};
    use crate::sink::bench::Made;

    let mut settings = Settings::default();
    let compressor = Compressor::from_text(compressor, &mut Reading::new(Source::Flag)).expect("a compression");
    settings.clickhouse.compressor = Setting::by_default(compressor);
    let mut rows = Rows::new(&settings).expect("there are random numbers");
    Box::new(move |bucket| {
        let mut made = Made::default();
        rows.make(bucket, &mut |payload| made.add(payload.size()), &mut |reason, amount| {
            assert!(amount == Amount::default(), "{reason:?}");
        });
        made
    })
}
