//! ClickHouse's state of `quantilesDD`: what `CAST(bytes AS AggregateFunction(quantilesDD(1 / 129, …), Float64))` takes.
//!
//! A relative accuracy of 1/129 makes bins of the same width. ClickHouse answers with the middle of a bin as it counts it,
//! which is 130/129 of ours.

use super::fault::{Fault, StateError};
use super::filling::{Filling, Said};
use super::pen::Pen;
use super::reader::Reader;
use crate::sketch::mapping::{BIAS, GAMMA, MAX_KEY};
use crate::sketch::{Bin, Sketch};

const LOGARITHMIC: u8 = 2;
const POSITIVE: u8 = 1;
const NEGATIVE: u8 = 3;
const ZERO: u8 = 4;

/// A store as index deltas and counts, or as counts of neighbours.
const DELTAS: u8 = 4;
const CONTIGUOUS: u8 = 12;

pub(super) fn write<S: AsRef<[u64]>>(pen: &mut Pen<'_>, sketch: &Sketch<S>) {
    pen.fixed([LOGARITHMIC]);
    pen.fixed(GAMMA.to_le_bytes());
    pen.fixed(0_f64.to_le_bytes());
    let magnitude = |bin: Bin| (bin.key.unsigned_abs(), u64::from(bin.n));
    let is_finite = |bin: &Bin| (-MAX_KEY..=MAX_KEY).contains(&bin.key);
    pen.fixed([POSITIVE]);
    store(pen, sketch.bins().filter(|bin| bin.key > 0 && is_finite(bin)).map(magnitude));
    pen.fixed([NEGATIVE]);
    store(pen, sketch.bins().rev().filter(|bin| bin.key < 0 && is_finite(bin)).map(magnitude));
    pen.fixed([ZERO]);
    let zero = sketch.bins().filter(|bin| bin.key == 0).fold(0_u64, |sum, bin| sum.saturating_add(bin.n.into()));
    pen.fixed((zero as f64).to_le_bytes());
}

/// Keys above 0, ascending; bins of one key become one.
fn store(pen: &mut Pen<'_>, bins: impl Iterator<Item = (u16, u64)> + Clone) {
    let mut keys = 0_u64;
    let mut last = 0;
    for (key, _) in bins.clone() {
        keys = keys.wrapping_add(u64::from(key != last));
        last = key;
    }
    pen.fixed([DELTAS]);
    pen.varint(keys);
    let mut before = BIAS.unsigned_abs();
    let mut rest = bins;
    let mut next = rest.next();
    while let Some((key, mut sum)) = next {
        next = None;
        for (other, n) in rest.by_ref() {
            if other != key {
                next = Some((other, n));
                break;
            }
            sum = sum.saturating_add(n);
        }
        pen.packed_sint(i64::from(key).wrapping_sub(before.into()));
        pen.fixed((sum as f64).to_le_bytes());
        before = key;
    }
}

pub(super) fn read<S: AsRef<[u64]> + AsMut<[u64]>>(mut state: Reader<'_>, storage: S) -> Result<Sketch<S>, StateError> {
    let expect = |state: &mut Reader<'_>, byte| {
        let offset = state.at();
        if state.byte()? == byte { Ok(()) } else { Err(StateError { fault: Fault::Form, offset }) }
    };
    expect(&mut state, LOGARITHMIC)?;
    for number in [GAMMA, 0.0] {
        let offset = state.at();
        if state.double()? != number {
            return Err(StateError { fault: Fault::Width, offset });
        }
    }
    let mut filling = Filling::new(storage);
    expect(&mut state, POSITIVE)?;
    read_store(&mut state, &mut filling, false)?;
    expect(&mut state, NEGATIVE)?;
    read_store(&mut state, &mut filling, true)?;
    expect(&mut state, ZERO)?;
    let offset = state.at();
    filling.add(0, whole(state.double()?, offset)?, offset)?;
    if !state.is_empty() {
        return Err(StateError { fault: Fault::Trailing, offset: state.at() });
    }
    filling.finish(Said::default(), 0)
}

fn read_store<S: AsRef<[u64]> + AsMut<[u64]>>(
    state: &mut Reader<'_>,
    filling: &mut Filling<S>,
    is_negative: bool,
) -> Result<(), StateError> {
    let offset = state.at();
    let (kind, bins) = (state.byte()?, state.varint()?);
    let (mut index, step) = match kind {
        DELTAS => (0, None),
        CONTIGUOUS => (state.sint()?, Some(state.sint()?)),
        _ => return Err(StateError { fault: Fault::Form, offset }),
    };
    for _ in 0..bins {
        let at = state.at();
        let wrong = StateError { fault: Fault::Number, offset: at };
        if step.is_none() {
            index = index.checked_add(state.sint()?).ok_or(wrong)?;
        }
        let key = index.checked_add(BIAS.into()).ok_or(wrong)?;
        let n = whole(state.double()?, at)?;
        if n > 0 {
            let key = i16::try_from(key).ok().filter(|key| (1..=MAX_KEY).contains(key)).ok_or(wrong)?;
            filling.add(if is_negative { key.wrapping_neg() } else { key }, n, at)?;
        }
        index = index.checked_add(step.unwrap_or_default()).ok_or(wrong)?;
    }
    Ok(())
}

/// A count, which ClickHouse has as a double.
fn whole(number: f64, offset: usize) -> Result<u64, StateError> {
    let whole = number as u64;
    if whole as f64 == number { Ok(whole) } else { Err(StateError { fault: Fault::Number, offset }) }
}
