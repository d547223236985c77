//! Histograms and timings: every sample with its weight, and a sketch once they are more than the settings keep.
//!
//! The block begins with the summary; a sample is two words, value and weight. The first word of the slot is the number of samples.

use super::entry::Slot;
use super::held::{Held, Room};
use super::pool::{Block, slice};
use super::samples::{Samples, TOGETHER, exact};
use super::settings::{Aggregate, Aggregates, Keep};
use super::sketched::{self, SUMMARY};
use super::sort::sort;
use crate::Full;
use crate::sketch::Summary;

/// Adds one value of this weight.
pub(super) fn add(slot: &mut Slot, value: f64, weight: f64, room: &mut Room<'_>) -> Result<(), Full> {
    if sketched::held(slot, false, room)?.sketched {
        return sketched::add(slot, value, weight, room);
    }
    push(slot, &[value], weight, false, room).map(|_| ())
}

/// Adds values of this weight, until there is no room; returns how many.
///
/// # Errors
///
/// `Cells`: nothing has changed. If there was room for some of them, that is no error.
pub(super) fn add_all(slot: &mut Slot, values: &[f64], weight: f64, room: &mut Room<'_>) -> Result<usize, Full> {
    push(slot, values, weight, false, room)
}

/// Whether samples that are kept one by one have a summary: what a client sends on needs none.
fn has_summary(room: &Room<'_>) -> bool {
    room.settings.keep == Keep::Series
}

/// Adds the samples of `other`.
pub(super) fn merge(slot: &mut Slot, other: &Slot, words: &[u64], room: &mut Room<'_>) -> Result<(), Full> {
    let Some(theirs) = Held::of(other) else { return Ok(()) };
    sketched::held(slot, false, room)?;
    reserve(slot, other, theirs.sketched, room)?;
    let Some(ours) = Held::of(slot) else { return Ok(()) };
    sketched::merge_summary(room.cells.slice_mut(ours.block), slice(words, theirs.block));
    if theirs.sketched {
        if !ours.sketched {
            sketched::from_samples(slot, ours, !has_summary(room), room);
        }
        sketched::merge_bins(slot, other, words, room);
        return Ok(());
    }
    let (mut rest, summed) = (exact(other, words), has_summary(room));
    while let Some(&[_, weight]) = rest.first() {
        let (mut values, mut len) = ([0.0; TOGETHER], 0usize);
        for (place, [value, _]) in values.iter_mut().zip(rest.iter().take_while(|[_, other]| *other == weight)) {
            (*place, len) = (f64::from_bits(*value), len.saturating_add(1));
        }
        let run = values.get(..len).unwrap_or_default();
        let taken = push(slot, run, f64::from_bits(weight), summed, room)?;
        rest = rest.get(taken.max(1)..).unwrap_or_default();
    }
    Ok(())
}

/// Enlarges the block of `slot` to hold what is in `other` too: samples as long as they are few enough, else bins.
fn reserve(slot: &mut Slot, other: &Slot, sketched: bool, room: &mut Room<'_>) -> Result<(), Full> {
    let Some(ours) = Held::of(slot) else { return Ok(()) };
    let all = slot.a.saturating_add(other.a);
    let exact = !ours.sketched && !sketched && all <= u64::from(room.settings.exact_samples());
    let words = if exact { end(all as usize) } else { sketched::words_for(all as usize, room) };
    let used = if ours.sketched { sketched::end(slot.a as usize) } else { end(slot.a as usize) };
    sketched::reserve(slot, used, words, room)
}

/// Where `len` samples end in the block.
fn end(len: usize) -> usize {
    sketched::end(len.saturating_mul(2))
}

/// Keeps samples of one weight, as many as there is room for. If they are `summed`, the summary has them already.
fn push(slot: &mut Slot, values: &[f64], weight: f64, summed: bool, room: &mut Room<'_>) -> Result<usize, Full> {
    let (mut rest, most) = (values, room.settings.exact_samples() as usize);
    let summarised = has_summary(room) && !summed;
    while !rest.is_empty() {
        let done = values.len().saturating_sub(rest.len());
        let held = match sketched::held(slot, false, room) {
            Ok(held) => held,
            Err(full) => return if done == 0 { Err(full) } else { Ok(done) },
        };
        if held.sketched {
            return match sketched::add_all(slot, rest, weight, summed, room) {
                Err(full) if done == 0 => Err(full),
                more => Ok(done.saturating_add(more.unwrap_or_default())),
            };
        }
        let (len, places) = (slot.a as usize, Block::words(held.block.class).saturating_sub(SUMMARY) / 2);
        if len >= most {
            sketched::from_samples(slot, held, !has_summary(room), room);
        } else if len >= places {
            match room.cells.resize(held.block, end(len), held.block.next_class()) {
                Ok(block) => Held { block, ..held }.put(slot),
                Err(_) if room.last => sketched::from_samples(slot, held, !has_summary(room), room),
                Err(full) if done == 0 => return Err(full),
                Err(_) => return Ok(done),
            }
        } else {
            let free = most.min(places).saturating_sub(len);
            let (those, others) = rest.split_at_checked(free).unwrap_or((rest, &[]));
            let block = room.cells.slice_mut(held.block);
            let places = block.get_mut(end(len)..).unwrap_or_default().as_chunks_mut::<2>().0;
            for (place, value) in places.iter_mut().zip(those) {
                *place = [*value, weight].map(f64::to_bits);
            }
            if summarised {
                sketched::summarise_all(block, those, weight, room.settings.keep);
            }
            slot.a = len.saturating_add(those.len()) as u64;
            rest = others;
        }
    }
    Ok(values.len())
}

/// Sorts the samples of `slot` by value, which is how [`Histogram`] reads them.
pub(super) fn prepare(slot: &Slot, words: &mut [u64]) {
    let Some(held) = Held::of(slot).filter(|held| !held.sketched) else { return };
    let block = super::pool::slice_mut(words, held.block);
    let samples = block.get_mut(SUMMARY..).map(|region| region.as_chunks_mut::<2>().0);
    if let Some(samples) = samples.and_then(|samples| samples.get_mut(..slot.a as usize)) {
        sort(samples, |[a, _], [b, _]| f64::from_bits(*a) < f64::from_bits(*b));
    }
}

/// One bucket of a histogram or timing.
#[derive(Debug, Clone, Copy)]
pub struct Histogram<'a> {
    summary: Summary,
    /// Sorted by value where they are exact.
    samples: Samples<'a>,
    aggregates: &'a Aggregates,
}

impl<'a> Histogram<'a> {
    pub(super) fn new(slot: &Slot, words: &'a [u64], aggregates: &'a Aggregates) -> Self {
        let summary = sketched::sketch(slot, words).summary();
        Histogram { summary, samples: Samples::new(slot, words), aggregates }
    }

    /// How many samples, each weighed by the whole part of `1 / rate`.
    pub fn count(&self) -> u64 {
        self.summary.count
    }

    /// The sum, each sample weighed by `1 / rate`.
    pub fn sum(&self) -> f64 {
        self.summary.sum
    }

    /// The smallest sample.
    pub fn min(&self) -> f64 {
        self.summary.min
    }

    /// The largest sample.
    pub fn max(&self) -> f64 {
        self.summary.max
    }

    /// The sum divided by the count; where the sum is beyond a double's range, the average as it was kept beside it.
    pub fn avg(&self) -> f64 {
        if self.summary.sum.is_finite() { self.summary.sum / self.summary.count as f64 } else { self.summary.avg }
    }

    /// All of these.
    pub fn summary(&self) -> Summary {
        Summary { avg: self.avg(), ..self.summary }
    }

    /// The first sample in order of value whose cumulative weight passes the middle; linear in the samples.
    pub fn median(&self) -> f64 {
        self.pick(self.summary.count.saturating_sub(1) / 2, 0.5)
    }

    /// The first sample in order of value whose cumulative weight passes `percent` of the count; linear in the samples.
    pub fn percentile(&self, percent: u8) -> f64 {
        let scaled = u128::from(percent).wrapping_mul(u128::from(self.summary.count));
        self.pick((scaled.saturating_sub(1) / 100) as u64, f64::from(percent) / 100.0)
    }

    /// The samples: each of them, sorted by value, or a sketch of them.
    pub fn samples(&self) -> Samples<'a> {
        self.samples
    }

    /// One aggregate.
    pub fn aggregate(&self, aggregate: Aggregate) -> f64 {
        match aggregate {
            Aggregate::Max => self.max(),
            Aggregate::Min => self.min(),
            Aggregate::Median => self.median(),
            Aggregate::Avg => self.avg(),
            Aggregate::Sum => self.sum(),
            Aggregate::Count => self.count() as f64,
            Aggregate::Percentile(percent) => self.percentile(percent),
        }
    }

    /// The aggregates that the settings ask for, in their order.
    pub fn aggregates(&self) -> impl Iterator<Item = (Aggregate, f64)> + use<'a, '_> {
        self.aggregates.iter().map(|aggregate| (aggregate, self.aggregate(aggregate)))
    }

    fn pick(&self, passed: u64, quantile: f64) -> f64 {
        match self.samples {
            Samples::Sketch(sketch) => sketch.quantile(quantile),
            Samples::Exact(samples) => {
                let mut seen = 0u64;
                let found = samples.iter().find(|[_, weight]| {
                    seen = seen.saturating_add(f64::from_bits(*weight) as u64);
                    seen > passed
                });
                found.map_or(self.summary.max, |[value, _]| f64::from_bits(*value))
            }
        }
    }
}
