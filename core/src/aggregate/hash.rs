//! The hash of names and tags: 16 bytes a step, folded by a 64 x 64 bit multiplication, with a seed of the caller.
//!
//! It finds contexts and counts set members. It never decides identity: contexts are compared byte by byte.

use crate::wire::search::short;

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xd6e8_feb8_6659_fd93;
const K2: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// Multiplies and folds the halves of the product together.
#[inline(always)]
pub(super) fn fold(a: u64, b: u64) -> u64 {
    let (low, high) = product(a, b);
    low ^ high
}

#[inline(always)]
fn product(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    (product as u64, (product >> 64) as u64)
}

/// The hash of `bytes` on top of `seed`; linear in the bytes.
#[inline(always)]
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = seed ^ K0;
    let (low, high) = match bytes.last_chunk::<16>() {
        // The last step takes the last 16 bytes, some of which the step before may have taken already.
        Some(last) => {
            let (chunks, _) = bytes.as_chunks::<16>();
            for chunk in chunks.get(..bytes.len().wrapping_sub(1) / 16).unwrap_or_default() {
                let (low, high) = halves(chunk);
                state = fold(low ^ state, high ^ K1);
            }
            halves(last)
        }
        None => short(bytes),
    };
    let (low, high) = product(low ^ state, high ^ K2);
    fold(low ^ K0 ^ (bytes.len() as u64), high ^ K1)
}

/// A hash of several texts, taken in by sixteen bytes while something else looks at them: of each first [`Steps::step`] all chunks of sixteen bytes, then
/// [`Steps::end`] of the whole.
pub(super) struct Steps(u64);

impl Steps {
    #[inline(always)]
    pub(super) fn new(seed: u64) -> Self {
        Steps(seed ^ K0)
    }

    #[inline(always)]
    pub(super) fn step(&mut self, chunk: &[u8; 16]) {
        let (low, high) = halves(chunk);
        self.0 = fold(low ^ self.0, high ^ K1);
    }

    #[inline(always)]
    pub(super) fn end(&mut self, bytes: &[u8]) {
        let (low, high) = match bytes.last_chunk() {
            Some(last) => halves(last),
            None => short(bytes),
        };
        self.0 = fold(low ^ self.0, high ^ K2 ^ (bytes.len() as u64));
    }

    #[inline(always)]
    pub(super) fn finish(self) -> u32 {
        self.0 as u32
    }
}

#[inline(always)]
fn halves(chunk: &[u8; 16]) -> (u64, u64) {
    let value = u128::from_le_bytes(*chunk);
    (value as u64, (value >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::vec::Vec;

    #[test]
    fn every_length_and_every_single_bit_makes_another_hash() {
        let mut seen = HashSet::new();
        for len in 0..100 {
            let mut bytes: Vec<u8> = std::vec![0; len];
            assert!(seen.insert(hash(1, &bytes)), "{len}");
            for bit in 0..len * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(seen.insert(hash(1, &bytes)), "{len} {bit}");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
        assert!(seen.insert(hash(2, b"")));
    }
}
