//! The system calls of the client that neither std nor socket2 offer. All `unsafe` of the client is in this directory.
//!
//! [`send_all`] sends many datagrams with one call (`sendmmsg` and UDP segmentation on Linux, a call each elsewhere),
//! [`wait_writable`] waits for room in a socket and [`wait_for_error`] for what it has to tell, [`fork`] counts the forks that led to this process,
//! [`without_signals`] starts threads that no signal handler of the program runs on, `at_exit` is told of the end, and
//! [`clock`] is the time, cheap and coarse.

mod batch;
pub(crate) mod clock;
#[cfg(unix)]
mod exit;
pub(crate) mod fork;
mod poll;
mod signals;

#[cfg(unix)]
pub(crate) use batch::send_vectored;
pub(crate) use batch::{Segmentation, send, send_all};
#[cfg(unix)]
pub(crate) use exit::at_exit;
pub(crate) use poll::{wait_for_error, wait_writable};
pub(crate) use signals::without_signals;

/// Calls `call` again while a signal interrupts it.
fn uninterrupted<T>(mut call: impl FnMut() -> std::io::Result<T>) -> std::io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
