//! The system calls of the client that neither std nor socket2 offer. All `unsafe` of the client is in this
//! directory, which a test holds.
//!
//! [`send_all`] sends many datagrams with one call (`sendmmsg` and UDP segmentation on Linux, a call each elsewhere),
//! [`wait_writable`] waits for room in a socket and [`wait_for_error`] for what it has to tell, [`clock`] is the time, cheap and coarse, [`Later`] what is
//! made when it is needed, and [`Turn`] the lock of a thread's own place.

mod batch;
pub(crate) mod clock;
mod later;
mod poll;
mod turn;

use std::sync::atomic;
use std::time::Duration;

#[cfg(unix)]
pub(crate) use batch::send_vectored;
pub(crate) use batch::{Segmentation, send, send_all};
pub(crate) use later::Later;
pub(crate) use poll::{wait_for_error, wait_writable};
pub(crate) use turn::{Held, Turn};

/// Waits a moment, longer with each attempt: at first other threads of this core may run, later also those of a lower real-time priority.
fn let_others_run(times: u32) {
    const YIELDS: u32 = 50;
    match times.checked_sub(YIELDS) {
        None => std::thread::yield_now(),
        Some(more) => std::thread::sleep(Duration::from_micros(20 << more.min(5))),
    }
}

/// Calls `call` again while a signal interrupts it.
fn uninterrupted<T>(mut call: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
