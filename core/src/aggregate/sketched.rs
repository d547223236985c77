//! A summary and a sketch's bins in one block of cells: what distributions are, and histograms become.
//!
//! Words 0 to 4 are count, sum, min, max and average; the bins follow. The first word of the slot is the number of bins.

use super::entry::Slot;
use super::held::{Held, Room};
use super::pool::{Block, slice};
use super::settings::Keep;
use crate::Full;
use crate::sketch::{Sketch, Store, Summary, mapping};

/// Words of the summary.
pub(super) const SUMMARY: usize = 5;

/// The class of the first block: 16 words, 5 samples, and 8 words, 3 bins, where a sketch comes first.
const FIRST_CLASS: u8 = 2;
const FIRST_OF_SKETCH: u8 = 1;

/// Where `words` words behind the summary end in the block.
pub(super) fn end(words: usize) -> usize {
    words.saturating_add(SUMMARY)
}

/// The block of `slot`, taken now if it has none.
pub(super) fn held(slot: &mut Slot, sketched: bool, room: &mut Room<'_>) -> Result<Held, Full> {
    if let Some(held) = Held::of(slot) {
        return Ok(held);
    }
    let class = if sketched { FIRST_OF_SKETCH } else { FIRST_CLASS };
    let held = Held { block: room.cells.take(class)?, sketched };
    held.put(slot);
    Ok(held)
}

pub(super) fn summary(block: &[u64]) -> Summary {
    block.first_chunk().copied().map_or(Summary::EMPTY, Summary::from_words)
}

pub(super) fn put_summary(block: &mut [u64], summary: &Summary) {
    if let Some(words) = block.first_chunk_mut() {
        *words = summary.to_words();
    }
}

/// Takes a sample into the summary; the weight of a sample is 1 or more.
pub(super) fn summarise(block: &mut [u64], value: f64, weight: f64) {
    let mut summary = summary(block);
    if weight == 1.0 {
        summary.add(value);
    } else {
        summary.add_n(value, weight);
    }
    put_summary(block, &summary);
}

/// [`summarise`] for several values. A server's average is the Agent's, which takes one after the other; a client sends no average.
pub(super) fn summarise_all(block: &mut [u64], values: &[f64], weight: f64, keep: Keep) {
    if weight == 1.0 && keep != Keep::Series {
        let those = Summary::of(values);
        if those.sum.is_finite() {
            let mut all = summary(block);
            all.merge(&those);
            return put_summary(block, &all);
        }
    }
    values.iter().for_each(|&value| summarise(block, value, weight));
}

/// Adds a sample to summary and bins, in a larger block if these are full and may grow.
pub(super) fn add(slot: &mut Slot, value: f64, weight: f64, room: &mut Room<'_>) -> Result<(), Full> {
    let held = held(slot, true, room)?;
    let held = with_room(slot, held, room)?;
    let limit = limit(room);
    let block = room.cells.slice_mut(held.block);
    change(slot, block, limit, |store| store.insert(mapping::key(value), weight as u64));
    summarise(block, value, weight);
    Ok(())
}

/// [`add`] for several values, until there is no room; returns how many there was room for. If they are `summed`, the summary has them already.
///
/// # Errors
///
/// `Cells`: nothing has changed. If there was room for some of them, that is no error.
pub(super) fn add_all(
    slot: &mut Slot,
    values: &[f64],
    weight: f64,
    summed: bool,
    room: &mut Room<'_>,
) -> Result<usize, Full> {
    let (mut rest, limit, keep) = (values, limit(room), room.settings.keep);
    while !rest.is_empty() {
        let held = match held(slot, true, room).and_then(|held| with_room(slot, held, room)) {
            Ok(held) => held,
            Err(full) if rest.len() == values.len() => return Err(full),
            Err(_) => break,
        };
        let block = room.cells.slice_mut(held.block);
        let (those, others) = rest.split_at_checked(free(slot, block, weight, limit)).unwrap_or((rest, &[]));
        change(slot, block, limit, |store| store.insert_all(those, weight as u64));
        if !summed {
            summarise_all(block, those, weight, keep);
        }
        rest = others;
    }
    Ok(values.len().saturating_sub(rest.len()))
}

/// How many values surely find room in the bins of a block; if these collapse, all do.
fn free(slot: &Slot, block: &[u64], weight: f64, limit: usize) -> usize {
    let (len, capacity) = (slot.a as usize, block.len().saturating_sub(SUMMARY));
    match capacity.checked_sub(len) {
        // A value of such a weight may need several bins.
        Some(1..) if capacity < limit && weight > f64::from(u32::MAX) => 1,
        Some(free @ 1..) if capacity < limit => free,
        _ => usize::MAX,
    }
}

/// The block of a slot, a larger one if its bins are full and may grow.
#[inline]
fn with_room(slot: &mut Slot, mut held: Held, room: &mut Room<'_>) -> Result<Held, Full> {
    let capacity = Block::words(held.block.class).saturating_sub(SUMMARY);
    if slot.a as usize >= capacity && capacity < limit(room) {
        match room.cells.resize(held.block, end(slot.a as usize), held.block.next_class()) {
            Ok(block) => {
                held.block = block;
                held.put(slot);
            }
            Err(full) if !room.last => return Err(full),
            // The sketch collapses bins early: the lowest ones lose resolution, and no value is lost.
            Err(_) => {}
        }
    }
    Ok(held)
}

/// Changes the bins of a slot in its block.
#[inline(always)]
fn change(slot: &mut Slot, block: &mut [u64], limit: usize, change: impl FnOnce(&mut Store<&mut [u64]>)) {
    if let Some(bins) = bins_mut(block, limit) {
        let mut store = Store::from_parts(bins, slot.a as usize);
        change(&mut store);
        slot.a = store.len() as u64;
    }
}

fn bins_mut(block: &mut [u64], limit: usize) -> Option<&mut [u64]> {
    let bins = block.get_mut(SUMMARY..)?;
    let capacity = bins.len().min(limit);
    bins.get_mut(..capacity)
}

/// The most bins that a sketch has.
fn limit(room: &Room<'_>) -> usize {
    usize::from(room.settings.sketch_bins.max(1))
}

/// Enlarges the block of `slot`, of which `used` words are in use, to hold `words` words. What is taken in afterwards needs no more cells, so that it cannot
/// fail when a part has been recorded, which would then be recorded twice.
///
/// # Errors
///
/// `Cells`: there will be more, and nothing has changed. Where no more will come, the block stays as it is.
pub(super) fn reserve(slot: &mut Slot, used: usize, words: usize, room: &mut Room<'_>) -> Result<(), Full> {
    let Some(held) = Held::of(slot).filter(|held| words > Block::words(held.block.class)) else { return Ok(()) };
    match room.cells.resize(held.block, used, Block::class_for(words)) {
        Ok(block) => {
            Held { block, ..held }.put(slot);
            Ok(())
        }
        Err(_) if room.last => Ok(()),
        Err(full) => Err(full),
    }
}

/// How many words a block has in use for `bins` bins, at most as many as the settings allow.
pub(super) fn words_for(bins: usize, room: &Room<'_>) -> usize {
    end(bins.min(limit(room)))
}

/// Takes the bins of another slot, not its summary, into the block of `slot`, for which [`reserve`] has made room.
pub(super) fn merge_bins(slot: &mut Slot, other: &Slot, words: &[u64], room: &mut Room<'_>) {
    let limit = limit(room);
    let Some(held) = Held::of(slot) else { return };
    change(slot, room.cells.slice_mut(held.block), limit, |store| store.merge(sketch(other, words).store()));
}

/// Merges the summary of `other`'s block.
pub(super) fn merge_summary(block: &mut [u64], other: &[u64]) {
    let mut ours = summary(block);
    ours.merge(&summary(other));
    put_summary(block, &ours);
}

/// The sketch of a slot, to read.
pub(super) fn sketch<'a>(slot: &Slot, words: &'a [u64]) -> Sketch<&'a [u64]> {
    let block = Held::of(slot).map_or(&[][..], |held| slice(words, held.block));
    let bins = block.get(SUMMARY..).and_then(|bins| bins.get(..slot.a as usize)).unwrap_or_default();
    Sketch::from_parts(summary(block), Store::from_parts(bins, bins.len()))
}

/// Turns samples of two words, value and weight, into bins where they stand: `i` samples make at most `2 i` bins, so that no bin is written
/// over a sample that is still to be read. With `summarise` they come into the summary, too.
pub(super) fn from_samples(slot: &mut Slot, held: Held, summarise: bool, room: &mut Room<'_>) {
    let limit = limit(room);
    let Some((head, region)) = room.cells.slice_mut(held.block).split_at_mut_checked(SUMMARY) else { return };
    let mut len = 0;
    for sample in 0..slot.a as usize {
        let at = sample.saturating_mul(2);
        let Some(sample) = region.get(at..).and_then(|rest| rest.first_chunk::<2>()) else { break };
        let [value, weight] = sample.map(f64::from_bits);
        let Some(bins) = region.get_mut(..limit.min(at.saturating_add(2))) else { break };
        let mut store = Store::from_parts(bins, len);
        store.insert(mapping::key(value), weight as u64);
        len = store.len();
        if summarise {
            self::summarise(head, value, weight);
        }
    }
    slot.a = len as u64;
    Held { sketched: true, ..held }.put(slot);
}
