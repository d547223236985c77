//! Histograms, distributions and timings: a ring of values a lane, which its thread fills and the flush empties. It is short until it is once full.
//!
//! A ring that is full before the flush is emptied by the thread that fills it, into the lane client of its lane; it waits for no other thread. Threads that
//! share a lane have no ring: they make a call as by name.

use std::sync::Arc;

use basenji_core::client::Value;
use basenji_core::wire::MetricKind;

use super::life::Life;
use super::ring::Ring;
use crate::client::gather::{Gathered, Inner, Key, Sum, Take};
use crate::client::sys::Later;
use crate::client::thread::{Busy, MEMORY, Spread};

/// Values of a ring, and of a lane's first one.
const RING: usize = 128;
const SHORT: usize = 4;

/// A histogram, distribution or timing whose name and tags were looked up once. Cheap to clone, and to call from many threads.
///
/// # Example
///
/// ```
/// use basenji::client::{Client, Environment, Memory};
///
/// let memory = Memory::new();
/// let to = memory.clone();
/// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
/// let client = builder.origin_detection(false).telemetry(false).build()?;
/// let render = client.distribution_handle("render", &["page:home"]);
/// render.record(12.5);
/// render.record(14.0);
/// client.flush();
/// assert_eq!(memory.lines(), ["render:12.5:14|d|#page:home"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SampleHandle(Arc<Rings>);

impl SampleHandle {
    pub(crate) fn new(client: &Arc<Inner>, kind: MetricKind, name: &str, tags: &[&str]) -> SampleHandle {
        let key = Key::new(kind, name, tags);
        let gathered = Arc::new(Rings { key, life: Life::new(client), lanes: Spread::new() });
        client.handles.enter(Arc::clone(&gathered) as Arc<dyn Gathered>);
        SampleHandle(gathered)
    }

    /// Records a sample. One that is not finite is not sent.
    #[inline]
    pub fn record(&self, value: f64) {
        self.0.life.check();
        match self.0.lanes.own() {
            Some(lane) if lane.push(value) => {}
            lane => self.0.make_room(lane, value),
        }
    }
}

/// The samples gathered so far.
#[derive(Debug)]
struct Rings {
    key: Key,
    life: Life,
    lanes: Spread<Lane>,
}

/// What one thread has recorded.
#[derive(Debug)]
struct Lane {
    short: Ring<SHORT>,
    /// Takes the values from when the short one is full.
    long: Later<Ring<RING>>,
}

impl Default for Lane {
    fn default() -> Lane {
        Lane { short: Ring::new(), long: Later::new() }
    }
}

impl Lane {
    /// Takes a value, unless it is full.
    #[inline]
    fn push(&self, value: f64) -> bool {
        match self.long.get() {
            Some(ring) => ring.push(value),
            None => self.short.push(value),
        }
    }

    fn drain(&self, key: &Key, take: &mut Take<'_>) {
        drain(&self.short, key, take);
        if let Some(ring) = self.long.get() {
            drain(ring, key, take);
        }
    }
}

fn drain<const LEN: usize>(ring: &Ring<LEN>, key: &Key, take: &mut Take<'_>) {
    let mut values = [0.0; LEN];
    let values = ring.take(&mut values);
    if !values.is_empty() {
        take(key, Sum::Samples(values));
    }
}

impl Rings {
    /// Takes a value for which there is no room: in a longer ring, in the one that is emptied, or, without a lane, as a call by name.
    #[cold]
    fn make_room(&self, lane: Option<&Lane>, value: f64) {
        // An allocator that is asked for the ring may call us.
        if let Some(lane) = lane
            && let Some(_busy) = Busy::enter(MEMORY)
        {
            lane.long.get_or_make(Ring::new);
            if lane.push(value) {
                return;
            }
        }
        if let Some(lane) = lane {
            lane.drain(&self.key, &mut |key, sum| self.life.take(key, sum));
        }
        self.life.take(&self.key, Sum::One(Value::F64(value), 1));
    }
}

impl Gathered for Rings {
    fn drain(&self, take: &mut Take<'_>) {
        self.lanes.iter().for_each(|lane| lane.drain(&self.key, take));
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
                // Checked before the drain, so that the writer's last value is still drained.
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
