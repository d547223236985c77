//! Counts of different members as bytes: the registers, only those that are not 0 where that is shorter.

use super::compact::{self, UNIQUES};
use super::fault::{Fault, StateError};
use super::write_with;
use crate::Full;
use crate::uniques::{MAX_PRECISION, MIN_PRECISION, Uniques};

/// The registers that are not 0, each behind how many there are between it and the one before; or all of them.
const SPARSE: u8 = 0;
const DENSE: u8 = 1;

/// Writes the registers, in at most as many bytes as there are registers, and 16; returns how many.
///
/// # Errors
///
/// `Buffer`: there are too few bytes, and those that are there mean nothing.
pub fn write_uniques<S: AsRef<[u64]>>(uniques: &Uniques<S>, bytes: &mut [u8]) -> Result<usize, Full> {
    write_with(bytes, true, |pen| {
        compact::begin(pen, UNIQUES);
        pen.fixed([uniques.precision()]);
        let (mut raised, mut sparse, mut all, mut next) = (0_u64, 0_usize, 0_usize, 0_usize);
        for (at, rank) in crate::numbered::numbered(uniques.registers()) {
            all = all.saturating_add(1);
            if rank > 0 {
                raised = raised.saturating_add(1);
                sparse = sparse.saturating_add(2).saturating_add(usize::from(at.wrapping_sub(next) >= 0x80));
                next = at.wrapping_add(1);
            }
        }
        if sparse > all {
            pen.fixed([DENSE]);
            uniques.registers().for_each(|rank| pen.fixed([rank]));
            return;
        }
        pen.fixed([SPARSE]);
        pen.varint(raised);
        let mut next = 0_usize;
        for (at, rank) in crate::numbered::numbered(uniques.registers()) {
            if rank > 0 {
                pen.varint(at.wrapping_sub(next) as u64);
                pen.fixed([rank]);
                next = at.wrapping_add(1);
            }
        }
    })
}

/// Reads registers into `storage`, which may have fewer: what is read is then what would have been counted with these.
///
/// # Errors
///
/// What is corrupt and where. `Width` where the storage has more registers than the state.
pub fn read_uniques<S: AsRef<[u64]> + AsMut<[u64]>>(bytes: &[u8], storage: S) -> Result<Uniques<S>, StateError> {
    let mut state = compact::open(bytes, UNIQUES)?;
    let at = state.at();
    let precision = state.byte()?;
    if !(MIN_PRECISION..=MAX_PRECISION).contains(&precision) {
        return Err(StateError { fault: Fault::Number, offset: at });
    }
    let mut uniques = Uniques::new(storage);
    if precision < uniques.precision() {
        return Err(StateError { fault: Fault::Width, offset: at });
    }
    let most = 65_u8.wrapping_sub(precision);
    let registers = 1_u64 << precision;
    let form_at = state.at();
    let form = state.byte()?;
    let raised = match form {
        SPARSE => state.varint()?,
        DENSE => registers,
        _ => return Err(StateError { fault: Fault::Form, offset: form_at }),
    };
    let mut next = 0_u64;
    for _ in 0..raised {
        let at = state.at();
        let wrong = StateError { fault: Fault::Number, offset: at };
        let gap = if form == SPARSE { state.varint()? } else { 0 };
        let register = next.checked_add(gap).filter(|register| *register < registers).ok_or(wrong)?;
        let rank = state.byte()?;
        if rank > most || rank == 0 && form == SPARSE {
            return Err(wrong);
        }
        uniques.raise(register as usize, rank, precision);
        next = register.wrapping_add(1);
    }
    compact::close(bytes, &state)?;
    Ok(uniques)
}
