//! The queue of the threads that share a lane.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::client::thread::{CROWD, leave};
use crate::lock::lock;

/// The queue of the threads that share a lane, so that at most two wait for the lane itself: whether it is taken.
#[derive(Default)]
pub(crate) struct Crowd {
    is_taken: Mutex<bool>,
    free: Condvar,
}

impl Crowd {
    pub(crate) fn enter(&self) {
        let mut is_taken = lock(&self.is_taken);
        while *is_taken {
            is_taken = self.free.wait(is_taken).unwrap_or_else(PoisonError::into_inner);
        }
        *is_taken = true;
    }

    #[cold]
    fn leave(&self) {
        leave(CROWD);
        *lock(&self.is_taken) = false;
        self.free.notify_one();
    }
}

/// A thread's place in front of the queue, where it has to be in one, until this is dropped.
pub(crate) struct First<'a>(pub(crate) Option<&'a Crowd>);

impl Drop for First<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(crowd) = self.0 {
            crowd.leave();
        }
    }
}
