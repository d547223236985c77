//! Our own form, which keeps all: `docs/states.md` describes it byte by byte.

use super::checksum::checksum;
use super::fault::{Fault, StateError};
use super::filling::{Filling, Said};
use super::pen::Pen;
use super::reader::Reader;
use crate::sketch::{Sketch, Summary};

/// What a state begins with: no text does.
const MAGIC: [u8; 2] = [0xba, 0x5e];

/// What is in a state.
const SKETCH: u8 = 1;
pub(super) const UNIQUES: u8 = 2;

/// The only version that there is.
const VERSION: u8 = 1;

/// Begins a state.
pub(super) fn begin(pen: &mut Pen<'_>, kind: u8) {
    pen.fixed(MAGIC);
    pen.fixed([kind, VERSION]);
}

/// What a checked state holds.
///
/// # Errors
///
/// `Form`, `Kind`, `Version`, `Cut`.
pub(super) fn open(bytes: &[u8], kind: u8) -> Result<Reader<'_>, StateError> {
    let mut state = Reader::new(bytes.len().checked_sub(4).and_then(|end| bytes.get(..end)).unwrap_or(bytes));
    for (offset, expected, fault) in
        [(0, MAGIC[0], Fault::Form), (1, MAGIC[1], Fault::Form), (2, kind, Fault::Kind), (3, VERSION, Fault::Version)]
    {
        // A state of less than eight bytes has its checksum among them.
        let byte = bytes.get(offset).ok_or(StateError { fault: Fault::Cut, offset: bytes.len() })?;
        if *byte != expected {
            return Err(StateError { fault, offset });
        }
    }
    state.take(4).map_err(|_| StateError { fault: Fault::Cut, offset: bytes.len() })?;
    Ok(state)
}

/// Whether a state that was read to the end of `state` ends there, and has the right checksum.
pub(super) fn close(bytes: &[u8], state: &Reader<'_>) -> Result<(), StateError> {
    if !state.is_empty() {
        return Err(StateError { fault: Fault::Trailing, offset: state.at() });
    }
    let (before, sum) = bytes.split_last_chunk::<4>().unwrap_or((&[], &[0; 4]));
    if checksum(before) != u32::from_le_bytes(*sum) {
        return Err(StateError { fault: Fault::Checksum, offset: before.len() });
    }
    Ok(())
}

pub(super) fn write<S: AsRef<[u64]>>(pen: &mut Pen<'_>, sketch: &Sketch<S>) {
    begin(pen, SKETCH);
    let Summary { count, sum, min, max, avg } = sketch.summary();
    pen.varint(count);
    if count == 0 {
        return;
    }
    [sum, min, max, avg].into_iter().for_each(|number| pen.fixed(number.to_le_bytes()));
    pen.varint(sketch.bins().len() as u64);
    let mut last = None;
    for bin in sketch.bins() {
        match last {
            None => pen.packed_sint(bin.key.into()),
            Some(last) => pen.varint(i64::from(bin.key).wrapping_sub(last) as u64),
        }
        pen.varint(bin.n.into());
        last = Some(bin.key.into());
    }
}

pub(super) fn read<S: AsRef<[u64]> + AsMut<[u64]>>(bytes: &[u8], storage: S) -> Result<Sketch<S>, StateError> {
    let mut state = open(bytes, SKETCH)?;
    let count_at = state.at();
    let count = state.varint()?;
    let mut filling = Filling::new(storage);
    let mut said = Said { count: Some(count), ..Said::default() };
    if count > 0 {
        let mut number = || state.double().map(Some);
        (said.sum, said.min, said.max, said.avg) = (number()?, number()?, number()?, number()?);
        let bins = state.varint()?;
        let mut last: Option<i64> = None;
        for _ in 0..bins {
            let at = state.at();
            let wrong = StateError { fault: Fault::Number, offset: at };
            let key = match last {
                None => state.sint()?,
                // A step beyond all keys.
                Some(last) => {
                    i64::try_from(state.varint()?).ok().and_then(|step| last.checked_add(step)).ok_or(wrong)?
                }
            };
            last = Some(key);
            let key = i16::try_from(key).map_err(|_| wrong)?;
            let n_at = state.at();
            let n = u32::try_from(state.varint()?).ok().filter(|n| *n > 0);
            filling.add(key, n.ok_or(StateError { fault: Fault::Number, offset: n_at })?.into(), at)?;
        }
    }
    close(bytes, &state)?;
    filling.finish(said, count_at)
}
