//! What the daemon does to names, in the Agent's order: mapper profiles, then the namespace, then the filter list.
//!
//! All three depend on nothing but the name, so a worker works each name out once and remembers the outcome, in bounded
//! memory. Without any of the three nothing of this is called.

mod editor;
mod filter;
mod go;
mod looks;
mod mapper;
mod namespace;
mod options;
mod outcome;

use std::sync::Arc;

use basenji::core::aggregate::Aggregate;
use basenji::server::{Editor, Rules};

pub(crate) use filter::Filter;
pub(crate) use looks::Looks;
pub(crate) use mapper::{Mapping, MatchType, Profile};
pub(crate) use namespace::{EXEMPT, Namespace};
pub(crate) use options::{Look, Observed, Options, Winner};
pub(crate) use outcome::Names;

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
    use super::options::Edit;
    use super::outcome::Outcome;
    use super::*;
    use basenji::core::wire::MetricKind;

    fn changed(name: &str, tags: &str) -> Outcome {
        Outcome::Changed { name: name.as_bytes().into(), tags: tags.as_bytes().into(), edit: Edit::NONE }
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
        assert_eq!(names.outcome(b"job.a.time", MetricKind::Count), changed("shop.job.time", "job:a"));
        assert_eq!(names.outcome(b"job.a.java", MetricKind::Count), changed("jvm.a", ""));
        assert_eq!(names.outcome(b"page.views", MetricKind::Count), changed("shop.page.views", ""));
        assert_eq!(names.outcome(b"jvm.heap", MetricKind::Count), Outcome::Same);
        assert_eq!(names.outcome(b"secret", MetricKind::Count), Outcome::Dropped);
        assert_eq!(names.outcome(b"secret2", MetricKind::Count), changed("shop.secret2", ""));
        let shared = Shared(Arc::new(names));
        assert!(!shared.shows(b"shop.job.time", Aggregate::Max) && shared.shows(b"shop.job.time", Aggregate::Min));
    }
}
