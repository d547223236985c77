//! Cells, which are known by the upper bits of a value, and where in a cell the next key of a sketch begins.
//!
//! A cell has one of [`SEGMENTS`] parts of the mantissa under one exponent. It is less than half as wide as a bin, so that at most two keys meet in it;
//! comparing a value with the border between them gives the key that [`mapping::key`] computes, without a logarithm.

use std::sync::atomic::{AtomicU64, Ordering};

use basenji_core::sketch::mapping;

/// Parts of a mantissa.
const SEGMENTS: usize = 128;

/// Bits of a value below those that say its cell.
const BELOW: u32 = f64::MANTISSA_DIGITS - 1 - SEGMENTS.ilog2();

/// The cell of 2^-30, from which on no value but zero's key is below.
const FIRST: u64 = 0x3e10_0000_0000_0000 >> BELOW;

/// Cells that there are: up to 2^64.
pub(super) const CELLS: usize = 94 * SEGMENTS;

/// The bits of a value without its sign.
pub(super) const MAGNITUDE: u64 = u64::MAX >> 1;

/// The border of each cell, 0 while nobody has asked. All threads compute the same, so that it does not matter whose is kept.
static BORDERS: [AtomicU64; CELLS] = [const { AtomicU64::new(0) }; CELLS];

/// The cell of the bits of a value that is not negative; [`CELLS`] or more for one from 2^64 on. What has the key of zero is in the first cells.
#[inline]
pub(super) fn cell(magnitude: u64) -> usize {
    (magnitude >> BELOW).saturating_sub(FIRST) as usize
}

/// The least bits of a cell that have the key after that of its lowest value; those of no value, if none of its values has.
#[inline]
pub(super) fn border(cell: usize) -> u64 {
    match BORDERS.get(cell).map_or(u64::MAX, |border| border.load(Ordering::Relaxed)) {
        0 => find(cell),
        border => border,
    }
}

/// The key of the lowest value of a cell.
pub(super) fn lowest_key(cell: usize) -> i16 {
    key(lowest(cell))
}

fn lowest(cell: usize) -> u64 {
    (cell as u64 + FIRST) << BELOW
}

fn key(magnitude: u64) -> i16 {
    mapping::key(f64::from_bits(magnitude))
}

#[cold]
fn find(cell: usize) -> u64 {
    let (mut low, mut high) = (lowest(cell), lowest(cell + 1));
    let lower = key(low);
    // It is between `low`, which has the lower key, and `high`, which has not.
    let near = (mapping::value(lower) * mapping::GAMMA.sqrt()).to_bits();
    for guess in [near.saturating_sub(1 << 12), near.saturating_add(1 << 12)] {
        if low < guess && guess < high {
            *if key(guess) == lower { &mut low } else { &mut high } = guess;
        }
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        *if key(middle) == lower { &mut low } else { &mut high } = middle;
    }
    let found = if key(high) == lower || high == lowest(cell + 1) { u64::MAX } else { high };
    if let Some(border) = BORDERS.get(cell) {
        border.store(found, Ordering::Relaxed);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key that cell and border say.
    fn by_border(magnitude: u64) -> i16 {
        let cell = cell(magnitude);
        lowest_key(cell) + i16::from(magnitude >= border(cell))
    }

    /// The logarithm has an error of less than a unit in its last place, which is a few hundred such units of the value at most: beyond them keys
    /// only rise, within them each value is looked at.
    #[test]
    fn around_each_border_every_value_has_the_key_of_its_logarithm() {
        let mut borders = 0;
        for cell in 0..CELLS {
            let (lowest, highest) = (lowest(cell), lowest(cell + 1) - 1);
            assert!((0..=1).contains(&(key(highest) - key(lowest))), "{cell}");
            let border = border(cell);
            let around = if border == u64::MAX { lowest..=lowest + 64 } else { border - 400..=border + 400 };
            borders += usize::from(border != u64::MAX);
            for magnitude in around.chain([lowest, highest]).filter(|bits| (lowest..=highest).contains(bits)) {
                assert_eq!(by_border(magnitude), key(magnitude), "{:e}", f64::from_bits(magnitude));
            }
        }
        // The first and the last key of the cells differ by as many.
        assert_eq!(borders, key(lowest(CELLS) - 1) as usize);
    }

    #[test]
    fn what_is_too_small_for_a_bin_is_in_the_first_cells() {
        for tiny in [0.0, 5e-324, 1e-10, mapping::MIN_VALUE.next_down()] {
            assert_eq!(by_border(tiny.to_bits()), 0, "{tiny:e}");
        }
        assert_eq!(by_border(mapping::MIN_VALUE.to_bits()), 1);
        assert_eq!(cell(2f64.powi(64).to_bits()), CELLS);
        assert!(cell(f64::INFINITY.to_bits()) > CELLS);
    }
}
