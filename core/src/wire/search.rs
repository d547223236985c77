//! Where a byte stands: sixteen bytes a step where the target has 128-bit vectors of bytes, eight elsewhere.
//!
//! A name, a value and a tag are mostly shorter than what it costs to enter and leave the loops of a general search, so these are written to be
//! inlined and to start at once. Cost: linear, about half an instruction a byte.

/// The first place of `needle`.
#[inline(always)]
pub(crate) fn find(needle: u8, haystack: &[u8]) -> Option<usize> {
    search(&wide::Pattern::new([needle]), &Word::new([needle]), haystack)
}

/// The first place of one of the bytes.
#[inline(always)]
pub(crate) fn find_any<const N: usize>(needles: [u8; N], haystack: &[u8]) -> Option<usize> {
    search(&wide::Pattern::new(needles), &Word::new(needles), haystack)
}

#[inline(always)]
fn search<const N: usize>(wide: &wide::Pattern<N>, word: &Word<N>, haystack: &[u8]) -> Option<usize> {
    let mut rest = haystack;
    while let Some((block, after)) = rest.split_first_chunk() {
        if let Some(place) = wide.first(block) {
            return Some(haystack.len().wrapping_sub(rest.len()).wrapping_add(place));
        }
        rest = after;
    }
    if let Some(block) = haystack.last_chunk::<{ wide::BYTES }>() {
        // It overlaps the block before it, where there was none.
        return wide.first(block).map(|place| haystack.len().wrapping_sub(wide::BYTES).wrapping_add(place));
    }
    if let (Some(first), Some(last)) = (haystack.first_chunk(), haystack.last_chunk()) {
        let in_last = || Some(haystack.len().wrapping_sub(8).wrapping_add(word.first(last)?));
        return word.first(first).or_else(in_last);
    }
    haystack.iter().position(|&byte| word.0.contains(&byte))
}

/// Eight bytes at a time in a machine word.
struct Word<const N: usize>([u8; N]);

impl<const N: usize> Word<N> {
    #[inline(always)]
    fn new(needles: [u8; N]) -> Self {
        Word(needles)
    }

    /// The place of the first needle.
    #[inline(always)]
    fn first(&self, block: &[u8; 8]) -> Option<usize> {
        let word = u64::from_le_bytes(*block);
        let hits = self
            .0
            .iter()
            .fold(0, |hits, &needle| hits | zero_bytes(word ^ (0x0101_0101_0101_0101 * u64::from(needle))));
        (hits != 0).then(|| (hits.trailing_zeros() / 8) as usize)
    }
}

/// The high bit of the first byte that is zero, and of no byte before it; bytes after it may be marked wrongly.
#[inline(always)]
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod wide {
    use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, m128i, move_mask_i8_m128i, set_splat_i8_m128i};

    pub(super) const BYTES: usize = 16;

    /// The needles, each in all bytes of a vector.
    pub(super) struct Pattern<const N: usize>([m128i; N]);

    impl<const N: usize> Pattern<N> {
        #[inline(always)]
        pub(super) fn new(needles: [u8; N]) -> Self {
            Pattern(needles.map(|needle| set_splat_i8_m128i(needle as i8)))
        }

        /// The place of the first needle.
        #[inline(always)]
        pub(super) fn first(&self, block: &[u8; BYTES]) -> Option<usize> {
            let block = load_unaligned_m128i(block);
            let hits =
                self.0.iter().fold(0, |hits, &needle| hits | move_mask_i8_m128i(cmp_eq_mask_i8_m128i(block, needle)));
            (hits != 0).then(|| hits.trailing_zeros() as usize)
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
mod wide {
    pub(super) const BYTES: usize = 8;

    pub(super) use super::Word as Pattern;
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn they_find_what_a_loop_finds(haystack in proptest::collection::vec(0u8..6, 0..80)) {
            for needle in 0..6 {
                let place = haystack.iter().position(|&byte| byte == needle);
                assert_eq!(find(needle, &haystack), place);
                let either = haystack.iter().position(|&byte| byte == needle || byte == 1);
                assert_eq!(find_any([needle, 1], &haystack), either);
            }
        }

        #[test]
        fn a_lone_byte_is_found_wherever_it_stands(len in 1usize..80, place: usize) {
            let mut haystack = std::vec![0x81u8; len];
            haystack[place % len] = 1;
            assert_eq!(find(1, &haystack), Some(place % len));
        }
    }
}
