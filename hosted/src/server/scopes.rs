//! Numbers for all that decides on the meaning of a line beside its text: rules, common tags, and the origin of its datagram.
//!
//! Shards go from worker to worker with the lines that they remember, so the numbers are the same for all workers of a server. Each worker asks once for what
//! it keeps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::rules::Rules;

/// The most rules and senders that are told apart at a time; one that is forgotten gets another number.
const MOST_RULES: usize = 32;
const MOST_SENDERS: usize = 8192;

/// The numbers that a server has given out.
#[derive(Default)]
pub(crate) struct Scopes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    given: u32,
    settings: Vec<Settings>,
    senders: HashMap<(Meaning, Box<[u8]>), u32>,
}

/// Rules, tags, and their number. The rules may be gone: nothing else is where they were as long as they are known here.
struct Settings {
    rules: Option<Weak<dyn Rules>>,
    tags: Box<[u8]>,
    number: u32,
}

/// What the tags of an origin depend on, beside the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Meaning {
    /// The number of tags and rules.
    pub(crate) settings: u32,
    /// The tagger's version.
    pub(crate) version: u64,
    /// The minute, since an answer of the tagger is good for one.
    pub(crate) minute: u64,
}

impl Scopes {
    /// The number of these tags and rules; `None` when all numbers are given out.
    pub(crate) fn settings(&self, tags: &[u8], rules: Option<&Arc<dyn Rules>>) -> Option<u32> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = rules.map(Arc::downgrade);
        let is_known = |known: &&Settings| *known.tags == *tags && are_same(known.rules.as_ref(), rules.as_ref());
        if let Some(known) = inner.settings.iter().find(is_known) {
            return Some(known.number);
        }
        let number = inner.next()?;
        if inner.settings.len() >= MOST_RULES {
            inner.settings.remove(0);
        }
        inner.settings.push(Settings { rules, tags: tags.into(), number });
        Some(number)
    }

    /// The number of a sender.
    pub(crate) fn sender(&self, meaning: Meaning, sender: &[u8]) -> Option<u32> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = inner.senders.get(&(meaning, Box::from(sender))) {
            return Some(*number);
        }
        let number = inner.next()?;
        if inner.senders.len() >= MOST_SENDERS {
            inner.senders.clear();
        }
        inner.senders.insert((meaning, sender.into()), number);
        Some(number)
    }
}

impl Inner {
    /// A number that was never given out.
    fn next(&mut self) -> Option<u32> {
        self.given = self.given.checked_add(1)?;
        Some(self.given)
    }
}

fn are_same(one: Option<&Weak<dyn Rules>>, other: Option<&Weak<dyn Rules>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.ptr_eq(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Editor;
    use super::*;

    struct Same;

    impl Rules for Same {
        fn editor(&self) -> Box<dyn Editor> {
            unreachable!("nothing is edited")
        }
    }

    #[test]
    fn what_means_the_same_has_one_number_and_all_else_another() {
        let scopes = Scopes::default();
        let rules: [Arc<dyn Rules>; 2] = [Arc::new(Same), Arc::new(Same)];
        let settings = [(&b""[..], None), (b"a", None), (b"", Some(&rules[0])), (b"", Some(&rules[1]))];
        let mut numbers: Vec<_> = settings.iter().map(|(tags, rules)| scopes.settings(tags, *rules)).collect();
        assert!(settings.iter().map(|(tags, rules)| scopes.settings(tags, *rules)).eq(numbers.iter().copied()));
        let one = Meaning { settings: 1, version: 0, minute: 0 };
        for meaning in
            [one, Meaning { settings: 2, ..one }, Meaning { version: 1, ..one }, Meaning { minute: 1, ..one }]
        {
            for sender in [&b""[..], b"c1"] {
                let number = scopes.sender(meaning, sender);
                assert_eq!(scopes.sender(meaning, sender), number);
                numbers.push(number);
            }
        }
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert!(numbers.len() == count && numbers.iter().all(Option::is_some), "{numbers:?}");
    }

    #[test]
    fn a_number_is_never_given_twice_and_there_is_an_end() {
        let scopes = Scopes::default();
        let meaning = Meaning { settings: 0, version: 0, minute: 0 };
        let first = scopes.sender(meaning, b"first");
        for sender in 0..=MOST_SENDERS {
            assert_ne!(scopes.sender(meaning, sender.to_string().as_bytes()), first);
        }
        assert_ne!(scopes.sender(meaning, b"first"), first, "it was forgotten");
        scopes.0.lock().unwrap().given = u32::MAX;
        assert_eq!(scopes.sender(meaning, b"new"), None);
        assert_eq!(scopes.settings(b"new", None), None);
    }
}
