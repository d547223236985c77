//! What JavaScript has gathered of a client's calls, in memory that both sides read: an environment that is ended from outside runs no more
//! JavaScript, and what waits must leave all the same.

use napi::bindgen_prelude::Object;
use napi::{Env, Error, JsValue, Result, sys};

/// Pairs of a context and a value, in order.
const PAIRS: usize = 4096;
/// Contexts that have numbers.
const CONTEXTS: usize = 4096;

/// Where each part begins, in bytes; `lib/arena.js` says the same.
mod place {
    use super::{CONTEXTS, PAIRS};

    /// Three numbers of 32 bits: how many pairs there are, how many sums are listed, and whether exit handlers have run.
    pub(super) const COUNTS: usize = 0;
    /// A double for each context: what its calls have added up to.
    pub(super) const SUMS: usize = 16;
    /// A double for each pair.
    pub(super) const VALUES: usize = SUMS + 8 * CONTEXTS;
    /// A number of 32 bits for each pair: the context.
    pub(super) const NUMBERS: usize = VALUES + 8 * PAIRS;
    /// A number of 32 bits for each context that has a sum: those that are listed.
    pub(super) const LISTED: usize = NUMBERS + 4 * PAIRS;
    pub(super) const END: usize = LISTED + 4 * CONTEXTS;
}

/// An `ArrayBuffer` of JavaScript's, which it keeps alive.
pub(crate) struct Arena {
    start: *mut u8,
    env: sys::napi_env,
    reference: sys::napi_ref,
}

impl Arena {
    /// Takes hold of a buffer of the right size.
    pub(crate) fn new(env: &Env, buffer: &Object<'_>) -> Result<Arena> {
        let (mut start, mut len, mut reference) = (std::ptr::null_mut(), 0usize, std::ptr::null_mut());
        // SAFETY: the value is of this call, and the outputs are one pointer, one length, one reference.
        let status = unsafe {
            match sys::napi_get_arraybuffer_info(env.raw(), buffer.raw(), &raw mut start, &raw mut len) {
                sys::Status::napi_ok => sys::napi_create_reference(env.raw(), buffer.raw(), 1, &raw mut reference),
                status => status,
            }
        };
        let start = start.cast::<u8>();
        if status != sys::Status::napi_ok || len != place::END || !start.cast::<f64>().is_aligned() {
            return Err(Error::from_reason("the arena must be an ArrayBuffer of the right size"));
        }
        Ok(Arena { start, env: env.raw(), reference })
    }

    /// Hands out each pair of a context's number and a value, the sums first, and forgets them.
    pub(crate) fn drain(&mut self, mut take: impl FnMut(u32, f64)) {
        // SAFETY: the buffer has `place::END` bytes, each part begins where its numbers may, and the buffer lives as long as the reference: it is never
        // handed out of lib/arena.js, so nobody detaches it. JavaScript of this thread, which alone writes it, does not run now.
        let (counts, sums, values, numbers, listed) = unsafe {
            let at = |place: usize| self.start.add(place);
            (
                std::slice::from_raw_parts_mut(at(place::COUNTS).cast::<u32>(), 3),
                std::slice::from_raw_parts_mut(at(place::SUMS).cast::<f64>(), CONTEXTS),
                std::slice::from_raw_parts(at(place::VALUES).cast::<f64>(), PAIRS),
                std::slice::from_raw_parts(at(place::NUMBERS).cast::<u32>(), PAIRS),
                std::slice::from_raw_parts(at(place::LISTED).cast::<u32>(), CONTEXTS),
            )
        };
        for number in &listed[..(counts[1] as usize).min(CONTEXTS)] {
            if let Some(sum) = sums.get_mut(*number as usize) {
                take(*number, std::mem::take(sum));
            }
        }
        let pairs = (counts[0] as usize).min(PAIRS);
        numbers[..pairs].iter().zip(values).for_each(|(number, value)| take(*number, *value));
        counts[..2].fill(0);
    }

    /// Whether the exit handlers of this environment have sent what there was.
    pub(crate) fn is_over(&self) -> bool {
        // SAFETY: as in `drain`.
        unsafe { self.start.add(place::COUNTS).cast::<u32>().add(2).read() != 0 }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the reference is of this environment, which has not ended: at its end a hook takes what it has left.
        unsafe { sys::napi_delete_reference(self.env, self.reference) };
    }
}
