//! One worker's memory of names: the outcome of each, the least recently used forgotten first.

use std::sync::Arc;

use basenji::core::wire::{Metric, Tags};
use basenji::server::Editor;
use hashlink::LruCache;
use hashlink::linked_hash_map::RawEntryMut;

use super::{Names, Outcome};

/// Names longer than this are worked out anew each time, so that the memory is bounded in bytes too.
const LONGEST: usize = 512;

/// Works names out and remembers them.
pub(super) struct Remembering {
    names: Arc<Names>,
    outcomes: LruCache<Box<[u8]>, Outcome>,
    /// The outcome of a name that is not remembered.
    unkept: Outcome,
    /// The tags of the present metric, its own and those of the mapper.
    tags: Vec<u8>,
}

impl Remembering {
    pub(super) fn new(names: Arc<Names>) -> Remembering {
        let outcomes = LruCache::new(names.cache_size);
        Remembering { names, outcomes, unkept: Outcome::Same, tags: Vec::new() }
    }
}

impl Editor for Remembering {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        let Remembering { names, outcomes, unkept, tags } = self;
        let outcome = if outcomes.capacity() == 0 || metric.name.len() > LONGEST {
            *unkept = names.outcome(metric.name);
            unkept
        } else {
            // An entry more than the capacity is taken away by the next call.
            match outcomes.raw_entry_mut().from_key(metric.name) {
                RawEntryMut::Vacant(place) => place.insert(metric.name.into(), names.outcome(metric.name)).1,
                RawEntryMut::Occupied(mut known) => {
                    known.to_back();
                    known.into_mut()
                }
            }
        };
        match outcome {
            Outcome::Same => Some(*metric),
            Outcome::Dropped => None,
            Outcome::Changed { name, tags: added } => {
                Some(Metric { name, tags: joined(metric.tags, added, tags), ..*metric })
            }
        }
    }
}

/// The tags of a message and then these.
fn joined<'a>(own: Tags<'a>, added: &'a [u8], space: &'a mut Vec<u8>) -> Tags<'a> {
    if added.is_empty() {
        return own;
    }
    if own.is_empty() {
        return Tags::Text(added);
    }
    space.clear();
    for tag in own {
        space.extend_from_slice(tag);
        space.push(b',');
    }
    space.extend_from_slice(added);
    Tags::Text(space)
}

#[cfg(test)]
mod tests {
    use super::super::{Filter, Mapping, MatchType, Namespace, Profile};
    use super::*;

    fn editor(cache_size: usize) -> Remembering {
        let mapping = Mapping::new("job.*", MatchType::Wildcard, "job", &[("job", "$1")]).unwrap();
        Remembering::new(Arc::new(Names {
            profiles: vec![Profile { name: "x".to_owned(), prefix: "*".to_owned(), mappings: vec![mapping] }],
            namespace: Namespace::new("n", []),
            filter: Filter::new(["n.out".to_owned()], false),
            cache_size,
        }))
    }

    /// Name and tags of the line's metric after the editor.
    fn edited(editor: &mut Remembering, line: &str) -> Option<(String, String)> {
        let metric = Metric::parse(line.as_bytes()).unwrap();
        let metric = editor.edit(&metric)?;
        let tags: Vec<_> = metric.tags.iter().map(|tag| String::from_utf8_lossy(tag).into_owned()).collect();
        Some((String::from_utf8_lossy(metric.name).into_owned(), tags.join(",")))
    }

    #[test]
    fn the_outcome_is_the_same_whether_it_is_remembered_or_not() {
        let long = format!("{}:1|c|#t", "x".repeat(LONGEST + 1));
        for cache_size in [0, 1, 2, 100] {
            let mut editor = editor(cache_size);
            for _ in 0..3 {
                let expected = |name: &str, tags: &str| Some((name.to_owned(), tags.to_owned()));
                assert_eq!(edited(&mut editor, "job.a:1|c"), expected("n.job", "job:a"));
                assert_eq!(edited(&mut editor, "job.b:1|c|#x,,y"), expected("n.job", "x,,y,job:b"));
                assert_eq!(edited(&mut editor, "a:1|c|#x"), expected("n.a", "x"));
                assert_eq!(edited(&mut editor, "out:1|c"), None);
                assert_eq!(edited(&mut editor, &long).unwrap().0.len(), LONGEST + 3);
            }
            assert!(editor.outcomes.len() <= cache_size + 1);
        }
    }
}
