//! The contexts that an aggregator knows, to read.

use super::Aggregator;
use super::storage::Storage;
use crate::wire::{MetricKind, OriginFields, Tags};

/// What makes a series, borrowed from the aggregator.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The name of the metric.
    pub name: &'a [u8],
    /// The host; empty for none.
    pub host: &'a [u8],
    /// The type.
    pub kind: MetricKind,
    /// The tags, each once, in the order in which they were first seen.
    pub tags: Tags<'a>,
    /// The origin fields, where identity includes them.
    pub origin: OriginFields<'a>,
}

impl<S: Storage> Aggregator<S> {
    /// The known contexts, in no particular order.
    pub fn contexts(&self) -> impl Iterator<Item = Context<'_>> {
        self.contexts_from(0)
    }

    /// [`Aggregator::contexts`] without the first ones, for reading some at a time. If contexts are forgotten in between, later ones take their places.
    pub fn contexts_from(&self, first: usize) -> impl Iterator<Item = Context<'_>> {
        let view = self.storage.view();
        let known = view.entries.get(..self.table.len as usize).unwrap_or_default();
        known.get(first..).unwrap_or_default().iter().map(move |entry| {
            let stored = entry.key(view.text);
            Context {
                name: stored.name,
                host: stored.host,
                kind: entry.kind,
                tags: stored.tags(),
                origin: stored.origin(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Aggregator, Settings, Source, StaticStorage};
    use crate::Time;
    use crate::wire::Metric;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn contexts_are_known_until_they_expire() {
        let mut aggregator = Aggregator::new(StaticStorage::<8, 512, 64>::new(), Settings::default());
        let names = |aggregator: &Aggregator<StaticStorage<8, 512, 64>>| {
            let line = |context: super::Context<'_>| {
                let tags: Vec<_> = context.tags.iter().map(String::from_utf8_lossy).collect();
                std::format!("{}/{}#{}", String::from_utf8_lossy(context.name), context.kind.code(), tags.join(","))
            };
            aggregator.contexts().map(line).collect::<Vec<_>>()
        };
        for line in ["a:1|c|#x,y", "a:1|c|#y,x", "a:1|g", "b:1|g"] {
            let metric = Metric::parse(line.as_bytes()).expect("it is one");
            aggregator.record(&metric, &Source::default(), Time::from_secs(10)).expect("there is room");
        }
        assert_eq!(names(&aggregator), ["a/c#x,y", "a/g#", "b/g#"]);
        assert!(aggregator.flush(Time::from_secs(100)).count() > 0);
        assert!(aggregator.flush(Time::from_secs(110)).count() > 0);
        assert_eq!(names(&aggregator), ["a/c#x,y"], "gauges are forgotten before counters");
    }
}
