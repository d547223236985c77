//! Histograms, distributions and timings: a ring of values a lane, which its thread fills and the flush empties.
//!
//! A ring that is full before the flush is emptied by the thread that fills it, into the shard of its lane; it waits for nobody. The threads that
//! share a lane have no ring: theirs is a call like one by name.

use std::sync::{Arc, OnceLock};

use basenji_core::wire::{Metric, Values};

use super::super::lane::{Lanes, Mine};
use super::ring::Ring;
use super::{Key, Life};

/// Values of a ring.
const RING: usize = 128;

/// A histogram, distribution or timing whose name and tags were looked up once. Cheap to clone, and to call from many threads.
#[derive(Debug, Clone)]
pub struct SampleHandle(pub(in super::super) Arc<Rings>);

impl SampleHandle {
    /// Records a sample. One that is not finite is not sent.
    #[inline]
    pub fn record(&self, value: f64) {
        self.0.life.check();
        match self.0.lanes.mine() {
            Mine::Own(lane) => {
                let ring = lane.get_or_init(|| Box::new(Ring::new()));
                if !ring.push(value) {
                    self.0.spill(ring);
                    ring.push(value);
                }
            }
            Mine::Shared(_) => self.0.life.record(&self.0.key.metric(Values::One(value)), 1),
        }
    }
}

/// The samples that have come.
#[derive(Debug)]
pub(in super::super) struct Rings {
    key: Key,
    life: Life,
    lanes: Lanes<OnceLock<Box<Ring<RING>>>>,
}

impl Rings {
    pub(in super::super) fn new(key: Key, life: Life) -> Rings {
        Rings { key, life, lanes: Lanes::new(OnceLock::new) }
    }

    pub(super) fn drain(&self, record: &mut dyn FnMut(&Metric<'_>, u64)) {
        self.lanes.iter().filter_map(OnceLock::get).for_each(|ring| self.drain_ring(ring, record));
    }

    fn drain_ring(&self, ring: &Ring<RING>, record: &mut dyn FnMut(&Metric<'_>, u64)) {
        let mut values = [0.0; RING];
        let values = ring.take(&mut values);
        if !values.is_empty() {
            record(&self.key.metric(Values::List(values)), values.len() as u64);
        }
    }

    /// Makes room in a full ring.
    #[cold]
    fn spill(&self, ring: &Ring<RING>) {
        self.drain_ring(ring, &mut |metric, calls| self.life.record(metric, calls));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering::*};

    #[test]
    fn a_ring_hands_out_each_value_once_to_one_of_its_readers_and_in_order() {
        const VALUES: u32 = 100_000;
        let (ring, done) = (Ring::<RING>::new(), AtomicBool::new(false));
        let read = || {
            let (mut taken, mut values) = (Vec::new(), [0.0; RING]);
            loop {
                // Asked before, so that what the writer writes last is still taken.
                let last = done.load(Acquire);
                taken.extend_from_slice(ring.take(&mut values));
                if last {
                    return taken;
                }
            }
        };
        let taken: Vec<Vec<f64>> = std::thread::scope(|scope| {
            let readers = [scope.spawn(read), scope.spawn(read)];
            for value in 0..VALUES {
                while !ring.push(f64::from(value)) {
                    std::thread::yield_now();
                }
            }
            done.store(true, Release);
            readers.map(|reader| reader.join().unwrap()).into()
        });
        assert!(taken.iter().all(|values| values.is_sorted()));
        let mut all = taken.concat();
        all.sort_by(f64::total_cmp);
        assert!(all.into_iter().eq((0..VALUES).map(f64::from)));
    }
}
