//! OpenTelemetry's `ExponentialHistogramDataPoint`, without attributes and times.

use super::exponential::{self, ZERO_THRESHOLD};
use super::fault::{Fault, StateError};
use super::filling::{Filling, Said};
use super::pen::Pen;
use super::reader::{Column, Reader};
use crate::sketch::{Sketch, Summary};

/// The fields from `count` on, of buckets by Prometheus' index, lowest first. A caller may write attributes and times before or after them.
pub fn fields(
    pen: &mut Pen<'_>,
    summary: &Summary,
    scale: i64,
    zero: u64,
    positive: impl Iterator<Item = (i32, u64)> + Clone,
    negative: impl Iterator<Item = (i32, u64)> + Clone,
) {
    pen.fixed64(4, summary.count);
    pen.double(5, summary.sum);
    pen.sint(6, scale);
    if zero > 0 {
        pen.fixed64(7, zero);
    }
    side(pen, 8, positive);
    side(pen, 9, negative);
    pen.double(12, summary.min);
    pen.double(13, summary.max);
    pen.double(14, ZERO_THRESHOLD);
}

/// The buckets of one side of zero: the first index and all counts from there on, those of empty buckets too.
fn side(pen: &mut Pen<'_>, field: u8, buckets: impl Iterator<Item = (i32, u64)> + Clone) {
    let Some((first, _)) = buckets.clone().next() else { return };
    pen.message(field, |pen| {
        // An index less than Prometheus' own.
        pen.sint(1, i64::from(first).wrapping_sub(1));
        pen.packed_sparse(2, buckets.map(|(index, count)| (index.wrapping_sub(first).cast_unsigned(), count)));
    });
}

pub(super) fn read<S: AsRef<[u64]> + AsMut<[u64]>>(message: Reader<'_>, storage: S) -> Result<Sketch<S>, StateError> {
    let (mut said, mut count_at, mut scale, mut zero) = (Said::default(), 0, 0, 0);
    let (mut positive, mut negative) = (None, None);
    let mut fields = message;
    while let Some(field) = fields.field()? {
        match field.number {
            4 => (said.count, count_at) = (Some(field.fixed64()?), field.offset),
            5 => said.sum = Some(field.double()?),
            6 => scale = field.sint()?,
            7 => zero = field.fixed64()?,
            8 => positive = Some(field.message()?),
            9 => negative = Some(field.message()?),
            12 => said.min = Some(field.double()?),
            13 => said.max = Some(field.double()?),
            _ => {}
        }
    }
    said.count = said.count.or(Some(0));
    let mut filling = Filling::new(storage);
    filling.add(0, zero, count_at)?;
    for (side, is_negative) in [(negative, true), (positive, false)] {
        let Some(side) = side else { continue };
        let (mut offset, mut fields) = (0, side);
        while let Some(field) = fields.field()? {
            if field.number == 1 {
                offset = field.sint()?;
            }
        }
        let mut counts = Column::of(side, 2);
        let mut index = i32::try_from(offset).map_err(|_| StateError { fault: Fault::Number, offset: side.at() })?;
        while let Some((n, at)) = counts.next()? {
            let key = exponential::key(i64::from(index).wrapping_add(1), scale);
            filling.add(if is_negative { key.wrapping_neg() } else { key }, n, at)?;
            index = index.checked_add(1).ok_or(StateError { fault: Fault::Number, offset: at })?;
        }
    }
    filling.finish(said, count_at)
}
