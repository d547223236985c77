//! Samples as a client keeps them: each value with its weight, in the order in which they came, up to a limit.
//!
//! Beyond the limit every sample has the same chance to be among those that are kept (Vitter's algorithm R), with a draw that depends on the
//! seed and the number of samples only. Words 0 and 1 of the block are how many samples came and the sum of their weights; the first word of
//! the slot is how many are kept.

use super::entry::Slot;
use super::hash::fold;
use super::pool::{Block, slice};
use super::sample::{Held, Room};
use super::sketched;
use crate::Full;

/// Words before the samples.
const HEADER: usize = 2;

/// Adds one value of this weight.
pub(super) fn add(slot: &mut Slot, value: f64, weight: f64, limit: u32, room: &mut Room<'_>) -> Result<(), Full> {
    add_all(slot, &mut Some(value), weight, limit, room, || None)
}

/// Adds values of one weight: `next`, and what `more` brings until it brings none. What is left in `next` was not added.
///
/// # Errors
///
/// `Cells`: nothing was added. If only some of the values found room, that is no error: another call goes on with the others.
pub(super) fn add_all(
    slot: &mut Slot,
    next: &mut Option<f64>,
    weight: f64,
    limit: u32,
    room: &mut Room<'_>,
    mut more: impl FnMut() -> Option<f64>,
) -> Result<(), Full> {
    let held = with_room(slot, limit, room)?;
    let seed = room.settings.seed;
    let Some((header, samples)) = room.cells.slice_mut(held.block).split_first_chunk_mut::<HEADER>() else {
        return Ok(());
    };
    let samples = samples.as_chunks_mut::<2>().0;
    let had_room = samples.len() > slot.a as usize;
    let [mut came, mut sum] = [header[0], header[1]];
    while let Some(value) = *next {
        let sample = [value.to_bits(), weight.to_bits()];
        let kept = slot.a as usize;
        if slot.a < u64::from(limit.max(1)) {
            match samples.get_mut(kept) {
                Some(place) => {
                    *place = sample;
                    slot.a = slot.a.wrapping_add(1);
                }
                // Another call gets a larger block, unless this one has asked in vain.
                None if had_room => break,
                None => replace(samples, seed, came, sample),
            }
        } else {
            replace(samples.get_mut(..kept).unwrap_or_default(), seed, came, sample);
        }
        came = came.saturating_add(1);
        sum = (f64::from_bits(sum) + weight).to_bits();
        *next = more();
    }
    *header = [came, sum];
    Ok(())
}

/// Puts a sample in the place of one of those that are kept, or nowhere; each of the `came` and this one have the same chance to stay.
#[inline(always)]
fn replace(kept: &mut [[u64; 2]], seed: u64, came: u64, sample: [u64; 2]) {
    if let Some(place) = kept.get_mut(draw(seed, came) as usize) {
        *place = sample;
    }
}

/// The block of a slot, with room for another sample if the limit and the cells allow one.
fn with_room(slot: &mut Slot, limit: u32, room: &mut Room<'_>) -> Result<Held, Full> {
    let mut held = sketched::held(slot, false, room)?;
    let used = HEADER + 2 * slot.a as usize;
    if slot.a < u64::from(limit.max(1)) && used + 2 > Block::words(held.block.class) {
        match room.cells.resize(held.block, used, held.block.class + 1) {
            Ok(block) => {
                held.block = block;
                held.put(slot);
            }
            Err(full) if !room.last => return Err(full),
            // Without more room the block is the limit.
            Err(_) => {}
        }
    }
    Ok(held)
}

/// Adds the samples of `other`.
pub(super) fn merge(slot: &mut Slot, other: &Slot, words: &[u64], limit: u32, room: &mut Room<'_>) -> Result<(), Full> {
    let theirs = Samples::new(other, words);
    sketched::held(slot, false, room)?;
    let kept = slot.a.saturating_add(other.a).min(limit.max(1).into());
    sketched::reserve(slot, HEADER + 2 * slot.a as usize, HEADER + 2 * kept as usize, room)?;
    for (value, weight) in theirs.iter() {
        add(slot, value, weight, limit, room)?;
    }
    // What the other has dropped came too.
    let kept: f64 = theirs.iter().map(|(_, weight)| weight).sum();
    if let Some(held) = Held::of(slot)
        && let [came, weight, ..] = room.cells.slice_mut(held.block)
    {
        *came = came.saturating_add(theirs.came().saturating_sub(theirs.samples.len() as u64));
        *weight = (f64::from_bits(*weight) + (theirs.weight - kept)).to_bits();
    }
    Ok(())
}

/// A place from 0 to `came`, each as likely.
fn draw(seed: u64, came: u64) -> u64 {
    let random = fold(seed ^ 0x9e37_79b9_7f4a_7c15, came.wrapping_add(1) ^ 0xd6e8_feb8_6659_fd93);
    (u128::from(random).wrapping_mul(u128::from(came) + 1) >> 64) as u64
}

/// The samples of one context and bucket.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    came: u64,
    weight: f64,
    samples: &'a [[u64; 2]],
}

impl<'a> Samples<'a> {
    pub(super) fn new(slot: &Slot, words: &'a [u64]) -> Self {
        let block = Held::of(slot).map_or(&[][..], |held| slice(words, held.block));
        match block.split_first_chunk::<HEADER>() {
            Some((&[came, weight], samples)) => Samples {
                came,
                weight: f64::from_bits(weight),
                samples: samples.as_chunks::<2>().0.get(..slot.a as usize).unwrap_or_default(),
            },
            None => Samples { came: 0, weight: 0.0, samples: &[] },
        }
    }

    /// How many samples came.
    pub fn came(&self) -> u64 {
        self.came
    }

    /// The weight that the samples that came have together, each `1 / rate`.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// How many samples are kept.
    pub fn kept(&self) -> usize {
        self.samples.len()
    }

    /// The samples that are kept, the bits of value and weight.
    pub fn pairs(&self) -> &'a [[u64; 2]] {
        self.samples
    }

    /// The samples that are kept: value and weight.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + use<'a> {
        self.samples.iter().map(|&[value, weight]| (f64::from_bits(value), f64::from_bits(weight)))
    }
}
