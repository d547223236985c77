//! Where a byte stands: sixteen bytes a step where the target has 128-bit vectors of bytes, eight on other machines of 64 bits, one on small ones.
//!
//! A name, a value and a tag are mostly shorter than what it costs to enter and leave the loops of a general search, so these are written to be
//! inlined and to start at once. Cost: linear.

use super::block::{BYTES, Block, Bytes, WIDE, Word};

/// The first place of `needle`.
#[inline(always)]
pub(crate) fn find(needle: u8, haystack: &[u8]) -> Option<usize> {
    find_any([needle], haystack)
}

/// The first place of one of the bytes.
#[inline(always)]
pub(crate) fn find_any<const N: usize>(needles: [u8; N], haystack: &[u8]) -> Option<usize> {
    if !WIDE {
        return haystack.iter().position(|byte| needles.contains(byte));
    }
    let mut rest = haystack;
    while let Some((block, after)) = rest.split_first_chunk() {
        if let Some(place) = Block::load(block).any_of(needles).first() {
            return Some(haystack.len().wrapping_sub(rest.len()).wrapping_add(place));
        }
        rest = after;
    }
    if let Some(block) = haystack.last_chunk() {
        // It overlaps the block before it, where there was none.
        let before = haystack.len().wrapping_sub(BYTES);
        return Block::load(block).any_of(needles).first().map(|place| before.wrapping_add(place));
    }
    if let (Some(first), Some(last)) = (haystack.first_chunk(), haystack.last_chunk()) {
        let word = |bytes| Word::load(bytes).any_of(needles).first();
        return word(first).or_else(|| Some(haystack.len().wrapping_sub(8).wrapping_add(word(last)?)));
    }
    haystack.iter().position(|byte| needles.contains(byte))
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
