//! What the daemon does to names, in the Agent's order: mapper profiles, then the namespace, then the filter list.
//!
//! All three depend on nothing but the name, so a worker works each name out once and remembers the outcome, in bounded
//! memory. Without any of the three nothing of this is called.

mod editor;
mod filter;
mod mapper;
mod namespace;

use std::sync::Arc;

use basenji::core::aggregate::Aggregate;
use basenji::server::{Editor, Rules};

pub(crate) use filter::Filter;
pub(crate) use mapper::{Mapping, MatchType, Profile};
pub(crate) use namespace::{EXEMPT, Namespace};

/// The rules of all workers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// In order; the first one whose prefix fits decides.
    pub(crate) profiles: Vec<Profile>,
    pub(crate) namespace: Namespace,
    pub(crate) filter: Filter,
    /// How many names a worker remembers.
    pub(crate) cache_size: usize,
}

/// What becomes of a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It stays as it is.
    Same,
    /// It is left out.
    Dropped,
    /// It gets another name, and tags, joined by commas.
    Changed { name: Box<[u8]>, tags: Box<[u8]> },
}

impl Names {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.namespace.is_empty() && self.filter.is_empty()
    }

    /// Works a name out.
    pub(crate) fn outcome(&self, name: &[u8]) -> Outcome {
        let mapped = mapper::map(&self.profiles, name);
        let (mapped_name, tags) = match &mapped {
            None => (name, &[][..]),
            Some(mapped) => (&mapped.name[..], &mapped.tags[..]),
        };
        let prefixed = self.namespace.prefixed(mapped_name);
        if self.filter.hits(prefixed.as_deref().unwrap_or(mapped_name)) {
            return Outcome::Dropped;
        }
        match (prefixed, &mapped) {
            (None, None) => Outcome::Same,
            (prefixed, _) => {
                Outcome::Changed { name: prefixed.unwrap_or_else(|| mapped_name.to_vec()).into(), tags: tags.into() }
            }
        }
    }
}

/// The rules as a server takes them.
pub(crate) struct Shared(pub(crate) Arc<Names>);

impl Rules for Shared {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(editor::Remembering::new(Arc::clone(&self.0)))
    }

    /// The Agent filters the names of a histogram's series too: `name.max`, `name.95percentile`.
    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        self.0.filter.is_empty() || !self.0.filter.hits(&[name, format!(".{aggregate}").as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(name: &str, tags: &str) -> Outcome {
        Outcome::Changed { name: name.as_bytes().into(), tags: tags.as_bytes().into() }
    }

    #[test]
    fn the_mapper_comes_first_then_the_namespace_and_the_filter_sees_the_final_name() {
        let names = Names {
            profiles: vec![Profile {
                name: "jobs".to_owned(),
                prefix: "job.".to_owned(),
                mappings: vec![
                    Mapping::new("job.*.time", MatchType::Wildcard, "job.time", &[("job", "$1")]).unwrap(),
                    Mapping::new("job.*.java", MatchType::Wildcard, "jvm.$1", &[]).unwrap(),
                ],
            }],
            namespace: Namespace::new("shop", ["jvm".to_owned()]),
            filter: Filter::new(
                ["shop.secret".to_owned(), "secret2".to_owned(), "shop.job.time.max".to_owned()],
                false,
            ),
            cache_size: 10,
        };
        assert_eq!(names.outcome(b"job.a.time"), changed("shop.job.time", "job:a"));
        assert_eq!(names.outcome(b"job.a.java"), changed("jvm.a", ""));
        assert_eq!(names.outcome(b"page.views"), changed("shop.page.views", ""));
        assert_eq!(names.outcome(b"jvm.heap"), Outcome::Same);
        assert_eq!(names.outcome(b"secret"), Outcome::Dropped);
        assert_eq!(names.outcome(b"secret2"), changed("shop.secret2", ""));
        let shared = Shared(Arc::new(names));
        assert!(!shared.shows(b"shop.job.time", Aggregate::Max) && shared.shows(b"shop.job.time", Aggregate::Min));
    }
}
