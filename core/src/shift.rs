//! Moving what a slice holds within it.
//!
//! `copy_within` panics where a range is outside. Each function here is the only caller of its kind, so that the compiler sees both checks side by
//! side and drops the panic, in a build for size too.

/// Moves the bytes from `from` on to the front; nothing if there are none. What stands behind them stays.
#[inline(never)]
pub(crate) fn bytes_to_front(bytes: &mut [u8], from: usize) {
    if from <= bytes.len() {
        bytes.copy_within(from.., 0);
    }
}

/// Moves every byte `by` places towards the end, where the last ones fall out; nothing if that is all of them. The first ones stay.
#[inline(never)]
pub(crate) fn bytes_back(bytes: &mut [u8], by: usize) {
    if let Some(kept) = bytes.len().checked_sub(by) {
        bytes.copy_within(..kept, by);
    }
}

/// Moves the words from `from` on to the front; nothing if there are none. What stands behind them stays.
#[inline(never)]
pub(crate) fn words_to_front(words: &mut [u64], from: usize) {
    if from <= words.len() {
        words.copy_within(from.., 0);
    }
}

/// Moves every word `by` places towards the end, where the last ones fall out; nothing if that is all of them. The first ones stay.
#[inline(never)]
pub(crate) fn words_back(words: &mut [u64], by: usize) {
    if let Some(kept) = words.len().checked_sub(by) {
        words.copy_within(..kept, by);
    }
}
