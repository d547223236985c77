//! Everything of `basenji_core::aggregate`.

use basenji_core::aggregate::{
    Aggregate, Aggregates, Aggregator, Flush, Keep, Point, Series, Settings, Source, StaticStorage, Storage,
};
use basenji_core::wire::{Message, Messages, Tags};
use basenji_core::{Full, Time};

use crate::Observer;

/// Records `datagram` twice, in memory of its own and in memory of the caller's, merges one into the other and flushes both.
pub(crate) fn observe(datagram: &[u8], now: Time, storage: &mut impl Storage, observer: &mut Observer) {
    let settings = settings(datagram, observer);
    let mut small = Aggregator::new(StaticStorage::<8, 512, 64, 4>::new(), settings.clone());
    let mut large = Aggregator::new(storage, settings);
    record(datagram, now, &mut small, observer);
    record(datagram, now, &mut large, observer);
    refused(large.merge(&small), observer);
    observer.number(large.next_flush_at(now).as_millis());
    for context in large.contexts() {
        observer.bytes(context.name);
        observer.bytes(context.host);
        observer.text(context.kind.name());
        context.tags.iter().for_each(|tag| observer.bytes(tag));
        observer.maybe(context.origin.local_data);
    }
    all(small.flush(now.plus_millis(20_000)), observer);
    all(large.flush_all(now), observer);
    small.clear(now);
    observer.number(u64::from(large.settings().bucket_secs));
    observer.number(large.storage().view().entries.len() as u64);
}

fn settings(text: &[u8], observer: &mut Observer) -> Settings {
    let mut settings = Settings::new();
    let mut aggregates = Aggregates::none();
    let text = str::from_utf8(text).unwrap_or_default();
    for aggregate in [Aggregate::from_name(text), Aggregate::from_percentile(text), Aggregate::from_suffix(text)]
        .into_iter()
        .flatten()
    {
        refused(aggregates.push(aggregate), observer);
    }
    if aggregates.iter().next().is_some() {
        settings.aggregates = aggregates;
    }
    settings.bucket_secs = text.len() as u32;
    settings.histogram_exact_samples = settings.bucket_secs;
    settings.set_exact_members = settings.bucket_secs;
    settings.set_precision = settings.bucket_secs as u8;
    settings.sketch_bins = settings.bucket_secs as u16;
    if text.len() % 2 == 1 {
        settings.keep = Keep::Samples { limit: settings.bucket_secs };
    }
    settings.key_by_origin = settings.bucket_secs > 100;
    settings.seed = u64::from(settings.bucket_secs);
    settings
}

fn record<S: Storage>(datagram: &[u8], now: Time, aggregator: &mut Aggregator<S>, observer: &mut Observer) {
    let source = Source { host: datagram.get(..4).unwrap_or_default(), tags: Tags::Text(datagram) };
    for message in Messages::new(datagram) {
        if let Ok(Message::Metric(metric)) = message {
            refused(aggregator.record(&metric, &source, now), observer);
            let known = (metric.kind, metric.name, &[datagram][..]);
            let found = aggregator.record_at(aggregator.last_context(), known, metric.sample_rate, now);
            observer.number(u64::from(found));
        }
    }
    let stats = aggregator.stats();
    [stats.contexts, stats.bytes, stats.cells].iter().for_each(|number| observer.number(*number as u64));
    let refusals = [stats.refused_contexts, stats.refused_values, stats.skipped_values, stats.odd_rates];
    refusals.iter().for_each(|number| observer.number(*number));
}

fn refused(result: Result<(), Full>, observer: &mut Observer) {
    if let Err(full) = result {
        observer.shown(&full);
    }
}

fn all(flush: Flush<'_>, observer: &mut Observer) {
    flush.for_each(|series| one(&series, observer));
}

fn one(series: &Series<'_>, observer: &mut Observer) {
    observer.bytes(series.name);
    observer.bytes(series.host);
    observer.text(series.kind.name());
    series.tags.iter().for_each(|tag| observer.bytes(tag));
    observer.maybe(series.origin.local_data);
    observer.number(series.timestamp);
    observer.number(u64::from(series.interval));
    match series.point {
        Point::Count(number) | Point::Gauge(number) => observer.float(number),
        Point::Set(members) => observer.number(members),
        Point::Histogram(histogram) => {
            observer.number(histogram.count());
            for (aggregate, number) in histogram.aggregates() {
                observer.shown(&aggregate);
                observer.float(number);
                observer.float(histogram.aggregate(aggregate));
            }
            [histogram.min(), histogram.max(), histogram.sum()].iter().for_each(|number| observer.float(*number));
            [histogram.avg(), histogram.median(), histogram.percentile(95)]
                .iter()
                .for_each(|number| observer.float(*number));
        }
        Point::Distribution(sketch) => observer.float(sketch.quantile(0.5)),
        Point::Samples(samples) => {
            observer.number(samples.came());
            observer.float(samples.weight());
            observer.number(samples.kept() as u64);
            observer.number(samples.pairs().len() as u64);
            for (value, weight) in samples.iter() {
                observer.float(value);
                observer.float(weight);
            }
        }
        Point::Member(member) => observer.bytes(member),
    }
}
