//! Series for tests.

use basenji::OwnedSketch;
use basenji::core::aggregate::Members;
use basenji::core::sketch::{Bin, Sketch, Store, Summary};
use basenji::core::wire::{MetricKind, OriginFields, Tags};
use basenji::server::{Point, Series};

/// A series of the bucket that begins at the time 0.
pub(crate) fn series<'a>(name: &'a str, host: &'a str, tags: &'a str, point: Point<'a>) -> Series<'a> {
    let kind = match point {
        Point::Count(_) => MetricKind::Count,
        Point::Gauge(_) => MetricKind::Gauge,
        Point::Set(_) => MetricKind::Set,
        Point::Histogram(_) => MetricKind::Histogram,
        Point::Distribution(_) => MetricKind::Distribution,
    };
    Series {
        name: name.as_bytes(),
        host: host.as_bytes(),
        kind,
        tags: Tags::Text(tags.as_bytes()),
        origin: OriginFields::NONE,
        timestamp: 0,
        interval: 10,
        members: Members::NONE,
        point,
    }
}

/// A sketch, held for the point that borrows it.
pub(crate) struct Held {
    summary: Summary,
    words: Vec<u64>,
}

impl Held {
    pub(crate) fn of(values: &[f64]) -> Held {
        let mut sketch = OwnedSketch::default();
        values.iter().for_each(|&value| sketch.add(value, 1.0));
        Held { summary: sketch.summary(), words: sketch.bins().map(Bin::word).collect() }
    }

    pub(crate) fn bins(summary: Summary, bins: &[(i16, u32)]) -> Held {
        Held { summary, words: bins.iter().map(|&(key, n)| Bin { key, n }.word()).collect() }
    }

    pub(crate) fn sketch(&self) -> Sketch<&[u64]> {
        Sketch::from_parts(self.summary, Store::from_parts(&self.words[..], self.words.len()))
    }

    pub(crate) fn point(&self) -> Point<'_> {
        Point::Distribution(self.sketch())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
