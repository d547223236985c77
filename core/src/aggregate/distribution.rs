//! Distributions: a sketch from the first sample on.

use super::entry::Slot;
use super::held::{Held, Room};
use super::pool::slice;
use super::sketched;
use crate::Full;

/// Adds the samples of `other`.
pub(super) fn merge(slot: &mut Slot, other: &Slot, words: &[u64], room: &mut Room<'_>) -> Result<(), Full> {
    let Some(theirs) = Held::of(other) else { return Ok(()) };
    sketched::held(slot, true, room)?;
    let bins = slot.a as usize;
    sketched::reserve(
        slot,
        sketched::end(bins),
        sketched::words_for(bins.saturating_add(other.a as usize), room),
        room,
    )?;
    let Some(ours) = Held::of(slot) else { return Ok(()) };
    sketched::merge_summary(room.cells.slice_mut(ours.block), slice(words, theirs.block));
    sketched::merge_bins(slot, other, words, room);
    Ok(())
}
