//! A walk over a text by sixteen bytes up to a byte that ends it, for those who do something with what comes before, too.

use super::block::{BYTES, Block, Bytes};
use super::window::Class;

/// Where the first byte of this class stands in `text`, or its length. `each` is called with all sixteen bytes before it, from the first on, the last few
/// left out. Cost: linear.
#[inline(always)]
pub(super) fn until<C: Class>(text: &[u8], mut each: impl FnMut(&[u8; 16])) -> usize {
    let (chunks, mut before) = (text.as_chunks().0, 0usize);
    for chunk in chunks {
        let found = marks::<C>(chunk);
        if found != 0 {
            return before.wrapping_add(found.trailing_zeros() as usize);
        }
        each(chunk);
        before = before.wrapping_add(16);
    }
    at_end::<C>(text)
}

/// The same in a text whose last bytes are left, less than sixteen.
#[inline(never)]
fn at_end<C: Class>(text: &[u8]) -> usize {
    let left = text.len() % 16;
    let before = text.len().wrapping_sub(left);
    let place = match text.last_chunk() {
        None => text.iter().position(|&byte| C::holds(byte)),
        // It overlaps those before it.
        Some(last) => match marks::<C>(last).wrapping_shr(16u32.wrapping_sub(left as u32)) {
            0 => None,
            found => Some(found.trailing_zeros() as usize),
        },
    };
    place.map_or(text.len(), |place| before.wrapping_add(place))
}

/// A bit for each of sixteen bytes, the first the lowest: whether it is of this class.
#[inline(always)]
fn marks<C: Class>(chunk: &[u8; 16]) -> u64 {
    let (blocks, _) = chunk.as_chunks::<BYTES>();
    blocks.iter().rev().fold(0, |marks, block| marks.wrapping_shl(BYTES as u32) | C::found(Block::load(block)).bits())
}

#[cfg(test)]
mod tests {
    use super::super::window::Either;
    use super::*;
    use std::vec::Vec;

    proptest::proptest! {
        #[test]
        fn it_stops_where_a_loop_does_and_shows_all_before(
            text in proptest::collection::vec(0u8..60, 0..100), ends in 0usize..100,
        ) {
            let text = [&text[..], &[5; 1][..usize::from(ends < 90)]].concat();
            for text in [&text[..], &text[..text.len().min(ends)]] {
                let mut seen = Vec::new();
                let place = until::<Either<2, 5>>(text, |chunk| seen.extend_from_slice(chunk));
                assert_eq!(place, text.iter().position(|&byte| byte == 2 || byte == 5).unwrap_or(text.len()));
                assert_eq!(seen, &text[..place / 16 * 16]);
            }
        }
    }
}
