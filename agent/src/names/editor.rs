//! One worker's memory of names: the outcome of each, the least recently used forgotten first.

use std::hash::BuildHasher;
use std::sync::Arc;

use basenji::core::wire::{Metric, MetricKind, TagIter, Tags, Values, join};
use basenji::server::Editor;
use hashlink::linked_hash_map::RawEntryMut;
use hashlink::{DefaultHashBuilder, LruCache};

use super::options::Winner;
use super::outcome::{Names, Outcome};

/// Names longer than this are worked out anew each time, so that the memory is bounded in bytes too.
const LONGEST: usize = 512;

/// Works names out and remembers them.
pub(super) struct Remembering {
    names: Arc<Names>,
    /// Whether the type is a part of what is remembered.
    by_type: bool,
    /// Whether no mapping changes values.
    keeps_values: bool,
    outcomes: LruCache<(MetricKind, Box<[u8]>), Outcome>,
    hasher: DefaultHashBuilder,
    /// The outcome of a name that is not remembered.
    unkept: Outcome,
    /// The tags of the present metric, its own and those of the mapper.
    tags: Vec<u8>,
    /// Its values, where they become others.
    values: Vec<f64>,
}

impl Remembering {
    pub(super) fn new(names: Arc<Names>) -> Remembering {
        let (hasher, by_type) = (DefaultHashBuilder::default(), names.depend_on_type());
        let keeps_values = names.keep_values();
        let outcomes = LruCache::with_hasher(names.cache_size, hasher.clone());
        Remembering {
            names,
            by_type,
            keeps_values,
            outcomes,
            hasher,
            unkept: Outcome::Same,
            tags: Vec::new(),
            values: Vec::new(),
        }
    }
}

impl Editor for Remembering {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        let Remembering { names, by_type, keeps_values: _, outcomes, hasher, unkept, tags, values } = self;
        let outcome = if outcomes.capacity() == 0 || metric.name.len() > LONGEST {
            *unkept = names.outcome(metric.name, metric.kind);
            unkept
        } else {
            let kind = if *by_type { metric.kind } else { MetricKind::Count };
            let hash = hasher.hash_one((kind, metric.name));
            let is_same = |key: &(MetricKind, Box<[u8]>)| key.0 == kind && *key.1 == *metric.name;
            // An entry more than the capacity is taken away by the next call.
            match outcomes.raw_entry_mut().from_hash(hash, is_same) {
                RawEntryMut::Vacant(place) => {
                    let outcome = names.outcome(metric.name, metric.kind);
                    place.insert_hashed_nocheck(hash, (kind, metric.name.into()), outcome).1
                }
                RawEntryMut::Occupied(mut known) => {
                    known.to_back();
                    known.into_mut()
                }
            }
        };
        match outcome {
            Outcome::Same => Some(*metric),
            Outcome::Dropped => None,
            Outcome::Changed { name, tags: added, edit } => Some(Metric {
                name,
                kind: if edit.is_distribution { MetricKind::Distribution } else { metric.kind },
                values: scaled(metric.values, edit.scale, values),
                tags: joined(metric.tags, added, edit.tag_conflicts, tags),
                ..*metric
            }),
        }
    }

    fn is_lasting(&self) -> bool {
        self.keeps_values
    }
}

/// These values, each times `scale`.
fn scaled<'a>(own: Values<'a>, scale: f64, space: &'a mut Vec<f64>) -> Values<'a> {
    match own {
        _ if scale == 1.0 => own,
        Values::Member(_) => own,
        Values::One(value) => Values::One(value * scale),
        _ => {
            space.clear();
            space.extend(own.iter().map(|value| value * scale));
            Values::List(space)
        }
    }
}

/// The tags of a message and then these; of those with one key, the ones of `winner`.
fn joined<'a>(own: Tags<'a>, added: &'a [u8], winner: Winner, space: &'a mut Vec<u8>) -> Tags<'a> {
    if added.is_empty() {
        return own;
    }
    if own.is_empty() {
        return Tags::Text(added);
    }
    let key = |tag: &'a [u8]| tag.iter().position(|&byte| byte == b':').map_or(tag, |end| &tag[..end]);
    let has = |mut tags: TagIter<'a>, tag: &'a [u8]| tags.any(|other| key(other) == key(tag));
    let mapped = Tags::Text(added);
    let kept = own.iter().filter(|tag| winner != Winner::Mapping || !has(mapped.iter(), tag));
    let new = mapped.iter().filter(|tag| winner != Winner::Message || !has(own.iter(), tag));
    space.clear();
    join(kept.chain(new), space);
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

    #[test]
    fn options_of_a_mapping_change_values_types_and_tags() {
        use super::super::{Observed, Options};
        let mapping = |pattern: &str, name: &str, options: Options| {
            Mapping::new(pattern, MatchType::Wildcard, name, &[("job", "$1")]).unwrap().with(options)
        };
        let mappings = vec![
            mapping("secret.*", "x", Options { drop: true, ..Options::default() }),
            mapping("job.*", "counts", Options { types: vec![MetricKind::Count], ..Options::default() }),
            mapping(
                "job.*",
                "job",
                Options {
                    seconds: true,
                    scale: Some(2.0),
                    observe_as: Some(Observed::Summary),
                    tag_conflicts: Winner::Mapping,
                    ..Options::default()
                },
            ),
            mapping("own.*", "own", Options { tag_conflicts: Winner::Message, ..Options::default() }),
        ];
        let profile = Profile { name: "x".to_owned(), prefix: "*".to_owned(), mappings };
        for cache_size in [0, 1, 10] {
            let names = Names { profiles: vec![profile.clone()], cache_size, ..Names::default() };
            let mut editor = Remembering::new(Arc::new(names));
            for _ in 0..2 {
                for (line, expected) in [
                    ("secret.a:1|c", None),
                    ("job.a:3|c|#job:own", Some("counts Count 3 job:own,job:a")),
                    ("job.a:3:5|ms|#job:own,x", Some("job Distribution 0.006,0.01 x,job:a")),
                    ("job.a:3|h", Some("job Distribution 6 job:a")),
                    ("job.a:3|g", Some("job Gauge 6 job:a")),
                    ("job.a:m|s", Some("job Set  job:a")),
                    ("own.a:1|g|#job:own,y:z", Some("own Gauge 1 job:own,y:z")),
                    ("own.a:1|g|#y:z", Some("own Gauge 1 y:z,job:a")),
                    ("other:1|ms", Some("other Timing 1 ")),
                ] {
                    let metric = Metric::parse(line.as_bytes()).unwrap();
                    let text = editor.edit(&metric).map(|metric| {
                        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                        let values: Vec<_> = metric.values.iter().map(|value| value.to_string()).collect();
                        let tags: Vec<_> = metric.tags.iter().map(text).collect();
                        format!("{} {:?} {} {}", text(metric.name), metric.kind, values.join(","), tags.join(","))
                    });
                    assert_eq!(text.as_deref(), expected, "{line}");
                }
            }
        }
    }
}
