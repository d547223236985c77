//! The sink: encodes buckets, sends them.

use std::sync::Arc;

use basenji::server::{Amount, Bucket, Sink};

use super::logs;
use super::metrics::{Encoder, Out};
use super::point::Temporality;
use super::response::Partial;
use super::settings::{Wanted, is_wanted};
use crate::config::Settings;
use crate::delivery::{
    Answer, Assembler, Form, Head, HttpClient, Limits, Options, Part, Payload, Target, Verdict, shown,
};
use crate::encode::labels::Labels;
use crate::failure::Failure;
use crate::sink::{Installed, Probe, Reason, Room};
use crate::totals::Totals;

const NAME: &str = "otlp";

/// Bytes of a request; a Collector takes 20 MiB.
const LIMITS: Limits = Limits { compressed: 4 << 20, uncompressed: 16 << 20, points: usize::MAX };

/// The room.
#[derive(Debug)]
pub(crate) struct Otlp;

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Room for Otlp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        is_wanted(&settings.otlp, variable)
    }

    fn most_memory(&self, settings: &Settings) -> usize {
        // Totals are for cumulative temporality alone.
        let is_cumulative = wanted(settings).is_ok_and(|wanted| wanted.temporality == Temporality::Cumulative);
        let totals = if is_cumulative { settings.prometheus.limits().most_memory() } else { 0 };
        settings.delivery.memory().saturating_add(totals)
    }

    fn check(&self, settings: &Settings) -> Result<Vec<String>, Failure> {
        let wanted = wanted(settings)?;
        client(settings, &wanted)?;
        Ok(wanted.warnings)
    }

    fn build(&self, settings: &Settings) -> Result<Installed, Failure> {
        let wanted = wanted(settings)?;
        let client = client(settings, &wanted)?;
        let mut options = Options::new(shown(&wanted.base), &settings.delivery);
        options.storage = settings.delivery.storage(NAME, &wanted.base, 0);
        // What is cumulative has to arrive in its order.
        options.is_ordered = wanted.temporality == Temporality::Cumulative;
        let target = Target::new(options, client, |answer: &Answer, _: &[u8]| judge(answer));
        let sink = Sending { bodies: Bodies::new(settings, &wanted), target: target.clone() };
        Ok(Installed { name: NAME, sink: Box::new(sink), health: Arc::new(target), looks: None })
    }

    fn probe(&self, settings: &Settings, bucket: &Arc<Bucket>) -> Vec<Probe> {
        let wanted = match wanted(settings) {
            Ok(wanted) => wanted,
            Err(failure) => return vec![Probe { target: String::new(), answer: Err(failure.to_string()) }],
        };
        let answer = client(settings, &wanted).map_err(|failure| failure.to_string()).and_then(|client| {
            let mut payloads = Vec::new();
            Bodies::new(settings, &wanted).make(bucket, &mut |payload| payloads.push(payload), &mut |_, _| {});
            let answer = client.send(payloads.first().ok_or("there is nothing to send")?)?;
            match judge(&answer) {
                Verdict::Delivered => Ok(answer.sentence()),
                Verdict::Refused { why, .. } | Verdict::Retry { why, .. } | Verdict::Partly { why, .. } => Err(why),
            }
        });
        vec![Probe { target: shown(&wanted.base), answer }]
    }
}

fn wanted(settings: &Settings) -> Result<Wanted, Failure> {
    Wanted::new(&settings.otlp, variable).map_err(Failure::usage)
}

fn client(settings: &Settings, wanted: &Wanted) -> Result<HttpClient, Failure> {
    let mut transport = settings.delivery.transport(variable);
    transport.timeout = wanted.timeout.unwrap_or(transport.timeout);
    transport.authorities = wanted.authorities.clone().or(transport.authorities);
    HttpClient::new(&wanted.base, wanted.headers.clone(), &transport).map_err(Failure::usage)
}

/// What an answer means.
fn judge(answer: &Answer) -> Verdict {
    let why = answer.sentence();
    match answer.status {
        200..=299 => {
            let Partial { rejected, message } = Partial::read(&answer.body);
            match rejected {
                0 => Verdict::Delivered,
                _ => Verdict::Partly { refused: rejected, why: message },
            }
        }
        429 | 502 | 503 | 504 => Verdict::Retry { why, after: answer.retry_after() },
        // Prometheus' words; it has stored nothing of the request, and a time later would do the same.
        500 if why.contains("invalid temporality") => Verdict::Refused {
            why: format!(
                "{why}: it does not take delta; set basenji_otlp_temporality: cumulative, or give Prometheus --enable-feature=otlp-native-delta-ingestion"
            ),
            is_lasting: true,
        },
        status => Verdict::Refused { why, is_lasting: matches!(status, 401 | 403 | 404) },
    }
}

/// The sink.
struct Sending {
    bodies: Bodies,
    target: Target,
}

impl Sink for Sending {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        let Sending { bodies, target } = self;
        target.account().take(Amount::of(bucket));
        bodies.make(bucket, &mut |payload| target.submit(payload), &mut |reason, amount| {
            target.account().lose(reason, amount);
        });
    }

    fn stop(&mut self) {
        Target::stop_all(std::slice::from_ref(&self.target));
    }
}

/// Makes requests of buckets.
struct Bodies {
    encoder: Encoder,
    more: Vec<(String, String)>,
    labels: Labels,
    metrics: Body,
    logs: Option<Body>,
}

/// Requests of one signal.
struct Body {
    assembler: Assembler,
    head: Arc<Head>,
}

/// The receiver of requests, and the words for a loss.
type Take<'a> = &'a mut dyn FnMut(Payload);
type Lose<'a> = &'a mut dyn FnMut(Reason, Amount);

impl Bodies {
    fn new(settings: &Settings, wanted: &Wanted) -> Bodies {
        let page = &settings.prometheus;
        let totals = (wanted.temporality == Temporality::Cumulative).then(|| Totals::new(page.limits()));
        let body = |path: &String| Body::new(path.clone(), wanted);
        Bodies {
            encoder: Encoder::new(wanted.resource.clone(), totals).with_expiry(page.expiry.0),
            more: wanted.resource.clone(),
            labels: Labels::default(),
            metrics: body(&wanted.metrics),
            logs: wanted.logs.as_ref().map(body),
        }
    }

    fn make(&mut self, bucket: &Bucket, take: Take<'_>, lose: Lose<'_>) {
        let now = bucket.flushed_at().as_secs();
        let Bodies { encoder, more, labels, metrics, logs } = self;
        let mut parts = Parts { body: metrics, now, is_check: false, take, lose };
        encoder.series(bucket, now, &mut parts);
        parts.is_check = true;
        encoder.checks(bucket, &mut parts);
        metrics.finish(now, take, lose);
        let Some(logs) = logs else {
            let events = bucket.events().count() as u64;
            return lose(Reason::Unsupported, Amount { events, ..Amount::default() });
        };
        let mut record = Vec::new();
        for event in bucket.events() {
            record.clear();
            logs::append(&event, more, labels, &mut record);
            logs.push(&record, Amount::EVENT, now, take, lose);
        }
        logs.finish(now, take, lose);
    }
}

impl Body {
    fn new(path: String, wanted: &Wanted) -> Body {
        let mut headers = vec![("Content-Type".to_owned(), "application/x-protobuf".to_owned())];
        headers.extend(wanted.compression.name().map(|name| ("Content-Encoding".to_owned(), name.to_owned())));
        let form = Form {
            compression: wanted.compression,
            limits: LIMITS,
            before: Vec::new(),
            between: b"",
            after: Vec::new(),
        };
        Body { assembler: Assembler::new(form), head: Arc::new(Head { path, headers }) }
    }

    fn push(&mut self, item: &[u8], amount: Amount, created: u64, take: Take<'_>, lose: Lose<'_>) {
        let head = &self.head;
        let mut done = |part: Part| take(payload(head, part, created));
        match self.assembler.push(item, 0, amount, &mut done) {
            Ok(true) => {}
            // Without memory for it, it is as good as too large.
            Ok(false) | Err(_) => lose(Reason::TooLarge, amount),
        }
    }

    fn finish(&mut self, created: u64, take: Take<'_>, lose: Lose<'_>) {
        let head = &self.head;
        let _ = lose;
        // There is memory for what has been written already.
        let _ = self.assembler.finish(&mut |part| take(payload(head, part, created)));
    }
}

fn payload(head: &Arc<Head>, part: Part, created: u64) -> Payload {
    Payload { head: Arc::clone(head), body: part.body.into(), amount: part.amount, created }
}

/// Takes parts of requests into bodies.
struct Parts<'a> {
    body: &'a mut Body,
    now: u64,
    is_check: bool,
    take: Take<'a>,
    lose: Lose<'a>,
}

impl Out for Parts<'_> {
    fn part(&mut self, part: &[u8], series: u64) {
        let amount = match self.is_check {
            true => Amount { checks: series, ..Amount::default() },
            false => Amount { series, ..Amount::default() },
        };
        self.body.push(part, amount, self.now, self.take, self.lose);
    }

    fn refused(&mut self, reason: Reason) {
        (self.lose)(reason, Amount::SERIES);
    }
}

/// Makes requests and lets them go, for the bench.
#[cfg(test)]
pub(in crate::sink) fn bench(temporality: &'static str, compression: &'static str) -> crate::sink::bench::Encode {
    use crate::sink::bench::Made;

    let settings = Settings::default();
    let variable = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some("http://receiver:4318".to_owned()),
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE" => Some(temporality.to_owned()),
        "OTEL_EXPORTER_OTLP_COMPRESSION" => Some(compression.to_owned()),
        _ => None,
    };
    let wanted = Wanted::new(&settings.otlp, variable).expect("the variables are good");
    let mut bodies = Bodies::new(&settings, &wanted);
    Box::new(move |bucket| {
        let mut made = Made::default();
        bodies.make(bucket, &mut |payload| made.add(payload.size()), &mut |reason, amount| {
            assert!(amount == Amount::default(), "{reason:?}");
        });
        made
    })
}
