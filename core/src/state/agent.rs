//! The Agent's protobuf: a `Dogsketch` of a `SketchPayload`, keys and counts as they are.

use super::fault::{Fault, StateError};
use super::filling::{Filling, Said};
use super::pen::Pen;
use super::reader::{Column, Reader, signed};
use crate::sketch::{Sketch, Summary};

/// The fields of a `Dogsketch` but the first one, its time, which a caller may write before or after them.
#[inline]
pub fn fields<S: AsRef<[u64]>>(pen: &mut Pen<'_>, sketch: &Sketch<S>) {
    let summary = sketch.summary();
    pen.uint(2, summary.count.min(i64::MAX.unsigned_abs()));
    for (field, value) in [(3, summary.min), (4, summary.max), (5, summary.avg), (6, summary.sum)] {
        if value != 0.0 {
            pen.double(field, value);
        }
    }
    pen.packed_sints(7, || sketch.keys());
    pen.packed_uints(8, || sketch.counts());
}

pub(super) fn read<S: AsRef<[u64]> + AsMut<[u64]>>(message: Reader<'_>, storage: S) -> Result<Sketch<S>, StateError> {
    let Summary { mut count, mut sum, mut min, mut max, mut avg } = Summary::EMPTY;
    let (mut fields, mut count_at) = (message, 0);
    while let Some(field) = fields.field()? {
        match field.number {
            2 => (count, count_at) = (field.uint()?, field.offset),
            3 => min = field.double()?,
            4 => max = field.double()?,
            5 => avg = field.double()?,
            6 => sum = field.double()?,
            _ => {}
        }
    }
    let (mut keys, mut counts) = (Column::of(message, 7), Column::of(message, 8));
    let mut filling = Filling::new(storage);
    let mut last = i64::MIN;
    while let Some((key, at)) = keys.next()? {
        let key = signed(key);
        if key < last {
            return Err(StateError { fault: Fault::Order, offset: at });
        }
        last = key;
        let key = i16::try_from(key).map_err(|_| StateError { fault: Fault::Number, offset: at })?;
        let (n, at) = counts.next()?.ok_or(StateError { fault: Fault::Count, offset: at })?;
        filling.add(key, n, at)?;
    }
    if let Some((_, offset)) = counts.next()? {
        return Err(StateError { fault: Fault::Count, offset });
    }
    let said = Said { count: Some(count), sum: Some(sum), min: Some(min), max: Some(max), avg: Some(avg) };
    filling.finish(said, count_at)
}
