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

/// Whether `needle` stands in `haystack`.
#[inline(always)]
pub(crate) fn has(needle: u8, haystack: &[u8]) -> bool {
    if haystack.len() >= 16 {
        return find(needle, haystack).is_some();
    }
    let (first, last) = short(haystack);
    let has = |word: u64| Word::load(&word.to_le_bytes()).equal_to(needle).first().is_some();
    // A word may have zeros behind the text.
    has(first) || has(last) && needle != 0
}

/// Whether two texts are the same. Written to be inlined: names and tags are mostly shorter than what a call costs.
#[inline(always)]
pub(crate) fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let Some(short_halves) = differ_in_halves::<16>(left, right) else { return short(left) == short(right) };
    // At once, what has up to 64 bytes: names and tags mostly do. The two halves overlap.
    if left.len() <= 32 {
        return short_halves.is_none();
    }
    let Some(halves) = differ_in_halves::<32>(left, right) else { return false };
    if left.len() <= 64 {
        return halves.is_none();
    }
    let chunks = left.as_chunks::<32>().0.iter().zip(right.as_chunks::<32>().0);
    chunks.fold(halves, |sum, (one, other)| sum.or(differ(one, other))).is_none()
}

/// Zeros where the first and the last `N` bytes are the same; `None` if there are not so many.
#[inline(always)]
fn differ_in_halves<const N: usize>(left: &[u8], right: &[u8]) -> Option<Block> {
    let first = differ::<N>(left.first_chunk()?, right.first_chunk()?);
    Some(first.or(differ::<N>(left.last_chunk()?, right.last_chunk()?)))
}

/// Zeros where two texts are the same.
#[inline(always)]
fn differ<const N: usize>(one: &[u8; N], other: &[u8; N]) -> Block {
    let blocks = one.as_chunks().0.iter().zip(other.as_chunks().0);
    let none = Block::load(&[0; BYTES]);
    blocks.fold(none, |sum, (one, other)| sum.or(Block::load(one).differ(Block::load(other))))
}

/// Less than 16 bytes as two words, which may overlap; texts of one length have the same if they are the same.
#[inline(always)]
pub(crate) fn short(bytes: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)))
    } else {
        let byte = |at: usize| bytes.get(at).map_or(0, |&byte| u64::from(byte));
        (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
    }
}

/// Whether `text` is these tags joined by commas, none of them empty or with a comma of its own, as `has_comma` says.
#[inline(always)]
pub(crate) fn are_joined(tags: &[impl AsRef<[u8]>], text: &[u8], has_comma: impl Fn(&[u8]) -> bool) -> bool {
    // Whether a tag has to follow: at first, if there is text, and behind a comma.
    let (mut rest, mut is_open) = (text, !text.is_empty());
    for tag in tags {
        let tag = tag.as_ref();
        let Some((stored, after)) = rest.split_at_checked(tag.len()) else { return false };
        (rest, is_open) = match after {
            [b',', next @ ..] => (next, true),
            [] => (after, false),
            _ => return false,
        };
        // Behind the last one there is nothing, which only an empty tag would be.
        if tag.is_empty() || !same(stored, tag) || has_comma(tag) {
            return false;
        }
    }
    !is_open
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn texts_are_the_same_only_with_every_bit() {
        for len in 0..100 {
            let mut bytes: Vec<u8> = (0..len).collect();
            let original = bytes.clone();
            assert!(same(&bytes, &original));
            assert!(!same(&bytes, &[&original[..], b"x"].concat()));
            for bit in 0..usize::from(len) * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                assert!(!same(&bytes, &original), "{len} {bit}");
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }

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
