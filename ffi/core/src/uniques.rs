//! How many different members there were, in words of the caller.

use basenji_core::state;
use basenji_core::uniques::Uniques;

use crate::bytes::{bj_bytes, corrupt, given, input, output, slice, slice_mut};
use crate::guard::guard;
use crate::status::*;

/// Registers of a HyperLogLog. Begin with `bj_uniques_init`. Its members are to be read, and belong to the functions.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_uniques {
    /// The registers, eight a word.
    pub words: *mut u64,
    /// How many words there are.
    pub len: usize,
}

impl bj_uniques {
    /// To read, or to change by one caller.
    ///
    /// # Safety
    ///
    /// `uniques` is NULL or as its members say.
    unsafe fn change<'a>(uniques: *const bj_uniques) -> Result<Uniques<&'a mut [u64]>, bj_status> {
        // SAFETY: as this function's contract says.
        let words = unsafe {
            let uniques = input(uniques, BJ_NULL_UNIQUES)?;
            slice_mut(uniques.words, uniques.len, BJ_NULL_UNIQUES)?
        };
        if words.len() < 2 { Err(BJ_NULL_UNIQUES) } else { Ok(Uniques::from_storage(words)) }
    }

    /// To read.
    ///
    /// # Safety
    ///
    /// As `change`.
    unsafe fn look<'a>(uniques: *const bj_uniques) -> Result<Uniques<&'a [u64]>, bj_status> {
        // SAFETY: as this function's contract says.
        let words = unsafe {
            let uniques = input(uniques, BJ_NULL_UNIQUES)?;
            slice(uniques.words.cast_const(), uniques.len, BJ_NULL_UNIQUES)?
        };
        if words.len() < 2 { Err(BJ_NULL_UNIQUES) } else { Ok(Uniques::from_storage(words)) }
    }
}

/// Makes `*uniques_out` a count of no members, over `len` words of the caller, a power of two from 2 to 8192. With 2048 the estimate is off by 0.8 %
/// on average, with a quarter of the words by twice as much. Cost: linear in the words. Any thread.
///
/// Errors: `BJ_NULL_OUT`, `BJ_NULL_UNIQUES` when there are less than two words, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `uniques_out` is NULL or points to such a count; `words` is NULL or points to `len` words that stay as long as it is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_init(uniques_out: *mut bj_uniques, words: *mut u64, len: usize) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (out, all) = unsafe { (output(uniques_out, BJ_NULL_OUT)?, slice_mut(words, len, BJ_NULL_UNIQUES)?) };
        if all.len() < 2 {
            return Err(BJ_NULL_UNIQUES);
        }
        Uniques::new(all);
        *out = bj_uniques { words, len };
        Ok(())
    })
}

/// Counts a member, if it is a new one. Cost: linear in its bytes. Any thread, one at a time for one `uniques`.
///
/// Errors: `BJ_NULL_UNIQUES`, `BJ_NULL_VALUE`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `uniques` is NULL or as its members say; `member` is as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_add(uniques: *mut bj_uniques, member: bj_bytes) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (member, mut uniques) = unsafe { (given(member, BJ_NULL_VALUE)?, bj_uniques::change(uniques)?) };
        uniques.insert(member);
        Ok(())
    })
}

/// Adds the members that another one has counted, which has as many registers or more. Cost: linear in the words of the other. Any thread, one at a
/// time for each of both.
///
/// Errors: `BJ_NULL_UNIQUES`, `BJ_MISALIGNED`, `BJ_OVERLAP` when both share words, `BJ_STATE_WIDTH` when the other one has fewer registers.
///
/// # Safety
///
/// `uniques` and `other` are NULL or as their members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_merge(uniques: *mut bj_uniques, other: *const bj_uniques) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says; the first one is only read.
        let (ours, theirs) = unsafe { (bj_uniques::look(uniques)?, bj_uniques::look(other)?) };
        let (a, b) = (ours.into_storage().as_ptr_range(), theirs.into_storage().as_ptr_range());
        if a.start < b.end && b.start < a.end {
            return Err(BJ_OVERLAP);
        }
        // SAFETY: they share no words.
        let mut ours = unsafe { bj_uniques::change(uniques)? };
        if ours.merge(&theirs) { Ok(()) } else { Err(BJ_STATE_WIDTH) }
    })
}

/// About how many different members there were, exact for a handful, into `*count_out`. Cost: linear in the words. Any thread, while nobody changes
/// the registers.
///
/// Errors: `BJ_NULL_UNIQUES`, `BJ_NULL_OUT`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `uniques` is NULL or as its members say; `count_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_count(uniques: *const bj_uniques, count_out: *mut u64) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (uniques, out) = unsafe { (bj_uniques::look(uniques)?, output(count_out, BJ_NULL_OUT)?) };
        *out = uniques.count();
        Ok(())
    })
}

/// Writes the registers into `capacity` bytes at `buffer`, and how many bytes that are into `*len_out`: at most eight for each word, and 16. Every
/// language of Basenji reads them; docs/states.md describes them. Cost: linear in the words. Any thread, while nobody changes the registers.
///
/// Errors: `BJ_FULL_BUFFER`, when what was written means nothing; `BJ_NULL_UNIQUES`, `BJ_NULL_OUT` when `buffer` or `len_out` is NULL,
/// `BJ_MISALIGNED`.
///
/// # Safety
///
/// `uniques` is NULL or as its members say; `buffer` is NULL or points to `capacity` bytes; `len_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_write(
    uniques: *const bj_uniques,
    buffer: *mut u8,
    capacity: usize,
    len_out: *mut usize,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (uniques, buffer, out) = unsafe {
            (bj_uniques::look(uniques)?, slice_mut(buffer, capacity, BJ_NULL_OUT)?, output(len_out, BJ_NULL_OUT)?)
        };
        *out = state::write_uniques(&uniques, buffer).map_err(|_| BJ_FULL_BUFFER)?;
        Ok(())
    })
}

/// Makes `uniques`, which has its words from `bj_uniques_init`, those that were written in `len` bytes, with as many registers or more. What it had
/// counted is forgotten; if the state is refused, what it has counted means nothing, and the place of the fault, in bytes from the start, is in
/// `*offset_out`, which may be NULL. Cost: linear in the words and the bytes. Any thread, one at a time for one `uniques`.
///
/// Errors: those of `bj_sketch_read`; `BJ_NULL_UNIQUES`, `BJ_NULL_DATAGRAM` when `bytes` is NULL and `len` is not 0, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `uniques` is NULL or as its members say; `bytes` is NULL or points to `len` bytes; `offset_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_uniques_read(
    uniques: *mut bj_uniques,
    bytes: *const u8,
    len: usize,
    offset_out: *mut usize,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (bytes, uniques) = unsafe { (slice(bytes, len, BJ_NULL_DATAGRAM)?, bj_uniques::change(uniques)?) };
        let words = uniques.into_storage();
        // SAFETY: as above.
        state::read_uniques(bytes, words).map_err(|error| unsafe { corrupt(error, offset_out) })?;
        Ok(())
    })
}
