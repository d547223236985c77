//! Rows, a function for each table.

use basenji::core::aggregate::register;
use basenji::core::sketch::Sketch;
use basenji::core::wire::{Event, ServiceCheck, Tags, Text};
use basenji::server::{Histogram, Series};

use crate::encode::labels::split;
use crate::encode::rowbinary::Row;

/// The binary logarithm of the number of registers that a set has in its table.
pub(super) const PRECISION: u8 = 14;

/// Memory that rows are made in.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    bins: Vec<(i16, u64)>,
    registers: Vec<(u16, u8)>,
}

/// Name, host, tags and time, which a row of series begins with.
fn begin(series: &Series<'_>, host: &str, row: &mut Row<'_>) {
    row.text(series.name);
    row.text(if series.host.is_empty() { host.as_bytes() } else { series.host });
    tags(series.tags, row);
    row.time(series.timestamp);
}

/// Tags by key; one without a value has an empty one.
fn tags(tags: Tags<'_>, row: &mut Row<'_>) {
    let most = match tags {
        // Two lengths take as many bytes as a colon and a comma; a word has an empty value.
        Tags::Text(text) => 3 * (text.len() + 1),
        Tags::List(list) => list.iter().map(|tag| tag.len() + 20).sum(),
    };
    let tags = tags.iter().filter(|tag| !tag.is_empty());
    row.texts(most, tags.map(|tag| split(tag).unwrap_or((tag, b""))));
}

/// A row of `counts` or `gauges`.
pub(super) fn number(series: &Series<'_>, host: &str, value: f64, out: &mut Vec<u8>) {
    let mut row = Row::new(out);
    begin(series, host, &mut row);
    row.double(value);
}

/// A row of `histograms`.
pub(super) fn histogram(series: &Series<'_>, host: &str, histogram: &Histogram<'_>, out: &mut Vec<u8>) {
    let mut row = Row::new(out);
    begin(series, host, &mut row);
    let summary = &histogram.summary;
    row.uint(summary.count);
    [summary.sum, summary.min, summary.max].into_iter().for_each(|value| row.double(value));
    row.numbers(histogram.aggregates.iter().map(|(aggregate, value)| (aggregate.to_string(), *value)));
}

/// A row of `sketches`.
pub(super) fn sketch(
    series: &Series<'_>,
    host: &str,
    sketch: &Sketch<&[u64]>,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) {
    let bins = &mut scratch.bins;
    bins.clear();
    for bin in sketch.bins() {
        match bins.last_mut() {
            // A key with more than 32 bits of counts has several bins.
            Some((key, count)) if *key == bin.key => *count += u64::from(bin.n),
            _ => bins.push((bin.key, bin.n.into())),
        }
    }
    let mut row = Row::new(out);
    begin(series, host, &mut row);
    row.array(bins.iter().map(|(key, _)| key.to_le_bytes()), bins.len());
    row.array(bins.iter().map(|(_, count)| count.to_le_bytes()), bins.len());
    let summary = sketch.summary();
    row.uint(summary.count);
    [summary.sum, summary.min, summary.max].into_iter().for_each(|value| row.double(value));
}

/// A row of `sets`.
pub(super) fn set(series: &Series<'_>, host: &str, scratch: &mut Scratch, out: &mut Vec<u8>) {
    let Series { members, .. } = series;
    let registers = &mut scratch.registers;
    registers.clear();
    match members.precision() {
        0 => registers.extend(members.words().iter().filter(|hash| **hash != 0).map(|hash| of(*hash))),
        _ => {
            let ranks = members.words().iter().flat_map(|word| word.to_le_bytes());
            registers.extend((0..=u16::MAX).zip(ranks).filter(|(_, rank)| *rank != 0));
        }
    }
    // Of each register the largest one, lowest register first.
    registers.sort_unstable_by(|(one, rank), (other, than)| one.cmp(other).then(than.cmp(rank)));
    registers.dedup_by_key(|(register, _)| *register);
    let mut row = Row::new(out);
    begin(series, host, &mut row);
    row.array(registers.iter().map(|(register, _)| register.to_le_bytes()), registers.len());
    row.array(registers.iter().map(|(_, rank)| [*rank]), registers.len());
}

/// The register of a hash and what it is raised to.
fn of(hash: u64) -> (u16, u8) {
    let (register, rank) = register(hash, PRECISION);
    (register as u16, rank)
}

/// A row of `events`.
pub(super) fn event(event: &Event<'_>, host: &str, out: &mut Vec<u8>) {
    let text = |text: Text<'_>| text.chunks().collect::<Vec<_>>().concat();
    let mut row = Row::new(out);
    row.time(event.timestamp.and_then(|time| u64::try_from(time).ok()).unwrap_or_default());
    row.text(event.hostname.unwrap_or(host.as_bytes()));
    row.text(&text(event.title));
    row.text(&text(event.text));
    tags(event.tags, &mut row);
    row.text(event.aggregation_key.unwrap_or_default());
    row.text(event.source_type.unwrap_or_default());
    row.text(event.priority.name().as_bytes());
    row.text(event.alert_type.name().as_bytes());
}

/// A row of `checks`.
pub(super) fn check(check: &ServiceCheck<'_>, host: &str, out: &mut Vec<u8>) {
    let mut row = Row::new(out);
    row.text(check.name);
    row.text(check.hostname.unwrap_or(host.as_bytes()));
    tags(check.tags, &mut row);
    row.time(check.timestamp.and_then(|time| u64::try_from(time).ok()).unwrap_or_default());
    row.byte(check.status as u8);
    row.text(check.message.unwrap_or_default());
}
