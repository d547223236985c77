//! Families as text: Prometheus' 0.0.4 and 1.0.0, and OpenMetrics 1.0.

use basenji::core::sketch::mapping;
use basenji::core::wire::number::{self, NumberBuffer};

use super::families::{Family, Kind, Member};
use super::negotiate::{Format, Wanted};
use super::style::{Scratch, Style, part};
use crate::encode::escape::{Escaping, is_plain};
use crate::encode::labels::Labels;
use crate::encode::marks::Marked;
use crate::encode::pen;
use crate::totals::{Distribution, Slot, Total};

/// Appends series of a family for as long as `next` has any, with its type if they are the first ones.
pub(super) fn family<'s>(
    wanted: Wanted,
    family: &Family,
    style: &Style,
    scratch: &mut Scratch,
    is_first: bool,
    out: &mut Vec<u8>,
    mut next: impl FnMut(usize) -> Option<&'s Slot<Member>>,
) {
    let names = Names::new(wanted, family);
    let Scratch { labels: pairs, text: labels, prefix, .. } = scratch;
    let bounds = match family.kind {
        Kind::Histogram => Bounds::new(style.bounds(family.look.as_deref())),
        _ => Bounds::default(),
    };
    if is_first {
        names.append_type(wanted.format, family.look.as_deref().and_then(|look| look.help.as_deref()), out);
    }
    while let Some(slot) = next(out.len()) {
        labels.clear();
        match slot.marked(wanted.escaping) {
            Some(marked) => append_marked(marked, labels),
            None => {
                pairs.fill(wanted.escaping, slot.host(), slot.tags().iter());
                append_labels(pairs, labels);
            }
        }
        match (family.kind, &slot.total) {
            (Kind::Counter, Total::Counter(value)) => names.sample(out, "", labels, None, *value),
            (Kind::Gauge | Kind::Part(_), total) => {
                if let Some(value) = part(family.kind, total) {
                    names.sample(out, "", labels, None, value);
                }
            }
            (Kind::Summary, Total::Summary(summary)) => {
                for &(quantile, value) in &summary.quantiles {
                    names.sample(out, "", labels, Some(quantile), value);
                }
                names.sample(out, "_sum", labels, None, summary.sum);
                names.sample(out, "_count", labels, None, summary.count as f64);
            }
            (Kind::Histogram, Total::Distribution(distribution)) => {
                prefix.clear();
                names.append_start("_bucket", labels, "le", prefix);
                bounds.append_buckets(distribution, prefix, out);
                names.sample(out, "_sum", labels, None, distribution.summary.sum);
                names.sample(out, "_count", labels, None, distribution.summary.count as f64);
            }
            _ => {}
        }
    }
}

/// What a family and its samples are called.
struct Names {
    /// Escaped; of a counter with `_total`.
    name: Vec<u8>,
    is_plain: bool,
    kind: &'static str,
}

impl Names {
    fn new(wanted: Wanted, family: &Family) -> Names {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Part(_) => "gauge",
            Kind::Summary => "summary",
            Kind::Histogram => "histogram",
        };
        let mut name = escaped(wanted.escaping, family);
        // OpenMetrics has no counter without it.
        if family.kind == Kind::Counter && wanted.format == Format::OpenMetrics && !name.ends_with(b"_total") {
            name.extend_from_slice(b"_total");
        }
        Names { is_plain: is_plain(&name), name, kind }
    }

    /// `# HELP name help` and `# TYPE name kind`; of OpenMetrics' counters the name has no `_total`.
    fn append_type(&self, format: Format, help: Option<&str>, out: &mut Vec<u8>) {
        let total = self.name.strip_suffix(b"_total").filter(|_| format == Format::OpenMetrics);
        let name = total.filter(|_| self.kind == "counter").unwrap_or(&self.name);
        if let Some(help) = help {
            out.extend_from_slice(b"# HELP ");
            append_name(name, out);
            out.push(b' ');
            let quote = if format == Format::OpenMetrics { "\\\"" } else { "\"" };
            let help = help.replace('\\', "\\\\").replace('\n', "\\n").replace('"', quote);
            out.extend_from_slice(help.as_bytes());
            out.push(b'\n');
        }
        out.extend_from_slice(b"# TYPE ");
        append_name(name, out);
        out.push(b' ');
        out.extend_from_slice(self.kind.as_bytes());
        out.push(b'\n');
    }

    /// One line, with the labels of the series as [`append_labels`] has written them.
    #[inline]
    fn sample(&self, out: &mut Vec<u8>, suffix: &str, labels: &[u8], quantile: Option<f64>, value: f64) {
        let mut buffer = NumberBuffer::new();
        let number = number::format(value, number::Style::Plain, &mut buffer);
        if let (true, None) = (self.is_plain, quantile) {
            // As nearly every line is.
            let most = self.name.len() + suffix.len() + labels.len() + number.len() + 4;
            return pen::append(out, most, |pen| {
                pen.raw(&self.name);
                pen.raw(suffix.as_bytes());
                if !labels.is_empty() {
                    pen.fixed(*b"{");
                    pen.raw(labels);
                    pen.fixed(*b"}");
                }
                pen.fixed(*b" ");
                pen.raw(number);
                pen.fixed(*b"\n");
            });
        }
        match quantile {
            Some(quantile) => {
                self.append_start(suffix, labels, "quantile", out);
                append_bound(quantile, out);
                out.extend_from_slice(b"\"} ");
            }
            None => {
                let is_open = self.append_name_and_labels(suffix, labels, out);
                out.extend_from_slice(if is_open { b"} " } else { b" " });
            }
        }
        out.extend_from_slice(number);
        out.push(b'\n');
    }

    /// The start of a line that has a label more, as far as the value of this label.
    fn append_start(&self, suffix: &str, labels: &[u8], more: &str, out: &mut Vec<u8>) {
        let is_open = self.append_name_and_labels(suffix, labels, out);
        out.push(if is_open { b',' } else { b'{' });
        out.extend_from_slice(more.as_bytes());
        out.extend_from_slice(b"=\"");
    }

    /// Name and labels; says whether a brace is open.
    fn append_name_and_labels(&self, suffix: &str, labels: &[u8], out: &mut Vec<u8>) -> bool {
        if self.is_plain {
            out.extend_from_slice(&self.name);
            out.extend_from_slice(suffix.as_bytes());
        } else {
            out.extend_from_slice(b"{\"");
            append_value(&self.name, out);
            out.extend_from_slice(suffix.as_bytes());
            out.push(b'"');
        }
        if !labels.is_empty() {
            out.push(if self.is_plain { b'{' } else { b',' });
            out.extend_from_slice(labels);
        }
        !self.is_plain || !labels.is_empty()
    }
}

/// The upper bounds of classic buckets: each with its last key, and how it is written.
#[derive(Debug, Default)]
struct Bounds {
    keys: Vec<i16>,
    texts: Vec<Vec<u8>>,
}

impl Bounds {
    fn new(bounds: &[f64]) -> Bounds {
        let text = |bound: &f64| {
            let mut text = Vec::new();
            append_bound(*bound, &mut text);
            text.extend_from_slice(b"\"} ");
            text
        };
        Bounds {
            keys: bounds.iter().map(|&bound| mapping::key(bound)).collect(),
            texts: bounds.iter().chain(&[f64::INFINITY]).map(text).collect(),
        }
    }

    /// A line for each bound, and one for the infinite one.
    fn append_buckets(&self, distribution: &Distribution, prefix: &[u8], out: &mut Vec<u8>) {
        let texts: usize = self.texts.iter().map(Vec::len).sum();
        let most = texts + self.texts.len() * (prefix.len() + LONGEST_COUNT + 1);
        pen::append(out, most, |pen| {
            let mut texts = self.texts.iter();
            let mut line = |count: u64| {
                let Some(text) = texts.next() else { return };
                pen.raw(prefix);
                pen.raw(text);
                match count {
                    0..10 => pen.fixed([b'0' + count as u8]),
                    _ => pen.raw(number::format_u64(count, &mut NumberBuffer::new())),
                }
                pen.fixed(*b"\n");
            };
            distribution.cumulative(&self.keys, &mut line);
            line(distribution.summary.count);
        });
    }
}

/// Digits of the largest count.
const LONGEST_COUNT: usize = 20;

/// All labels of a series whose tags are labels as they are.
#[inline]
fn append_marked(marked: Marked<'_>, out: &mut Vec<u8>) {
    // A colon becomes `="`, a comma `",`.
    pen::append(out, marked.text.len() + 2 * marked.len() + 1, |pen| {
        for (name, value) in marked.iter() {
            pen.raw(name);
            pen.fixed(*b"=\"");
            pen.raw(value);
            pen.fixed(*b"\",");
        }
    });
    // No comma after the last one.
    out.pop();
}

/// All labels, `a="b",c="d"`.
fn append_labels(labels: &Labels, out: &mut Vec<u8>) {
    let is_plain = special(labels.text()).is_none();
    for (place, (name, label)) in labels.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        append_name(name, out);
        out.extend_from_slice(b"=\"");
        match is_plain {
            true => out.extend_from_slice(label),
            false => append_value(label, out),
        }
        out.push(b'"');
    }
}

/// Where a text has a byte that stands escaped between quotes.
fn special(text: &[u8]) -> Option<usize> {
    memchr::memchr3(b'\\', b'"', b'\n', text)
}

/// The name of a family, with `_total` for a counter.
pub(super) fn escaped(escaping: Escaping, family: &Family) -> Vec<u8> {
    let total: &[u8] = if family.has_total { b"_total" } else { b"" };
    let mut name = Vec::new();
    escaping.append(&[&family.name, total].concat(), &mut name);
    name
}

/// A name, in quotes if it needs them.
fn append_name(name: &[u8], out: &mut Vec<u8>) {
    if is_plain(name) {
        return out.extend_from_slice(name);
    }
    out.push(b'"');
    append_value(name, out);
    out.push(b'"');
}

/// What stands between quotes.
fn append_value(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some(at) = special(rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(match rest[at] {
            b'\n' => b"\\n",
            b'"' => b"\\\"",
            _ => b"\\\\",
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// A bound or quantile, always with a point or an exponent.
fn append_bound(bound: f64, out: &mut Vec<u8>) {
    if bound == f64::INFINITY {
        return out.extend_from_slice(b"+Inf");
    }
    out.extend_from_slice(number::format(bound, number::Style::Python, &mut NumberBuffer::new()));
}
