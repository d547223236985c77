//! What a slot of a set, histogram or distribution holds, and the room that it may use.

use super::entry::Slot;
use super::pool::{Block, Cells, NONE};
use super::settings::Settings;

/// What an accumulator may use.
pub(super) struct Room<'a> {
    pub(super) cells: Cells<'a>,
    pub(super) settings: &'a Settings,
    /// Whether the storage cannot grow any more: then a histogram may turn into a sketch early, and a sketch may collapse bins early.
    pub(super) last: bool,
}

/// The second word of a slot of a set, histogram or distribution: which block it holds, and what is in the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) block: Block,
    /// Whether a sketch has replaced the samples, or registers the members.
    pub(super) sketched: bool,
}

impl Held {
    pub(super) fn of(slot: &Slot) -> Option<Self> {
        let (at, class) = (slot.b as u32, (slot.b >> 32) as u8);
        // A slot of zeros holds nothing: the flag above the class tells it from block 0.
        (slot.b >> 48 != 0 && at != NONE)
            .then_some(Held { block: Block { at, class }, sketched: slot.b >> 40 & 1 != 0 })
    }

    pub(super) fn put(self, slot: &mut Slot) {
        let flags = 1 << 48 | u64::from(self.sketched) << 40;
        slot.b = flags | u64::from(self.block.class) << 32 | u64::from(self.block.at);
    }
}
