//! What becomes of a name.

use basenji::core::wire::MetricKind;

use super::filter::Filter;
use super::mapper::{self, Profile};
use super::namespace::Namespace;
use super::options::Edit;

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
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It stays as it is.
    Same,
    /// It is left out.
    Dropped,
    /// It gets another name, tags, joined by commas, and perhaps other values.
    Changed { name: Box<[u8]>, tags: Box<[u8]>, edit: Edit },
}

impl Names {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.namespace.is_empty() && self.filter.is_empty()
    }

    /// Whether a name has different outcomes for different types.
    pub(crate) fn depend_on_type(&self) -> bool {
        let mut mappings = self.profiles.iter().flat_map(|profile| &profile.mappings);
        mappings.any(|mapping| mapping.options.depends_on_type())
    }

    /// Whether no mapping changes values.
    pub(crate) fn keep_values(&self) -> bool {
        let mappings = self.profiles.iter().flat_map(|profile| &profile.mappings);
        let mut edits = mappings.flat_map(|mapping| MetricKind::ALL.map(|kind| mapping.options.edit(kind)));
        edits.all(|edit| edit.scale == 1.0)
    }

    /// Works out the name of a metric of this type.
    pub(crate) fn outcome(&self, name: &[u8], kind: MetricKind) -> Outcome {
        let mapped = mapper::map(&self.profiles, name, kind);
        let (mapped_name, tags, edit) = match &mapped {
            None => (name, &[][..], Edit::NONE),
            Some(mapped) if mapped.is_dropped => return Outcome::Dropped,
            Some(mapped) => (&mapped.name[..], &mapped.tags[..], mapped.edit),
        };
        // A mapping whose groups are empty may leave nothing.
        if mapped_name.is_empty() {
            return Outcome::Dropped;
        }
        let prefixed = self.namespace.prefixed(mapped_name);
        if self.filter.hits(prefixed.as_deref().unwrap_or(mapped_name)) {
            return Outcome::Dropped;
        }
        match (prefixed, &mapped) {
            (None, None) => Outcome::Same,
            (prefixed, _) => {
                let name = prefixed.unwrap_or_else(|| mapped_name.to_vec()).into();
                Outcome::Changed { name, tags: tags.into(), edit }
            }
        }
    }
}
