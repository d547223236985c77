//! Sets: the members' 64-bit hashes in an open-addressed table, and a HyperLogLog once they are more than the settings keep.
//!
//! The first word of the slot is the number of members, or the binary logarithm of the registers.

use super::entry::Slot;
use super::held::{Held, Room};
use super::pool::{Block, slice};
use super::registers::{estimate, of_block, raise};
use super::settings::Settings;
use crate::Full;
use crate::numbered::numbered;

/// The class of the first block: 4 words, 3 members.
const FIRST_CLASS: u8 = 0;

/// Adds the member with this hash.
pub(super) fn add(slot: &mut Slot, member: u64, room: &mut Room<'_>) -> Result<(), Full> {
    // A free place in the table is 0.
    let member = member.max(1);
    let held = match Held::of(slot) {
        Some(held) => held,
        None => {
            let held = Held { block: room.cells.take(FIRST_CLASS)?, sketched: false };
            held.put(slot);
            held
        }
    };
    if held.sketched {
        raise(room.cells.slice_mut(held.block), slot.a, member);
        return Ok(());
    }
    let table = room.cells.slice_mut(held.block);
    match place(table, member) {
        Place::Taken => Ok(()),
        Place::Free(at) if (slot.a as usize) < (table.len() / 4).saturating_mul(3) && slot.a < limit(room) => {
            if let Some(free) = room.cells.slice_mut(held.block).get_mut(at) {
                *free = member;
            }
            slot.a = slot.a.wrapping_add(1);
            Ok(())
        }
        _ if slot.a >= limit(room) => {
            sketch(slot, held, room)?;
            add(slot, member, room)
        }
        _ => {
            let larger = Held { block: room.cells.take(held.block.next_class())?, sketched: false };
            rehash(held.block, larger.block, room);
            room.cells.free(held.block);
            larger.put(slot);
            add(slot, member, room)
        }
    }
}

/// Adds the members of `other`.
pub(super) fn merge(slot: &mut Slot, other: &Slot, words: &[u64], room: &mut Room<'_>) -> Result<(), Full> {
    let Some(theirs) = Held::of(other) else { return Ok(()) };
    if !theirs.sketched {
        return slice(words, theirs.block)
            .iter()
            .filter(|&&member| member != 0)
            .try_for_each(|&member| add(slot, member, room));
    }
    match Held::of(slot) {
        Some(held) if held.sketched => {}
        Some(held) => sketch(slot, held, room)?,
        None => {
            let held = Held { block: room.cells.take(register_class(room))?, sketched: true };
            slot.a = precision(room);
            held.put(slot);
        }
    }
    if let Some(held) = Held::of(slot) {
        let ours = room.cells.slice_mut(held.block);
        for (word, other) in ours.iter_mut().zip(slice(words, theirs.block)) {
            let (bytes, others) = (word.to_le_bytes(), other.to_le_bytes());
            let mut larger = bytes;
            larger.iter_mut().zip(others).for_each(|(byte, other)| *byte = (*byte).max(other));
            *word = u64::from_le_bytes(larger);
        }
    }
    Ok(())
}

/// How many members the slot has: exact, or the estimate of its registers.
pub(super) fn count(slot: &Slot, words: &[u64]) -> u64 {
    match Held::of(slot) {
        Some(held) if held.sketched => estimate(slice(words, held.block), slot.a),
        _ => slot.a,
    }
}

/// The members that the slot has.
pub(super) fn members<'a>(slot: &Slot, words: &'a [u64], settings: &Settings) -> Members<'a> {
    match Held::of(slot) {
        Some(held) if settings.set_members => {
            let words = slice(words, held.block);
            match held.sketched {
                true => Members { words: of_block(words, slot.a), precision: slot.a as u8 },
                false => Members { words, precision: 0 },
            }
        }
        _ => Members::NONE,
    }
}

/// The members of a set, as far as they are known: their hashes, or the registers of a HyperLogLog.
///
/// Two sets of the same [`Settings::set_seed`] merge: the hashes of both, or of each register the larger one. A hash belongs to
/// the register that its first bits number; it raises it to the place of the first one bit among the others, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Members<'a> {
    words: &'a [u64],
    precision: u8,
}

impl<'a> Members<'a> {
    /// None, or those of something else than a set.
    pub const NONE: Members<'static> = Members { words: &[], precision: 0 };

    /// The members of what [`Members::words`] and [`Members::precision`] have told.
    pub const fn from_parts(words: &'a [u64], precision: u8) -> Self {
        Members { words, precision }
    }

    /// Hashes in no order, with zeros between them that stand for nothing; or registers, eight a word, the first in the lowest
    /// byte.
    pub const fn words(&self) -> &'a [u64] {
        self.words
    }

    /// The binary logarithm of the number of registers; 0 if there are hashes.
    pub const fn precision(&self) -> u8 {
        self.precision
    }

    /// How many they are: as many as there are hashes, or the estimate of the registers.
    pub fn count(&self) -> u64 {
        match self.precision {
            0 => self.words.iter().fold(0, |hashes: u64, hash| hashes.wrapping_add(u64::from(*hash != 0))),
            precision => estimate(self.words, precision.into()),
        }
    }
}

fn limit(room: &Room<'_>) -> u64 {
    u64::from(room.settings.set_exact_members)
}

fn precision(room: &Room<'_>) -> u64 {
    u64::from(room.settings.set_precision.clamp(4, 16))
}

/// A register is a byte, eight a word.
fn register_class(room: &Room<'_>) -> u8 {
    Block::class_for((1usize << precision(room)) / 8)
}

enum Place {
    Taken,
    Free(usize),
    None,
}

/// Where `member` is or would be; at most as many steps as places.
fn place(table: &[u64], member: u64) -> Place {
    let start = (u128::from(member).wrapping_mul(table.len() as u128) >> 64) as usize;
    let (wrapped, ahead) = table.split_at_checked(start).unwrap_or((&[], table));
    for (offset, &word) in numbered(ahead.iter().chain(wrapped)) {
        if word == member {
            return Place::Taken;
        }
        if word == 0 {
            let at = start.wrapping_add(offset);
            return Place::Free(at.checked_sub(table.len()).unwrap_or(at));
        }
    }
    Place::None
}

fn rehash(from: Block, to: Block, room: &mut Room<'_>) {
    for at in 0..Block::words(from.class) {
        let member = room.cells.slice_mut(from).get(at).copied().unwrap_or(0);
        let table = room.cells.slice_mut(to);
        if member != 0
            && let Place::Free(free) = place(table, member)
            && let Some(free) = table.get_mut(free)
        {
            *free = member;
        }
    }
}

/// Replaces the members by registers.
fn sketch(slot: &mut Slot, held: Held, room: &mut Room<'_>) -> Result<(), Full> {
    let precision = precision(room);
    let registers = Held { block: room.cells.take(register_class(room))?, sketched: true };
    for at in 0..Block::words(held.block.class) {
        let member = room.cells.slice_mut(held.block).get(at).copied().unwrap_or(0);
        if member != 0 {
            raise(room.cells.slice_mut(registers.block), precision, member);
        }
    }
    room.cells.free(held.block);
    slot.a = precision;
    registers.put(slot);
    Ok(())
}
