//! Everything of `basenji_core::client::Client`.

use basenji_core::aggregate::{Aggregator, StaticStorage};
use basenji_core::client::{
    Aggregation, CheckCall, Client, ClientTags, Common, Dialect, EventCall, Hint, Limits, MetricCall, Options, Value,
    as_exact, is_exact, nal, record,
};
use basenji_core::wire::{Message, Messages, TagTexts, Tags};
use basenji_core::{Full, Time};

use crate::Observer;
use crate::nal::Stack;

/// Makes calls of the messages of `datagram`, with the lines in `buffer`.
pub(crate) fn observe(datagram: &[u8], seed: u64, buffer: &mut [u8], observer: &mut Observer) {
    let now = Time::from_millis(seed);
    let aggregation = match datagram.len() % 3 {
        0 => Aggregation::Off,
        1 => Aggregation::Basic,
        _ => Aggregation::Extended { samples: datagram.len() as u32 },
    };
    let [dialect, ..] = Dialect::ALL;
    let limits = Limits { datagram: datagram.len() / 2, line: datagram.len() };
    let telemetry = Some(ClientTags { client: &b"client:c"[..], version: b"", transport: b"" });
    let sample_rate = f64::from_bits(seed);
    let (flush_millis, telemetry_millis, sampling_seed) = (seed, seed, seed);
    let options = Options {
        dialect: *dialect,
        limits,
        aggregation,
        flush_millis,
        sample_rate,
        telemetry_millis,
        seed,
        sampling_seed,
    };
    let common = Common { prefix: datagram, tags: datagram, telemetry, ..Common::default() };
    observer.number(common.identity().prefix.len() as u64);
    let mut client = Client::new(StaticStorage::<8, 512, 128, 8>::new(), buffer, common, options);
    let mut elsewhere = Aggregator::new(StaticStorage::<8, 512, 128, 8>::new(), aggregation.settings(seed));
    for message in Messages::new(datagram).flatten() {
        let done = match message {
            Message::Metric(metric) => {
                observer.number(u64::from(is_exact(metric.kind)));
                observer.number(as_exact(Value::U64(seed)).map_or(0, f64::to_bits));
                let call = MetricCall {
                    tags: metric.tags,
                    sample_rate: metric.sample_rate,
                    ..MetricCall::new(metric.name, metric.kind, Value::F64(metric.values.iter().sum()))
                };
                observer.number(u64::from(aggregation.takes(&call)));
                observer.number(u64::from(record(&mut elsewhere, dialect, &call, metric.sample_rate, now)));
                let known = (metric.kind, metric.name, &[datagram][..]);
                let found = client.metric_at(client.last_context(), known, f64::from_bits(seed), now);
                observer.number(u64::from(found));
                let (hint, known) = (Hint::at(client.last_context().place()), (metric.kind, metric.name, metric.tags));
                observer.number(u64::from(client.metric_at(hint, known, f64::from_bits(seed), now)));
                observer.number(u64::from(metric.tags.are(datagram)));
                observer.number(u64::from(aggregation.takes_kind(metric.kind)));
                let mut text = [0; 256];
                if let Some(template) = client.template(&call, &mut text) {
                    observer.number(template.text_len() as u64 + u64::from(template.is_of(&text, known)));
                    failed(client.metric_by(&template, &text, Value::U64(seed), now), observer);
                }
                client
                    .metric(&call, now)
                    .and_then(|()| client.sampled_metric(&call, now))
                    .and_then(|()| client.record(&metric, now))
            }
            Message::Event(event) => client.event(&EventCall::new(datagram, event.hostname.unwrap_or_default()), now),
            Message::ServiceCheck(check) => client.service_check(&CheckCall::new(check.name, Value::U64(seed)), now),
        };
        failed(done, observer);
        sent(&mut client, now, observer);
    }
    let (name, value, tags) = (datagram, f64::from_bits(seed), Tags::Text(datagram));
    for done in [
        client.count(name, seed.cast_signed(), tags, now),
        client.gauge(name, value, tags, now),
        client.histogram(name, value, tags, now),
        client.distribution(name, value, tags, now),
        client.timing(name, value, tags, now),
        client.set(name, name, tags, now),
        client.line(datagram, now),
        client.absorb(&elsewhere, now),
    ] {
        failed(done, observer);
    }
    client.counters_mut().sent.count(datagram);
    observer.number(client.counters().metrics.total());
    observer.number(client.options().flush_millis);
    observer.number(client.aggregator().stats().contexts as u64);
    client.clear(now);
    client.flush(now);
    sent(&mut client, now, observer);
    let transmitted = nal::transmit(&mut client, &mut Stack(observer), &mut (), now);
    observer.number(transmitted.unwrap_or_default() as u64);
}

fn sent<const N: usize, const M: usize, const K: usize, const L: usize>(
    client: &mut Client<StaticStorage<N, M, K, L>, &mut [u8], &[u8]>,
    now: Time,
    observer: &mut Observer,
) {
    observer.maybe(client.poll_transmit(now));
    observer.number(client.next_deadline().unwrap_or_default().as_millis());
}

fn failed(done: Result<(), Full>, observer: &mut Observer) {
    if let Err(full) = done {
        observer.shown(&full);
    }
}
