//! The samples of one context and bucket, as histograms keep them and as a client sends them on: each with its weight, or a sketch of them.

use super::entry::Slot;
use super::held::Held;
use super::pool::slice;
use super::sketched::{self, SUMMARY};
use crate::sketch::Sketch;
use crate::wire::WIDE;

/// How many samples are taken in together.
pub(super) const TOGETHER: usize = if WIDE { 64 } else { 8 };

/// The samples of one context and bucket.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// Each of them: the bits of its value and of its weight, which is `1 / rate`. A client's stand in the order in which they came.
    Exact(&'a [[u64; 2]]),
    /// A sketch, where they were more than are kept one by one. A weight counts in it with its whole part, as in the Agent.
    Sketch(Sketch<&'a [u64]>),
}

impl<'a> Samples<'a> {
    pub(super) fn new(slot: &Slot, words: &'a [u64]) -> Self {
        match Held::of(slot) {
            Some(held) if held.sketched => Samples::Sketch(sketched::sketch(slot, words)),
            _ => Samples::Exact(exact(slot, words)),
        }
    }

    /// The samples that are kept one by one, value and weight; none of a sketch.
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + use<'a> {
        let exact = match self {
            Samples::Exact(samples) => *samples,
            Samples::Sketch(_) => &[],
        };
        exact.iter().map(|&[value, weight]| (f64::from_bits(value), f64::from_bits(weight)))
    }
}

/// The samples of a slot without a sketch: value and weight of each.
pub(super) fn exact<'a>(slot: &Slot, words: &'a [u64]) -> &'a [[u64; 2]] {
    let block = Held::of(slot).map_or(&[][..], |held| slice(words, held.block));
    block.get(SUMMARY..).and_then(|region| region.as_chunks::<2>().0.get(..slot.a as usize)).unwrap_or_default()
}
