//! `/contexts`: which names and tags have the most series.
//!
//! One walk over the contexts, which are borrowed; only what is shown is copied. Memory: a few words for each different
//! name, tag and tag key.

use std::collections::HashMap;

use basenji::core::aggregate::Context;
use serde_json::{Value, json};

use crate::json::Lossy;

/// The largest counts of one kind of thing, the largest first.
type Counts = Vec<(String, u64)>;

/// What has the most series.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Top {
    contexts: u64,
    /// Names with their series.
    names: Counts,
    /// Tags with the series that have them.
    tags: Counts,
    /// Keys of tags with their different values.
    keys: Counts,
}

impl Top {
    /// The `top` largest of each.
    pub(super) fn of<'a>(contexts: &mut dyn Iterator<Item = Context<'a>>, top: usize) -> Top {
        let mut count = 0;
        let (mut names, mut tags) = (HashMap::new(), HashMap::new());
        for context in contexts {
            count += 1;
            *names.entry(context.name).or_default() += 1;
            for tag in context.tags {
                *tags.entry(tag).or_default() += 1;
            }
        }
        let mut keys: HashMap<&[u8], u64> = HashMap::new();
        for tag in tags.keys() {
            if let Some(end) = tag.iter().position(|&byte| byte == b':') {
                *keys.entry(&tag[..end]).or_default() += 1;
            }
        }
        Top { contexts: count, names: largest(names, top), tags: largest(tags, top), keys: largest(keys, top) }
    }

    pub(super) fn json(&self) -> Vec<u8> {
        let rows = |counts: &Counts, key: &str, count: &str| -> Vec<Value> {
            counts.iter().map(|(name, number)| json!({key: name, count: number})).collect()
        };
        let object = json!({
            "contexts": self.contexts,
            "names": rows(&self.names, "name", "contexts"),
            "tags": rows(&self.tags, "tag", "contexts"),
            "tag_keys": rows(&self.keys, "key", "values"),
        });
        object.to_string().into_bytes()
    }
}

/// The `top` largest, equal ones by name.
fn largest(counts: HashMap<&[u8], u64>, top: usize) -> Counts {
    let mut counts: Vec<_> = counts.into_iter().collect();
    let order = |a: &(&[u8], u64), b: &(&[u8], u64)| b.1.cmp(&a.1).then(a.0.cmp(b.0));
    if counts.len() > top {
        counts.select_nth_unstable_by(top, order);
        counts.truncate(top);
    }
    counts.sort_unstable_by(order);
    counts.into_iter().map(|(name, count)| (Lossy(name).to_string(), count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::core::wire::{MetricKind, OriginFields, Tags};

    fn context(name: &'static str, tags: &'static str) -> Context<'static> {
        Context {
            name: name.as_bytes(),
            host: b"",
            kind: MetricKind::Count,
            tags: Tags::Text(tags.as_bytes()),
            origin: OriginFields::NONE,
        }
    }

    #[test]
    fn the_largest_come_first_and_equal_ones_by_name() {
        let contexts = [
            context("b", "env:prod,user:1"),
            context("a", "env:prod,user:2"),
            context("c", "env:dev,user:3,plain"),
            context("c", ""),
        ];
        let counts = |counts: &[(&str, u64)]| {
            counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<Vec<_>>()
        };
        let top = Top::of(&mut contexts.into_iter(), 2);
        assert_eq!(top.contexts, 4);
        assert_eq!(top.names, counts(&[("c", 2), ("a", 1)]));
        assert_eq!(top.tags, counts(&[("env:prod", 2), ("env:dev", 1)]));
        assert_eq!(top.keys, counts(&[("user", 3), ("env", 2)]));
        let all = Top::of(&mut contexts.into_iter(), 100);
        assert_eq!((all.names.len(), all.tags.len(), all.keys.len()), (3, 6, 2));
    }
}
