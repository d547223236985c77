//! The handles of a client, so that a flush finds them.

use std::fmt;
use std::sync::{Arc, Mutex};

use basenji_core::client::{Value, as_exact};
use basenji_core::wire::Values;

use super::key::Key;
use crate::lock::lock;
use crate::sys::Process;

/// What calls of a handle come to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sum<'a> {
    /// One value, of so many calls.
    One(Value<'a>, u64),
    /// A sample a call.
    Samples(&'a [f64]),
}

impl<'a> Sum<'a> {
    /// How many calls it was.
    pub(crate) fn calls(&self) -> u64 {
        match self {
            Sum::One(_, calls) => *calls,
            Sum::Samples(values) => values.len() as u64,
        }
    }

    /// The numbers, if doubles hold all of their digits.
    pub(crate) fn values(&self) -> Option<Values<'a>> {
        match *self {
            Sum::One(value, _) => as_exact(value).map(Values::One),
            Sum::Samples(values) => Some(Values::List(values)),
        }
    }
}

/// What takes it.
pub(crate) type Take<'a> = dyn FnMut(&Key, Sum<'_>) + 'a;

/// What a handle has gathered, as its client takes it.
pub(crate) trait Gathered: fmt::Debug + Send + Sync {
    /// Hands what was gathered to `take`.
    fn drain(&self, take: &mut Take<'_>);
}

/// The handles of one client. A fork waits until nobody uses the list.
#[derive(Debug, Default)]
pub(crate) struct Handles(Mutex<Vec<Arc<dyn Gathered>>>);

impl Handles {
    pub(crate) fn enter(&self, handle: Arc<dyn Gathered>) {
        Process::without_fork(|| lock(&self.0).push(handle));
    }

    /// Drains each handle, and removes those that nobody else holds. `take` must not call code of the program.
    pub(crate) fn drain(&self, take: &mut Take<'_>) {
        Process::without_fork(|| {
            lock(&self.0).retain(|handle| {
                // Checked before the drain, so that the last holder's last addition is still drained.
                let is_dropped = Arc::strong_count(handle) == 1;
                handle.drain(take);
                !is_dropped
            });
        });
    }

    /// Drops what the handles hold: in the child of a fork, since the parent sends it, while the fork holds the lists.
    pub(crate) fn forget(&self) {
        lock(&self.0).iter().for_each(|handle| handle.drain(&mut |_, _| ()));
    }
}
