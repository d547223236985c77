//! The core as a firmware links it: no operating system, no allocator, every public function reachable from a C symbol.
//!
//! With the feature `strict` the panic handler calls a function that exists nowhere. In a release build with link-time optimisation the library
//! links only if the compiler proved that nothing in it panics; `tests/tests/no_panic.rs` links it. The derived `Debug` is not reached: it is
//! for developers, and formatting of floats in `core` itself can panic.

#![no_std]

mod observer;
mod wire;

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

/// Reads a byte at any index, so it panics outside of the slice.
///
/// # Safety
///
/// `bytes` points to `len` readable bytes.
#[cfg(feature = "control")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn basenji_proof_control(bytes: *const u8, len: usize, index: usize) -> u8 {
    // SAFETY: as this function's contract says.
    unsafe { core::slice::from_raw_parts(bytes, len) }
    [index]
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
