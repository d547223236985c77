//! Troubles, kept until somebody asks for them: for languages whose code a thread of ours does not call.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a client has told of its troubles, in the form in which it is asked for: sentences by default.
#[derive(Debug)]
pub struct Troubles<T = String>(Mutex<Kept<T>>);

#[derive(Debug)]
struct Kept<T> {
    troubles: VecDeque<T>,
    dropped: u64,
}

impl<T> Default for Troubles<T> {
    fn default() -> Troubles<T> {
        Troubles(Mutex::new(Kept { troubles: VecDeque::new(), dropped: 0 }))
    }
}

impl<T> Troubles<T> {
    /// Keeps one; of more than `most` the oldest is dropped.
    pub fn keep(&self, most: usize, trouble: T) {
        let mut kept = self.kept();
        if kept.troubles.len() >= most {
            kept.dropped += 1;
            kept.troubles.pop_front();
        }
        kept.troubles.push_back(trouble);
    }

    /// Takes the oldest, and how many were dropped since the one before.
    pub fn next(&self) -> Option<(T, u64)> {
        let mut kept = self.kept();
        let next = kept.troubles.pop_front()?;
        Some((next, std::mem::take(&mut kept.dropped)))
    }

    /// Takes them all.
    pub fn take(&self) -> Vec<T> {
        self.kept().troubles.drain(..).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_and_the_next_says_how_many_went() {
        let troubles = Troubles::default();
        (1..=5).for_each(|trouble| troubles.keep(2, trouble));
        assert_eq!([troubles.next(), troubles.next(), troubles.next()], [Some((4, 3)), Some((5, 0)), None]);
        (6..=8).for_each(|trouble| troubles.keep(2, trouble));
        assert_eq!(troubles.take(), [7, 8]);
    }
}
