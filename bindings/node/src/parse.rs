//! `parse`: a datagram in, numbers and texts out, as [`encode`](crate::encode) has them.

use std::cell::RefCell;

use napi::bindgen_prelude::Object;
use napi::{Env, Result, sys};

use crate::encode::Encoder;
use crate::raw::{self, Call};

#[derive(Default)]
struct Last {
    encoder: Encoder,
    /// The datagram, where it came as text.
    bytes: Vec<u8>,
}

thread_local! {
    /// What was parsed last, in this isolate.
    static LAST: RefCell<Last> = RefCell::default();
}

/// Most numbers and bytes that are kept for the next datagram.
const KEPT: usize = 1 << 16;

/// `decode(datagram, numbers)`: takes a text or a `Uint8Array` apart, and writes as many numbers as there is room for; how many there are. The result is
/// negative, less one, if the text that `decodedText` gives is needed too; a datagram that is not ASCII is no part of the text. An array of memory that another
/// thread may write is no datagram: it has nothing in it.
unsafe extern "C" fn decode(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<2>::new(env, info) };
    let needed = LAST.with_borrow_mut(|Last { encoder, bytes }| {
        if let Some((start, len)) = call.elements(0, sys::TypedarrayType::uint8_array) {
            // SAFETY: the array has so many bytes, and neither JavaScript nor another thread writes them now: it is not shared.
            let datagram = if len == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(start, len) } };
            encoder.datagram(datagram);
        } else {
            bytes.clear();
            call.append(0, bytes);
            encoder.datagram(bytes);
            bytes.shrink_to(KEPT);
        }
        copy(&call, 1, encoder.numbers());
        let count = i32::try_from(encoder.numbers().len()).unwrap_or(i32::MAX);
        if encoder.is_apart() { -1 - count } else { count }
    });
    call.result(needed)
}

/// Writes `numbers` into the `Float64Array` at `at`, as far as it goes.
fn copy(call: &Call<2>, at: usize, numbers: &[f64]) {
    let Some((start, len)) = call.elements(at, sys::TypedarrayType::float64_array) else { return };
    // SAFETY: the array has room for `len` numbers, at a place that suits them, and nobody else has it at this moment.
    unsafe { std::ptr::copy_nonoverlapping(numbers.as_ptr(), start.cast::<f64>(), numbers.len().min(len)) };
}

/// `decodedNumbers(numbers)`: writes the numbers of the last datagram.
unsafe extern "C" fn decoded_numbers(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<2>::new(env, info) };
    LAST.with_borrow_mut(|last| {
        copy(&call, 0, last.encoder.numbers());
        last.encoder.shrink_to(KEPT);
    });
    call.result(0)
}

/// `decodedText()`: what the last datagram's numbers point to behind the datagram, or in its place.
unsafe extern "C" fn decoded_text(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: Node calls with what is live.
    let call = unsafe { Call::<2>::new(env, info) };
    LAST.with_borrow(|last| call.utf16(last.encoder.own()))
}

/// Adds the functions.
pub(crate) fn export(env: &Env, exports: &Object<'_>) -> Result<()> {
    raw::export(env, exports, c"decode", decode)?;
    raw::export(env, exports, c"decodedNumbers", decoded_numbers)?;
    raw::export(env, exports, c"decodedText", decoded_text)
}
