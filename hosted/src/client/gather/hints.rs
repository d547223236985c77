//! Where the context of a series was, for the threads that call it.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use basenji_core::client::Hint;

use crate::client::thread::lane;

/// Hints; threads whose lanes are as far apart as this share one, and may have to search.
const HINTS: usize = 8;

/// A hint for each of some threads, in half a cache line: it is mostly read.
#[derive(Debug)]
pub(crate) struct Hints([AtomicU32; HINTS]);

impl Hints {
    pub(crate) const fn new() -> Hints {
        Hints([const { AtomicU32::new(Hint::NOWHERE.place()) }; HINTS])
    }

    /// The hint of this thread.
    #[inline]
    pub(crate) fn get(&self) -> Hint {
        Hint::at(self.mine().load(Relaxed))
    }

    pub(crate) fn set(&self, hint: Hint) {
        self.mine().store(hint.place(), Relaxed);
    }

    #[inline]
    fn mine(&self) -> &AtomicU32 {
        &self.0[lane() % HINTS]
    }
}
