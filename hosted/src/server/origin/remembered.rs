//! A bounded memory of what was found out, good for a minute.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use basenji_core::Time;

/// Values by key. A value is good for [`KEPT`] milliseconds; of a clock that was set back, none is.
pub(crate) struct Remembered<K, V> {
    values: HashMap<K, (Time, V)>,
    limit: usize,
}

/// How long a value is good, in milliseconds.
const KEPT: u64 = 60_000;

impl<K: Hash + Eq, V> Remembered<K, V> {
    /// A memory of at most `limit` values.
    pub(crate) fn new(limit: usize) -> Self {
        Remembered { values: HashMap::new(), limit }
    }

    /// The value of `key`, if there is a good one.
    pub(crate) fn get<Q>(&self, key: &Q, now: Time) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.values.get(key).filter(|(since, _)| is_good(*since, now)).map(|(_, value)| value)
    }

    /// Remembers `value` from `now` on and returns it. Where there is no room, old values go first, and then all.
    pub(crate) fn insert(&mut self, key: K, value: V, now: Time) -> &V {
        if self.values.len() >= self.limit && !self.values.contains_key(&key) {
            self.values.retain(|_, (since, _)| is_good(*since, now));
            if self.values.len() >= self.limit {
                self.values.clear();
            }
        }
        let entry = self.values.entry(key).insert_entry((now, value));
        &entry.into_mut().1
    }

    /// How many values there are, good or not.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }
}

fn is_good(since: Time, now: Time) -> bool {
    now >= since && now.millis_since(since) < KEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_secs(1000);

    #[test]
    fn a_value_is_good_for_a_minute_and_not_before_it_was_found() {
        let mut memory = Remembered::new(4);
        memory.insert("a", 1, NOW);
        assert_eq!(memory.get("a", NOW.plus_millis(59_999)), Some(&1));
        assert_eq!(memory.get("a", NOW.plus_millis(60_000)), None);
        assert_eq!(memory.get("a", Time::from_secs(999)), None);
        assert_eq!(memory.get("b", NOW), None);
    }

    #[test]
    fn a_full_memory_forgets_the_old_and_then_all() {
        let mut memory = Remembered::new(3);
        memory.insert(1, (), NOW);
        let later = NOW.plus_millis(60_000);
        memory.insert(2, (), later);
        memory.insert(3, (), later);
        memory.insert(4, (), later);
        assert_eq!([1, 2, 3, 4].map(|key| memory.get(&key, later).is_some()), [false, true, true, true]);
        memory.insert(3, (), later);
        assert!(memory.get(&2, later).is_some(), "a key that is there needs no room");
        memory.insert(5, (), later);
        assert_eq!([2, 3, 4, 5].map(|key| memory.get(&key, later).is_some()), [false, false, false, true]);
    }
}
