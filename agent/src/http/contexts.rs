//! `/contexts`: which names and tags have the most series.
//!
//! One walk over the contexts, in some megabytes whatever their number: rare ones are dropped on the way, so that with very many contexts the counts are lower bounds.

use std::hash::RandomState;

use basenji::core::aggregate::Context;
use serde_json::{Value, json};

use super::heavy::{Distinct, Heavy, Weight};
use crate::json::Lossy;

/// Keys of tags whose values are counted at a time.
const KEYS: usize = 256;

/// What has the most series.
#[derive(Debug, Default)]
pub(super) struct Top {
    contexts: u64,
    /// Names with their series.
    names: Heavy<u64>,
    /// Tags with the series that have them.
    tags: Heavy<u64>,
    /// Keys of tags with their different values.
    keys: Heavy<Distinct>,
    hasher: RandomState,
    /// Whether every number of different values is exact.
    is_rough: bool,
}

impl Top {
    /// Counts one context.
    pub(super) fn see(&mut self, context: &Context<'_>) {
        self.contexts += 1;
        *self.names.of(context.name, usize::MAX) += 1;
        for tag in context.tags {
            *self.tags.of(tag, usize::MAX) += 1;
            if let Some(end) = tag.iter().position(|&byte| byte == b':') {
                let values = self.keys.of(&tag[..end], KEYS);
                values.add(tag, &self.hasher);
                self.is_rough |= !values.is_exact();
            }
        }
    }

    /// Whether every count is exact.
    fn is_exact(&self) -> bool {
        self.names.missed() + self.tags.missed() + self.keys.missed() == 0 && !self.is_rough
    }

    /// An object with the `top` largest of each.
    pub(super) fn json(&self, top: usize) -> Vec<u8> {
        let object = json!({
            "contexts": self.contexts,
            "is_exact": self.is_exact(),
            "names": rows(&self.names, top, "name", "contexts"),
            "tags": rows(&self.tags, top, "tag", "contexts"),
            "tag_keys": rows(&self.keys, top, "key", "values"),
        });
        object.to_string().into_bytes()
    }
}

fn rows<T: Weight>(heavy: &Heavy<T>, top: usize, key: &str, count: &str) -> Vec<Value> {
    heavy.largest(top).into_iter().map(|(name, number)| json!({key: Lossy(name).to_string(), count: number})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::core::wire::{MetricKind, OriginFields, Tags};

    #[test]
    fn the_largest_come_first_and_equal_ones_by_name() {
        let mut top = Top::default();
        for (name, tags) in
            [("b", "env:prod,user:1"), ("a", "env:prod,user:2"), ("c", "env:dev,user:3,plain"), ("c", "")]
        {
            top.see(&Context {
                name: name.as_bytes(),
                host: b"",
                kind: MetricKind::Count,
                tags: Tags::Text(tags.as_bytes()),
                origin: OriginFields::NONE,
            });
        }
        let object: Value = serde_json::from_slice(&top.json(2)).unwrap();
        assert_eq!(
            object,
            json!({
                "contexts": 4,
                "is_exact": true,
                "names": [{"name": "c", "contexts": 2}, {"name": "a", "contexts": 1}],
                "tags": [{"tag": "env:prod", "contexts": 2}, {"tag": "env:dev", "contexts": 1}],
                "tag_keys": [{"key": "user", "values": 3}, {"key": "env", "values": 2}],
            })
        );
    }
}
