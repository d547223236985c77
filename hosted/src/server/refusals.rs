//! Whose messages were refused, the worst first, in bounded memory.

use std::collections::HashMap;

use basenji_core::wire::Tags;

/// Most names that are counted separately. Beyond them a new name replaces the one with the lowest count, and takes over that count.
const LIMIT: usize = 64;

/// Bytes of a name that are kept.
const LONGEST: usize = 200;

/// Tags of one message whose keys are counted.
const TAGS: usize = 32;

/// Names with the number of their messages that were refused. Exact for up to 64 names; with more, no count is too low.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worst {
    counts: HashMap<Box<[u8]>, u64>,
}

impl Worst {
    /// The first `most` of them with their counts, the worst first and equal ones by name.
    pub fn first(&self, most: usize) -> Vec<(&[u8], u64)> {
        let mut all: Vec<_> = self.counts.iter().map(|(name, count)| (&**name, *count)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(most);
        all
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub(crate) fn add(&mut self, name: &[u8], count: u64) {
        let name = &name[..name.len().min(LONGEST)];
        if let Some(known) = self.counts.get_mut(name) {
            *known += count;
            return;
        }
        let mut before = 0;
        if self.counts.len() >= LIMIT {
            // By name too, so that the same messages give the same list.
            let least = self.counts.iter().min_by(|a, b| a.1.cmp(b.1).then(a.0.cmp(b.0)));
            if let Some((least, least_count)) = least.map(|(name, count)| (name.clone(), *count)) {
                self.counts.remove(&least);
                before = least_count;
            }
        }
        self.counts.insert(name.into(), before + count);
    }

    fn merge(&mut self, other: &Worst) {
        other.first(LIMIT).into_iter().for_each(|(name, count)| self.add(name, count));
    }
}

/// Whose messages were refused because there was no room for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusals {
    /// By the name of the metric.
    pub names: Worst,
    /// By the keys of its tags: the part before the first `:`.
    pub tag_keys: Worst,
    /// By where it came from: a container, a process, an address or at least a kind of listener.
    pub origins: Worst,
}

impl Refusals {
    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    #[cold]
    pub(crate) fn add(&mut self, name: &[u8], tags: Tags<'_>, origin: &str) {
        self.names.add(name, 1);
        self.origins.add(origin.as_bytes(), 1);
        let mut last: &[u8] = b"";
        for tag in tags.iter().take(TAGS) {
            let key = tag.split(|&byte| byte == b':').next().unwrap_or_default();
            // Tags of one key mostly stand together; they count once.
            if !key.is_empty() && key != last {
                self.tag_keys.add(key, 1);
            }
            last = key;
        }
    }

    pub(crate) fn merge(&mut self, other: &Refusals) {
        self.names.merge(&other.names);
        self.tag_keys.merge(&other.tag_keys);
        self.origins.merge(&other.origins);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_come_first_however_many_there_are() {
        let mut refusals = Refusals::default();
        for number in 0..10_000 {
            refusals.add(format!("junk{number}").as_bytes(), Tags::NONE, "udp");
            if number % 10 == 0 {
                refusals.add(b"noisy", Tags::Text(b"user:1,user:2,env:x"), "process 7");
            }
        }
        assert_eq!(refusals.names.counts.len(), LIMIT);
        assert!(
            refusals.names.first(1)[0].1 >= 1000 || refusals.names.first(64).iter().any(|(name, _)| *name == b"noisy")
        );
        assert_eq!(refusals.tag_keys.first(9), [(&b"env"[..], 1000), (b"user", 1000)]);
        assert_eq!(refusals.origins.first(9), [(&b"udp"[..], 10_000), (b"process 7", 1000)]);
        let mut both = Refusals::default();
        both.merge(&refusals);
        both.merge(&refusals);
        assert_eq!(both.origins.first(1), [(&b"udp"[..], 20_000)]);
    }
}
