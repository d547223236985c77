//! Finding a metric's context in the table, and making it.

use super::Source;
use super::aggregator::Aggregator;
use super::settings::Keep;
use super::storage::Storage;
use super::table::{self, Key, Search};
use super::tagset::TagSource;
use crate::Full;
use crate::wire::{Metric, OriginFields, Tags, Values};

impl<S: Storage> Aggregator<S> {
    #[inline(always)]
    pub(super) fn tag_source<'k>(&self, own: Tags<'k>, added: Tags<'k>) -> TagSource<'k> {
        TagSource { own, added, special: self.settings.keep == Keep::Series }
    }

    #[inline(always)]
    fn key<'k>(&self, metric: &Metric<'k>, source: &Source<'k>) -> Key<'k> {
        Key {
            kind: metric.kind,
            name: metric.name,
            host: source.host,
            tags: self.tag_source(metric.tags, source.tags),
            origin: if self.settings.key_by_origin { metric.origin } else { OriginFields::NONE },
            member: match (self.settings.keep, metric.values) {
                (Keep::Samples { .. }, Values::Member(member)) => member,
                _ => &[],
            },
        }
    }

    /// The entry of a metric's context, which is made if there is none.
    #[inline(always)]
    pub(super) fn locate_metric(&mut self, metric: &Metric<'_>, source: &Source<'_>) -> Result<u32, Full> {
        let key = self.key(metric, source);
        if let Some(tags) = key.plain_tags() {
            let exact_hash = table::plain_hash(self.settings.seed, key.kind, key.name, tags);
            if let Some(found) = self.table.find_plain(&self.storage.parts(), key.kind, key.name, tags, exact_hash) {
                return Ok(found);
            }
        }
        // The key is built anew, so that the one above stays in registers.
        self.locate(&self.key(metric, source))
    }

    /// The entry of `key`, which is made if there is none.
    #[inline(never)]
    pub(super) fn locate(&mut self, key: &Key<'_>) -> Result<u32, Full> {
        let exact_hash = table::exact_hash(self.settings.seed, key);
        if let Some(found) = self.table.find(&self.storage.parts(), key, exact_hash) {
            return Ok(found);
        }
        let mut admitted = !S::GATED;
        loop {
            let seed = self.settings.seed;
            let result = match self.table.find_or_insert(&mut self.storage.parts(), key, exact_hash, seed, admitted) {
                Ok(Search::Found(index)) => Ok(index),
                Ok(Search::New(identity)) => match self.storage.admit(&identity) {
                    Ok(()) => {
                        admitted = true;
                        continue;
                    }
                    Err(full) => {
                        self.stats.refused_contexts = self.stats.refused_contexts.wrapping_add(1);
                        return Err(full);
                    }
                },
                Err(full) => Err(full),
            };
            match result {
                Err(full) if self.storage.grow(full) => {
                    // Only the table has heads to which the entries have to be linked anew.
                    if full == Full::Contexts {
                        self.table.reindex(&mut self.storage.parts());
                    }
                }
                result => {
                    self.stats.refused_contexts = self.stats.refused_contexts.wrapping_add(result.is_err().into());
                    return result;
                }
            }
        }
    }
}
