//! Sets: the members' 64-bit hashes in an open-addressed table, and a HyperLogLog once they are more than the settings keep.
//!
//! The first word of the slot is the number of members, or the binary logarithm of the registers.

use super::entry::Slot;
use super::pool::{Block, slice};
use super::sample::{Held, Room};
use crate::Full;

/// The class of the first block: 16 words, 12 members.
const FIRST_CLASS: u8 = 2;

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
        Place::Free(at) if (slot.a as usize) < table.len() / 4 * 3 && slot.a < limit(room) => {
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
            let larger = Held { block: room.cells.take(held.block.class + 1)?, sketched: false };
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
    for (offset, &word) in ahead.iter().chain(wrapped).enumerate() {
        if word == member {
            return Place::Taken;
        }
        if word == 0 {
            let at = start + offset;
            return Place::Free(if at >= table.len() { at - table.len() } else { at });
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

/// Raises the register of `member` to the place of the first one bit after the register's number.
fn raise(registers: &mut [u64], precision: u64, member: u64) {
    let index = member >> (64 - precision.clamp(4, 16));
    let rank = ((member << precision | 1 << (precision - 1)).leading_zeros() + 1) as u64;
    if let Some(word) = registers.get_mut((index / 8) as usize) {
        let shift = index % 8 * 8;
        if (*word >> shift & 0xff) < rank {
            *word = *word & !(0xff << shift) | rank << shift;
        }
    }
}

/// Ertl's improved estimator ("New cardinality estimation algorithms for HyperLogLog sketches", 2017): no bias correction tables.
fn estimate(registers: &[u64], precision: u64) -> u64 {
    let mut histogram = [0u32; 64];
    for register in registers.iter().flat_map(|word| word.to_le_bytes()) {
        if let Some(count) = histogram.get_mut(usize::from(register)) {
            *count = count.wrapping_add(1);
        }
    }
    let m = (1u64 << precision) as f64;
    let ranks = 64 - precision as usize;
    let share = |rank: usize| histogram.get(rank).map_or(0.0, |&count| f64::from(count));
    let mut z = m * tau(1.0 - share(ranks + 1) / m);
    for rank in (1..=ranks).rev() {
        z = 0.5 * (z + share(rank));
    }
    z += m * sigma(share(0) / m);
    libm::round(m * m / (2.0 * core::f64::consts::LN_2 * z)) as u64
}

fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    // The sum grows until it no longer changes, at most about 50 steps.
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = libm::sqrt(x);
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}
