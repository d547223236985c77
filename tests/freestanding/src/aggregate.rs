//! Everything of `basenji_core::aggregate`.

use basenji_core::aggregate::{
    Aggregate, Aggregates, Aggregator, Flush, Keep, LineMemory, LinesAhead, Members, Outcome, Point, Samples, Series,
    Settings, Source, StaticStorage, Storage,
};
use basenji_core::wire::{Message, Messages, Tags};
use basenji_core::{Full, Time};

use crate::Observer;

/// Records `datagram` twice, in memory of its own and in memory of the caller's, merges one into the other and flushes both.
pub(crate) fn observe(datagram: &[u8], now: Time, storage: &mut impl Storage, observer: &mut Observer) {
    let settings = settings(datagram, observer);
    let mut small = Aggregator::new(StaticStorage::<8, 512, 64, 4>::new(), settings.clone());
    let mut other = Aggregator::new(StaticStorage::<8, 512, 64, 4>::new(), settings.clone());
    let mut large = Aggregator::new(storage, settings);
    record(datagram, now, &mut small, observer);
    record(datagram, now, &mut large, observer);
    known(datagram, now, &mut large, observer);
    refused(large.merge(&small), observer);
    refused(large.merge_samples(&small), observer);
    other.exchange(&mut small);
    refused(other.merge(&small), observer);
    small.exchange(&mut other);
    observer.number(large.next_flush_at(now).as_millis());
    observer.number(large.contexts_from(datagram.len()).count() as u64);
    for context in large.contexts() {
        observer.bytes(context.name);
        observer.bytes(context.host);
        observer.text(context.kind.name());
        context.tags.iter().for_each(|tag| observer.bytes(tag));
        observer.maybe(context.origin.local_data);
    }
    let places = [large.buckets_left(), large.open_buckets(), large.cells_reached()];
    places.iter().for_each(|number| observer.number(*number as u64));
    observer.number(large.youngest_bucket().unwrap_or_default());
    large.rewind(now);
    large.settle();
    observer.number(large.storage_mut().parts().entries.len() as u64);
    large.refit(|_, used| used.iter().for_each(|number| observer.number(*number as u64)));
    all(small.flush(now.plus_millis(20_000)), observer);
    all(large.flush_all(now), observer);
    small.drop_samples();
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
    settings.set_members = text.len() & 1 == 1;
    settings.set_seed = text.len() as u64;
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

/// Records `datagram` with a memory of lines, twice.
fn known<S: Storage>(datagram: &[u8], now: Time, aggregator: &mut Aggregator<S>, observer: &mut Observer) {
    let mut memory = LineMemory::new([[0; 4]; 16], [0; 256]);
    let mut ahead = LinesAhead::default();
    for scope in [0, 0, 1] {
        let mut messages = Messages::new(datagram);
        while !messages.rest().is_empty() {
            memory.look_ahead(&mut ahead, &mut messages, scope, aggregator);
            let mut known = 0;
            while let Some((line, other)) = ahead.take(aggregator, now, |kind| known += kind as u64) {
                if let Some((kind, outcome)) = other {
                    observer.text(kind.name());
                    observer.number(u64::from(outcome == Outcome::Bucket));
                } else if let Ok(Message::Metric(metric)) = line.outline().parse() {
                    refused(aggregator.record(&metric, &Source::default(), now), observer);
                    memory.remember(line, &metric, aggregator);
                }
            }
            observer.number(known);
            if !ahead.is_full() {
                observer.number(u64::from(messages.outline().is_some()));
                observer.number(messages.next().map_or(0, |message| message.is_ok().into()));
            }
        }
    }
    [memory.len(), memory.size()].iter().for_each(|number| observer.number(*number as u64));
    observer.number(u64::from(memory.is_empty()) | u64::from(memory.is_full()));
    memory.forget();
}

fn record<S: Storage>(datagram: &[u8], now: Time, aggregator: &mut Aggregator<S>, observer: &mut Observer) {
    let source = Source { host: datagram.get(..4).unwrap_or_default(), tags: Tags::Text(datagram) };
    for message in Messages::new(datagram) {
        if let Ok(Message::Metric(metric)) = message {
            refused(aggregator.record(&metric, &source, now), observer);
            let outcome = aggregator.take_in(&metric, &source, now);
            observer.number(u64::from(outcome == Outcome::Bucket));
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
    let members = Members::from_parts(series.members.words(), series.members.precision());
    observer.number(u64::from(members.precision()));
    members.words().iter().for_each(|word| observer.number(*word));
    match series.point {
        Point::Count(number) | Point::Gauge(number) => observer.float(number),
        Point::Set(members) => observer.number(members),
        Point::Histogram(histogram) => {
            observer.number(histogram.count());
            observer.number(histogram.summary().count);
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
        Point::Samples(Samples::Sketch(sketch)) => observer.float(sketch.quantile(0.9)),
        Point::Samples(samples) => {
            for (value, weight) in samples.iter() {
                observer.float(value);
                observer.float(weight);
            }
        }
        Point::Member(member) => observer.bytes(member),
    }
}
