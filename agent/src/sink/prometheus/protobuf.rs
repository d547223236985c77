//! Families as messages: `io.prometheus.client.MetricFamily`, each behind its length. A family of many series is
//! several messages, so that none has to be held whole.

use basenji::core::sketch::mapping;

use super::families::{Family, Kind, Member};
use super::style::{PIECE, Scratch, Style, part};
use super::text::escaped;
use crate::encode::escape::Escaping;
use crate::encode::exponential::{SCHEMA, ZERO_THRESHOLD};
use crate::encode::native::EXPOSITION;
use crate::encode::pen::FIELD;
use crate::encode::protobuf::{Message, delimited};
use crate::totals::{Distribution, Slot, Summary, Total};

/// Bytes of most metrics, and of most histograms: more than 127.
const USUAL: usize = 200;

/// Appends a message with the series of a family, for as long as `next` has any.
pub(super) fn family<'s>(
    escaping: Escaping,
    family: &Family,
    style: &Style,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
    mut next: impl FnMut(usize) -> Option<&'s Slot<Member>>,
) {
    let kind = match family.kind {
        Kind::Counter => 0,
        Kind::Gauge | Kind::Part(_) => 1,
        Kind::Summary => 2,
        Kind::Histogram => 4,
    };
    let bounds = style.bounds(family.look.as_deref());
    let last: Vec<i16> = match family.kind {
        Kind::Histogram => bounds.iter().map(|&bound| mapping::key(bound)).collect(),
        _ => Vec::new(),
    };
    let bounds = Bounds { bounds, last: &last };
    delimited(out, PIECE, |out| {
        let mut message = Message::new(out);
        message.bytes(1, &escaped(escaping, family));
        if let Some(help) = family.look.as_deref().and_then(|look| look.help.as_deref()) {
            message.bytes(2, help.as_bytes());
        }
        message.uint(3, kind);
        while let Some(slot) = next(message.len()) {
            message.message_of(4, USUAL, |metric| series(escaping, family, slot, style, bounds, scratch, metric));
        }
    });
}

/// The upper bounds of classic buckets, and the last key of each.
#[derive(Debug, Clone, Copy)]
struct Bounds<'a> {
    bounds: &'a [f64],
    last: &'a [i16],
}

fn series(
    escaping: Escaping,
    family: &Family,
    slot: &Slot<Member>,
    style: &Style,
    bounds: Bounds<'_>,
    scratch: &mut Scratch,
    metric: &mut Message<'_>,
) {
    let (kind, look) = (family.kind, family.look.as_deref());
    if let Some(marked) = slot.marked(escaping) {
        let most = marked.text.len() + marked.len() * 3 * FIELD;
        metric.pen(most, |pen| marked.iter().for_each(|(name, value)| pen.label(name, value)));
    } else {
        let labels = &mut scratch.labels;
        labels.fill(escaping, slot.host(), slot.tags().iter());
        let most = labels.text().len() + labels.iter().len() * 3 * FIELD;
        metric.pen(most, |pen| labels.iter().for_each(|(name, value)| pen.label(name, value)));
    }
    match (kind, &slot.total) {
        (Kind::Counter, Total::Counter(value)) => metric.message(3, |counter| {
            counter.double(1, *value);
            created(counter, 3, slot.since);
        }),
        (Kind::Gauge | Kind::Part(_), total) => {
            let value = part(kind, total).unwrap_or(f64::NAN);
            metric.message(2, |gauge| gauge.double(1, value));
        }
        (Kind::Summary, Total::Summary(summary)) => {
            metric.message(4, |message| write_summary(message, summary, slot.since))
        }
        (Kind::Histogram, Total::Distribution(distribution)) => metric.message_of(7, USUAL, |histogram| {
            let native = style.is_native(look).then_some(&mut scratch.deltas);
            write_histogram(histogram, distribution, bounds, native);
            created(histogram, 15, slot.since);
        }),
        _ => {}
    }
}

fn write_summary(message: &mut Message<'_>, summary: &Summary, since: u64) {
    message.uint(1, summary.count);
    message.double(2, summary.sum);
    for &(quantile, value) in &summary.quantiles {
        message.message(3, |message| {
            message.double(1, quantile);
            message.double(2, value);
        });
    }
    created(message, 4, since);
}

/// A native histogram where there is room to make its deltas in, else one of the bounds.
fn write_histogram(
    histogram: &mut Message<'_>,
    distribution: &Distribution,
    Bounds { bounds, last }: Bounds<'_>,
    deltas: Option<&mut Vec<u8>>,
) {
    histogram.uint(1, distribution.summary.count);
    histogram.double(2, distribution.summary.sum);
    let Some(deltas) = deltas else {
        let mut bounds = bounds.iter();
        distribution.cumulative(last, |count| {
            histogram.message(3, |bucket| {
                bucket.uint(1, count);
                bounds.next().into_iter().for_each(|&bound| bucket.double(2, bound));
            });
        });
        return;
    };
    histogram.sint(5, SCHEMA.into());
    histogram.double(6, ZERO_THRESHOLD);
    histogram.uint(7, distribution.zero());
    distribution.write_native(EXPOSITION, deltas, histogram);
}

/// When the series began.
fn created(message: &mut Message<'_>, field: u32, since: u64) {
    message.message(field, |time| time.uint(1, since));
}
