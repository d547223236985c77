//! Counters: two numbers a lane, which only ever grow; what is new since the last flush is the difference.

use std::sync::Arc;

use basenji_core::wire::{Metric, Values};

use super::super::lane::{Lanes, Mine};
use super::count::Count;
use super::{Key, Life};

/// A counter whose name and tags were looked up once. Cheap to clone, and to call from many threads.
#[derive(Debug, Clone)]
pub struct Counter(pub(in super::super) Arc<Counts>);

impl Counter {
    /// Adds 1.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Subtracts 1.
    #[inline]
    pub fn decrement(&self) {
        self.add(-1);
    }

    /// Adds a whole number.
    #[inline]
    pub fn add(&self, value: i64) {
        self.0.life.check();
        match self.0.lanes.mine() {
            Mine::Own(count) => count.add(value),
            Mine::Shared(count) => count.add_shared(value),
        }
    }
}

/// What a counter has gathered.
#[derive(Debug)]
pub(in super::super) struct Counts {
    key: Key,
    life: Life,
    lanes: Lanes<Count>,
    /// The sum and the calls of all lanes at the last flush; written by one flush at a time.
    flushed: Count,
}

impl Counts {
    pub(in super::super) fn new(key: Key, life: Life) -> Counts {
        Counts { key, life, lanes: Lanes::new(Count::default), flushed: Count::default() }
    }

    pub(in super::super) fn drain(&self, record: &mut dyn FnMut(&Metric<'_>, u64)) {
        let (new, new_calls) = self.flushed.since(self.lanes.iter());
        if new_calls > 0 || new != 0 {
            record(&self.key.metric(Values::One(new as f64)), new_calls);
        }
    }
}
