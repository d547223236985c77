//! Sorting in place without a panic path: heapsort, at most about `2 n log2 n` comparisons.

/// Sorts `items` so that none is `less` than the one before it. Equal items may change places.
pub(super) fn sort<T>(items: &mut [T], less: impl Fn(&T, &T) -> bool) {
    for root in (0..items.len() / 2).rev() {
        sift_down(items, root, &less);
    }
    for end in (1..items.len()).rev() {
        swap(items, 0, end);
        if let Some(heap) = items.get_mut(..end) {
            sift_down(heap, 0, &less);
        }
    }
}

fn sift_down<T>(heap: &mut [T], mut root: usize, less: &impl Fn(&T, &T) -> bool) {
    loop {
        let left = root.saturating_mul(2).saturating_add(1);
        let right = left.saturating_add(1);
        let is_less = |a: usize, b: usize| heap.get(a).zip(heap.get(b)).is_some_and(|(a, b)| less(a, b));
        let largest = if is_less(left, right) { right } else { left };
        if !is_less(root, largest) {
            return;
        }
        swap(heap, root, largest);
        root = largest;
    }
}

fn swap<T>(items: &mut [T], a: usize, b: usize) {
    if a < items.len() && b < items.len() {
        items.swap(a, b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    proptest::proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(items: Vec<u8>) {
            let (mut ours, mut theirs) = (items.clone(), items);
            sort(&mut ours, |a, b| a < b);
            theirs.sort_unstable();
            assert_eq!(ours, theirs);
        }
    }
}
