//! What client and server need of the system for their threads and for forks. Unsafe code of the crate stands here, in `client/sys` and in `server/sys`.
//!
//! [`Process`] knows of forks and of the end, [`PerProcess`] is what a child of a fork makes anew, and [`Thread`] is a thread that a child can start and end,
//! whatever the others of its parent did at the fork.

mod process;
mod signals;
mod thread;

pub(crate) use process::{Member, PerProcess, Process};
pub(crate) use thread::Thread;
