//! The core as a firmware links it: no operating system, no allocator, every public function reachable from a C symbol.
//!
//! With the feature `strict` the panic handler calls a function that exists nowhere. In a release build with link-time optimisation the library
//! links only if the compiler proved that nothing in it panics; `tests/tests/no_panic.rs` links it. The derived `Debug` is not reached: it is
//! for developers, and formatting of floats in `core` itself can panic.

#![no_std]

mod aggregate;
mod client;
mod emitter;
mod framing;
mod nal;
mod number;
mod observer;
mod sketch;
mod state;
mod time;
mod wire;

use basenji_core::Time;
use basenji_core::aggregate::StaticStorage;

use observer::Observer;

/// Calls everything that reads, explains or writes a datagram, and digests what it says.
///
/// # Safety
///
/// `datagram` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_wire(datagram: *const u8, len: usize) -> u64 {
    // SAFETY: as this function's contract says.
    let datagram = unsafe { core::slice::from_raw_parts(datagram, len) };
    let mut observer = Observer::default();
    wire::observe(datagram, &mut observer);
    observer.digest()
}

/// Calls everything of the sketch, with `values` as samples and as quantiles, and digests what it says.
///
/// # Safety
///
/// `values` points to `len` readable numbers, `words` to `capacity` readable and writable words, for nobody else during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_sketch(values: *const f64, len: usize, words: *mut u64, capacity: usize) -> u64 {
    // SAFETY: as this function's contract says.
    let (values, words) =
        unsafe { (core::slice::from_raw_parts(values, len), core::slice::from_raw_parts_mut(words, capacity)) };
    let mut observer = Observer::default();
    sketch::observe(values, words, &mut observer);
    observer.digest()
}

/// Calls everything that reads and writes a state, in `words` as storage and `out`, and digests what it says.
///
/// # Safety
///
/// `bytes` points to `len` readable bytes, `words` to `capacity` readable and writable words, `out` to `room` such bytes, for nobody else
/// during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_state(
    bytes: *const u8,
    len: usize,
    words: *mut u64,
    capacity: usize,
    out: *mut u8,
    room: usize,
) -> u64 {
    // SAFETY: as this function's contract says.
    let (bytes, words, out) = unsafe {
        (
            core::slice::from_raw_parts(bytes, len),
            core::slice::from_raw_parts_mut(words, capacity),
            core::slice::from_raw_parts_mut(out, room),
        )
    };
    let mut observer = Observer::default();
    state::observe(bytes, words, out, &mut observer);
    observer.digest()
}

/// Calls everything that reads and writes a number, and digests what it says.
///
/// # Safety
///
/// `text` points to `len` readable bytes, `out` to `capacity` readable and writable ones, for nobody else during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_number(text: *const u8, len: usize, out: *mut u8, capacity: usize) -> u64 {
    // SAFETY: as this function's contract says.
    let (text, out) =
        unsafe { (core::slice::from_raw_parts(text, len), core::slice::from_raw_parts_mut(out, capacity)) };
    let mut observer = Observer::default();
    number::observe(text, out, &mut observer);
    observer.digest()
}

/// Calls everything of the stream's framing, and digests what it says.
///
/// # Safety
///
/// `stream` points to `len` readable bytes, `buffer` to `capacity` readable and writable ones, for nobody else during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_framing(stream: *const u8, len: usize, buffer: *mut u8, capacity: usize) -> u64 {
    // SAFETY: as this function's contract says.
    let (stream, buffer) =
        unsafe { (core::slice::from_raw_parts(stream, len), core::slice::from_raw_parts_mut(buffer, capacity)) };
    let mut observer = Observer::default();
    framing::observe(stream, buffer, &mut observer);
    observer.digest()
}

/// Calls everything of the aggregator, and digests what it says.
///
/// # Safety
///
/// `datagram` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_aggregate(datagram: *const u8, len: usize, millis: u64) -> u64 {
    // SAFETY: as this function's contract says.
    let datagram = unsafe { core::slice::from_raw_parts(datagram, len) };
    let mut observer = Observer::default();
    let mut storage = StaticStorage::<16, 1024, 128>::new();
    aggregate::observe(datagram, Time::from_millis(millis), &mut storage, &mut observer);
    observer.digest()
}

/// Calls everything of a client, and digests what it says.
///
/// # Safety
///
/// `datagram` points to `len` readable bytes, `buffer` to `capacity` readable and writable ones, for nobody else during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_client(
    datagram: *const u8,
    len: usize,
    buffer: *mut u8,
    capacity: usize,
) -> u64 {
    // SAFETY: as this function's contract says.
    let (datagram, buffer) =
        unsafe { (core::slice::from_raw_parts(datagram, len), core::slice::from_raw_parts_mut(buffer, capacity)) };
    let mut observer = Observer::default();
    client::observe(datagram, buffer, &mut observer);
    client::lines(datagram, capacity as u64, buffer, &mut observer);
    client::parts(datagram, len as f64, &mut observer);
    client::telemetry(datagram, Time::from_millis(capacity as u64), buffer, &mut observer);
    emitter::observe(datagram, capacity as u64, buffer, &mut observer);
    observer.digest()
}

/// Calls everything of a moment, and digests what it says.
#[unsafe(no_mangle)]
pub extern "C" fn basenji_proof_time(millis: u64, secs: u64) -> u64 {
    let mut observer = Observer::default();
    time::observe(millis, secs, &mut observer);
    observer.digest()
}

/// Reads a byte at any index, so it panics outside of the slice.
///
/// # Safety
///
/// `bytes` points to `len` readable bytes.
#[cfg(feature = "control")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_control(bytes: *const u8, len: usize, index: usize) -> u8 {
    // SAFETY: as this function's contract says.
    let bytes = unsafe { core::slice::from_raw_parts(bytes, len) };
    bytes[index]
}

#[cfg(feature = "strict")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        fn basenji_a_panic_path_survives() -> !;
    }
    // SAFETY: never called: what calls it cannot be linked.
    unsafe { basenji_a_panic_path_survives() }
}
