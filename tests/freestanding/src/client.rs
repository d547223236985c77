//! Everything of `basenji_core::client`.

use basenji_core::Time;
use basenji_core::client::clean::{Rule, clean, rule};
use basenji_core::client::{
    ByKind, CheckCall, ClientTags, Counters, Dialect, EventCall, Identity, Limits, MetricCall, PackError, Packer,
    Rates, Sampler, TagOrder, TagStyle, Telemetry, Traffic, Value, line,
};
use basenji_core::wire::{Messages, MetricKind, OriginFields, Tags, Writer};

use crate::Observer;

/// Packs the messages of `datagram` into smaller ones in `buffer`.
pub(crate) fn observe(datagram: &[u8], buffer: &mut [u8], observer: &mut Observer) {
    let limits = Limits { datagram: datagram.len() / 2, line: datagram.len() };
    let mut packer = Packer::new(buffer, limits, datagram.first() == Some(&b'_'));
    for message in Messages::new(datagram).flatten() {
        match packer.push(|writer| message.write(writer)) {
            Ok(bytes) => observer.number(bytes as u64),
            Err(PackError::Busy) => observer.maybe(packer.take(false)),
            Err(PackError::TooLong) => observer.text("too long"),
            Err(PackError::Refused(error)) => observer.shown(&error),
        }
        observer.number(u64::from(packer.is_due()));
    }
    observer.maybe(packer.take(true));
    observer.number(packer.pending() as u64);
    observer.number(packer.clear() as u64);
}

/// Writes calls made of `text` in every dialect.
pub(crate) fn lines(text: &[u8], seed: u64, buffer: &mut [u8], observer: &mut Observer) {
    let (first, second) = text.split_at_checked(text.len() / 2).unwrap_or_default();
    let number = f64::from_bits(seed);
    let mut sampler = Sampler::new(seed);
    let samples = [[seed, 0], [seed.rotate_left(8), 0]];
    let values = [
        Value::I64(seed.cast_signed()),
        Value::U64(seed),
        Value::F64(number),
        Value::Text(second),
        Value::Samples(&samples),
    ];
    let origin = OriginFields { local_data: Some(first), external_data: Some(second), cardinality: Some(text) };
    let identity = Identity { prefix: first, suffix: second, tags: Tags::Text(text), origin };
    let tags = Tags::List(&[first, second, text]);
    let mut writer = Writer::new(buffer);
    let safe = Dialect::ALL.map(|dialect| dialect.made_safe());
    for dialect in Dialect::ALL.into_iter().chain(&safe) {
        observer.number(u64::from(sampler.keep(dialect.rates, number)));
        for value in values {
            for kind in MetricKind::ALL {
                let call = MetricCall::new(first, kind, value);
                let call = MetricCall { tags, sample_rate: number, timestamp: Some(value), cardinality: None, ..call };
                wrote(line::metric(dialect, &identity, &call, &mut writer), &mut writer, observer);
            }
            let call =
                EventCall { tags, timestamp: Some(value), priority: Some(text), ..EventCall::new(first, second) };
            let call = EventCall { hostname: Some(text), aggregation_key: Some(first), ..call };
            let call = EventCall { source_type: Some(text), alert_type: Some(first), ..call };
            wrote(line::event(dialect, &identity, &call, &mut writer), &mut writer, observer);
            let call = CheckCall { tags, timestamp: Some(value), message: Some(text), ..CheckCall::new(first, value) };
            wrote(line::check(dialect, &identity, &call, &mut writer), &mut writer, observer);
        }
    }
}

fn wrote(result: Result<(), basenji_core::wire::WriteError>, writer: &mut Writer<'_>, observer: &mut Observer) {
    if let Err(error) = result {
        observer.shown(&error);
    }
    observer.bytes(writer.written());
    writer.clear();
}

/// Everything that stands alone: each rule, the rates, the order of tags.
pub(crate) fn parts(text: &[u8], number: f64, observer: &mut Observer) {
    let rules: [Rule; 17] = [
        rule::line,
        rule::field,
        rule::name,
        rule::tag,
        rule::escaped,
        rule::line_ends,
        rule::message,
        rule::official_message,
        rule::tags,
        rule::official_strict_message,
        rule::go_tag,
        rule::go_strict_tag,
        rule::python_tag,
        rule::javascript_key,
        rule::javascript_value,
        rule::telegraf_key,
        rule::telegraf_value,
    ];
    for rule in rules {
        clean(text, rule).for_each(|piece| observer.bytes(piece));
    }
    let mut sampler = Sampler::new(number.to_bits());
    observer.number(u64::from(Rates::is_odd(number)));
    for rates in [Rates::Proper, Rates::AllButOne, Rates::UpToOne, Rates::BelowOne] {
        observer.number(u64::from(rates.is_written(number)));
        observer.number(u64::from(rates.keeps(number, sampler.draw())));
    }
    let style = TagStyle {
        order: TagOrder::CallReplaces,
        tag: rule::tag,
        value: Some(rule::tag),
        joined: Some(rule::tags),
        skip_empty: true,
    };
    let visited = style.each(Tags::Text(text), Tags::List(&[text]), |tag| {
        observer.bytes(tag);
        if tag.is_empty() { Err(()) } else { Ok(()) }
    });
    observer.number(u64::from(visited.is_ok()));
}

/// Counts, reports what was counted and writes it in every dialect.
pub(crate) fn telemetry(text: &[u8], now: Time, buffer: &mut [u8], observer: &mut Observer) {
    let mut counters = Counters::default();
    let mut telemetry = Telemetry::new(now.as_millis());
    telemetry.switch(true, &counters, now);
    for kind in MetricKind::ALL {
        counters.metrics.add(kind, now.as_millis());
    }
    let traffic: &mut Traffic = &mut counters.sent;
    traffic.count(text);
    counters.dropped_queue.count(text);
    let kinds: ByKind = counters.metrics;
    observer.number(kinds.total() ^ kinds.get(MetricKind::Set));
    observer.number(counters.dropped().bytes ^ counters.since(&Counters::default()).events);
    observer.number(telemetry.deadline().unwrap_or_default().as_millis());
    let Some(news) = telemetry.poll(&counters, now.plus_millis(text.len() as u64)) else { return };
    let tags = ClientTags { client: text, version: text, transport: text };
    let mut writer = Writer::new(buffer);
    for dialect in Dialect::ALL {
        for (statistic, number) in dialect.report.numbers(&news, !text.is_empty()) {
            observer.text(statistic.name());
            observer.number(statistic.of(&news));
            wrote(tags.write(dialect, &Identity::NONE, (statistic, number), &mut writer), &mut writer, observer);
        }
    }
}
