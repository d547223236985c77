//! Where calls gather: a lane client for each thread, the central client where all comes together, and the flush that brings it there.
//!
//! ```text
//! thread -> its lane client --flush-->  central: merged, written, packed  -->  outlet: transport or sender
//!                            `--where a call is a datagram----------------------^
//! ```
//!
//! A child of `fork` finds locks as they were, and what waits belongs to the parent. So a state is of one generation: the first call in a child
//! makes a new one, with nothing in it and a connection of its own, and the old one is left as it is for ever.
//!
//! # Locks
//!
//! A thread takes them in this order, and may leave some out: forks, the handles of a client, the one flush, crowd, lane client, central, the queue of
//! the outlet. Under any of them runs nothing but this crate's own code, in memory: no transport, no hook, no wait. Those are called by
//! [`Outlet::send`], [`Outlet::drain`], [`Outlet::wait`] and [`Outlet::stop`], when all locks are free again.

mod at_once;
mod crowd;
mod gatherer;
mod handles;
mod hints;
mod inner;
mod key;
mod known;
mod lane_client;
mod state;

pub(crate) use handles::{Gathered, Sum, Take};
pub(crate) use hints::Hints;
pub(crate) use inner::Inner;
pub(crate) use key::Key;
pub(crate) use known::Place;

#[cfg(doc)]
use super::outlet::Outlet;
