//! Gauges: the last value, in one atomic word that a flush empties.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use basenji_core::wire::{Metric, Values};

use super::{Key, Life};

/// A gauge whose name and tags were looked up once. Cheap to clone; a call stores one word.
#[derive(Debug, Clone)]
pub struct Gauge(pub(in super::super) Arc<Last>);

impl Gauge {
    /// Sets the value. One that is not finite is not sent.
    #[inline]
    pub fn set(&self, value: f64) {
        self.0.life.check();
        self.0.bits.store(value.to_bits(), Relaxed);
    }
}

/// The value set last.
#[derive(Debug)]
pub(in super::super) struct Last {
    key: Key,
    life: Life,
    bits: AtomicU64,
}

/// A NaN that stands for no value.
const NONE: u64 = u64::MAX;

impl Last {
    pub(in super::super) fn new(key: Key, life: Life) -> Last {
        Last { key, life, bits: AtomicU64::new(NONE) }
    }

    pub(super) fn drain(&self, record: &mut dyn FnMut(&Metric<'_>, u64)) {
        let bits = self.bits.swap(NONE, Relaxed);
        if bits != NONE {
            record(&self.key.metric(Values::One(f64::from_bits(bits))), 1);
        }
    }
}
