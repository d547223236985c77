//! The series of a point: names, labels and values, ready to be written in either version.

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::Tags;

use crate::encode::escape::Escaping;
use crate::encode::exponential::{SCHEMA, ZERO_THRESHOLD};
use crate::encode::labels::Labels;
use crate::encode::marks::Marked;
use crate::encode::native::REMOTE_WRITE;
use crate::encode::protobuf::Message;
use crate::totals::{Distribution, Total};

/// What a series is, by the numbers of both versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Counter = 1,
    Gauge = 2,
    Histogram = 3,
    Summary = 5,
}

/// The value of one sample.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Number(f64),
    Histogram(&'a Distribution),
}

/// Values of one series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    /// Escaped, with its suffix.
    pub(super) name: &'a [u8],
    pub(super) labels: Pairs<'a>,
    /// A label that the tags do not have.
    pub(super) quantile: Option<&'a str>,
    /// Each with the milliseconds since 1970 of its time, in the order of these.
    pub(super) points: &'a [(Value<'a>, i64)],
    /// Milliseconds since 1970 at which the series began; 0 if that means nothing.
    pub(super) since: i64,
    pub(super) kind: Type,
    /// Empty for none.
    pub(super) help: &'a [u8],
}

impl<'a> Sample<'a> {
    /// Calls `each` with name and value of every label, in the order of the names.
    #[inline]
    pub(super) fn each_pair(&self, mut each: impl FnMut(&'a [u8], &'a [u8])) {
        let quantile = self.quantile.map(|value| (&b"quantile"[..], value.as_bytes()));
        let (mut name, mut quantile) = (Some((&b"__name__"[..], self.name)), quantile);
        self.labels.each(|label, value| {
            for own in [&mut name, &mut quantile] {
                if let Some((own, value)) = own.take_if(|(own, _)| *own < label) {
                    each(own, value);
                }
            }
            each(label, value);
        });
        [name, quantile].into_iter().flatten().for_each(|(name, value)| each(name, value));
    }

    /// How many labels there are at most, and the bytes of their names and values.
    pub(super) fn size(&self) -> (usize, usize) {
        let (count, bytes) = self.labels.size();
        let own = b"__name__".len() + self.name.len() + b"quantile".len() + self.quantile.map_or(0, str::len);
        (count + 2, bytes + own)
    }
}

/// The labels of a series, as they stand in its tags or made of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pairs<'a> {
    Marked(Marked<'a>),
    Made(&'a Labels),
}

impl<'a> Pairs<'a> {
    #[inline]
    fn each(self, mut each: impl FnMut(&'a [u8], &'a [u8])) {
        match self {
            Pairs::Marked(marked) => marked.iter().for_each(|(name, value)| each(name, value)),
            Pairs::Made(labels) => labels.iter().for_each(|(name, value)| each(name, value)),
        }
    }

    fn size(self) -> (usize, usize) {
        match self {
            Pairs::Marked(marked) => (marked.len(), marked.text.len()),
            Pairs::Made(labels) => (labels.iter().len(), labels.text().len()),
        }
    }
}

/// What names and labels are made with, room for one series after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    labels: Labels,
    name: Vec<u8>,
    /// What the name was made of: name, ending, and how it was escaped.
    of: (Vec<u8>, &'static str, Option<Escaping>),
}

/// Names a series and its values, by the type of its total.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    /// Where its tags are labels as they are; else labels are made of host and tags.
    pub(super) marked: Option<Marked<'a>>,
    pub(super) name: &'a [u8],
    pub(super) host: &'a [u8],
    pub(super) tags: Tags<'a>,
    pub(super) help: &'a [u8],
    /// What the name of a counter ends in.
    pub(super) total: &'static str,
    pub(super) at: i64,
    pub(super) since: i64,
}

impl Scratch {
    /// Calls `each` with every sample of a series with this total.
    pub(super) fn samples(
        &mut self,
        escaping: Escaping,
        named: &Named<'_>,
        total: &Total,
        mut each: impl FnMut(&Sample<'_>),
    ) {
        let Named { marked, name, host, tags, help, total: suffix, at, since } = *named;
        let Scratch { labels, name: escaped, of } = self;
        let labels = match marked {
            Some(marked) => Pairs::Marked(marked),
            None => {
                labels.fill(escaping, host, tags.iter());
                Pairs::Made(labels)
            }
        };
        let mut put = |ending: &'static str, quantile: Option<&str>, value: Value<'_>, since: i64, kind: Type| {
            // Series of one name come in a row.
            if of.0 != name || of.1 != ending || of.2 != Some(escaping) {
                escaped.clear();
                escaping.append(&[name, ending.as_bytes()].concat(), escaped);
                of.0.clear();
                of.0.extend_from_slice(name);
                (of.1, of.2) = (ending, Some(escaping));
            }
            each(&Sample { name: escaped, labels, quantile, points: &[(value, at)], since, kind, help });
        };
        match total {
            Total::None => {}
            Total::Counter(sum) => put(suffix, None, Value::Number(*sum), since, Type::Counter),
            Total::Gauge(value) => put("", None, Value::Number(*value), 0, Type::Gauge),
            Total::Distribution(distribution) => put("", None, Value::Histogram(distribution), since, Type::Histogram),
            Total::Summary(summary) => {
                for &(quantile, value) in &summary.quantiles {
                    put("", Some(&quantile.to_string()), Value::Number(value), 0, Type::Summary);
                }
                for &(aggregate, value) in &summary.aggregates {
                    let ending = match aggregate {
                        Aggregate::Max => ".max",
                        Aggregate::Min => ".min",
                        Aggregate::Avg => ".avg",
                        _ => continue,
                    };
                    put(ending, None, Value::Number(value), 0, Type::Gauge);
                }
                put("_sum", None, Value::Number(summary.sum), since, Type::Summary);
                put("_count", None, Value::Number(summary.count as f64), since, Type::Summary);
            }
        }
    }
}

/// Writes a histogram, which is the same in both versions but for the time at which it began.
pub(super) fn histogram(message: &mut Message<'_>, distribution: &Distribution, scratch: &mut Vec<u8>, at: i64) {
    message.uint(1, distribution.summary.count);
    message.double(3, distribution.summary.sum);
    message.sint(4, SCHEMA.into());
    message.double(5, ZERO_THRESHOLD);
    message.uint(6, distribution.zero());
    distribution.write_native(REMOTE_WRITE, scratch, message);
    message.int(15, at);
}
