//! Where bytes stand: a window of 64 bytes as a word of 64 bits, one for each byte that is looked for.
//!
//! A name, a value and a tag are mostly shorter than what it costs to enter and leave the loop of a search. A window holds several of them and
//! is looked at without a branch. Cost: linear.

use super::block::{BYTES, Block, Bytes, WIDE};

/// The bytes of a window, one for each bit of its marks.
pub(super) const WINDOW: usize = 64;

/// A bit for each byte of a window, the first the lowest: whether it is of this class.
#[inline(always)]
pub(super) fn marks<C: Class>(window: &[u8; WINDOW]) -> u64 {
    let (blocks, _) = window.as_chunks();
    blocks.iter().rev().fold(0, |marks, block| marks << BYTES | C::found(Block::load(block)).bits())
}

/// [`marks`] of a text that is shorter than a window.
#[inline(never)]
pub(super) fn short_marks<C: Class>(text: &[u8]) -> u64 {
    let Some(last) = text.last_chunk() else {
        return text.iter().rev().fold(0, |marks, &byte| marks << 1 | u64::from(C::holds(byte)));
    };
    // The last block overlaps the one before it.
    let marks = C::found(Block::load(last)).bits().wrapping_shl((text.len() as u32).wrapping_sub(BYTES as u32));
    (0..WINDOW / BYTES - 1).fold(marks, |marks, at| {
        let from = at.wrapping_mul(BYTES);
        match text.get(from..).and_then(<[u8]>::first_chunk) {
            Some(block) => marks | C::found(Block::load(block)).bits().wrapping_shl(from as u32),
            None => marks,
        }
    })
}

/// The first place of `NEEDLE` if `haystack` has half a window and it is in there.
#[inline(always)]
pub(super) fn find_soon<const NEEDLE: u8>(haystack: &[u8]) -> Option<usize> {
    if !WIDE {
        return None;
    }
    let (blocks, _) = haystack.first_chunk::<{ WINDOW / 2 }>()?.as_chunks();
    let marks =
        blocks.iter().rev().fold(0, |marks, block| marks << BYTES | Byte::<NEEDLE>::found(Block::load(block)).bits());
    (marks != 0).then_some(marks.trailing_zeros() as usize)
}

/// Whether `text`, which is shorter than a window, is plain decimals between colons, such as `1:2.5::300`, at least one; if not, it may
/// still be numbers.
pub(super) fn are_decimals(text: &[u8]) -> bool {
    let (digits, points) = (short_marks::<Digit>(text), short_marks::<Byte<b'.'>>(text));
    let colons = short_marks::<Byte<b':'>>(text);
    let all = u64::MAX >> (WINDOW.wrapping_sub(text.len()) % WINDOW);
    // Where the digits behind each point end: a carry runs through them.
    let ends = (points << 1).wrapping_add(digits) & !digits;
    let lonely = points & !(digits << 1) & !(digits >> 1);
    digits != 0 && digits | points | colons == all && ends & points == 0 && lonely == 0
}

/// A class of bytes.
pub(super) trait Class {
    /// Whether `byte` is one of them.
    fn holds(byte: u8) -> bool;

    /// The bytes of `block` that are.
    fn found(block: Block) -> Block;
}

/// `A` and `B`.
pub(super) enum Either<const A: u8, const B: u8> {}

/// One byte.
pub(super) type Byte<const A: u8> = Either<A, A>;

impl<const A: u8, const B: u8> Class for Either<A, B> {
    #[inline(always)]
    fn holds(byte: u8) -> bool {
        byte == A || byte == B
    }

    #[inline(always)]
    fn found(block: Block) -> Block {
        block.equal_to(A).or(block.equal_to(B))
    }
}

/// `0` to `9`.
enum Digit {}

impl Class for Digit {
    #[inline(always)]
    fn holds(byte: u8) -> bool {
        byte.is_ascii_digit()
    }

    #[inline(always)]
    fn found(block: Block) -> Block {
        block.digits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn marks_are_where_a_loop_finds_them(text in proptest::collection::vec(0u8..6, 0..100)) {
            let expected = text.iter().take(WINDOW).rev().fold(0, |marks, &byte| marks << 1 | u64::from(byte == 2 || byte == 5));
            let found = text.first_chunk().map_or_else(|| short_marks::<Either<2, 5>>(&text), marks::<Either<2, 5>>);
            assert_eq!(found, expected);
            let place = text.iter().take(WINDOW / 2).position(|&byte| byte == 2);
            assert_eq!(find_soon::<2>(&text), place.filter(|_| WIDE && text.len() >= WINDOW / 2));
        }

        #[test]
        fn decimals_are_known_by_their_digits_and_points(text in "[0-9.:]{0,63}|([0-9]{0,5}[.]?[0-9]{0,5}:){0,5}|.{0,12}") {
            let text = text.as_bytes().get(..text.len().min(WINDOW - 1)).expect("it is cut");
            let plain = |item: &[u8]| {
                let points = item.iter().filter(|&&byte| byte == b'.').count();
                let digits = item.iter().filter(|byte| byte.is_ascii_digit()).count();
                points <= 1 && digits >= 1 && digits + points == item.len()
            };
            let mut items = text.split(|&byte| byte == b':').filter(|item| !item.is_empty()).peekable();
            assert_eq!(are_decimals(text), items.peek().is_some() && items.all(plain), "{text:?}");
        }
    }
}
