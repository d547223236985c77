//! Where the tags of containers and pods come from: a file, the kubelet of this node, or both.

mod file;
mod kubelet;
mod watch;

use basenji::core::wire::Cardinality;
use basenji::server::{Entity, SharedTags, Tagger};

use crate::config::Settings;
use crate::failure::Failure;

/// Several taggers as one.
#[derive(Debug)]
pub(crate) struct Taggers(Vec<SharedTags>);

impl Taggers {
    /// Those that the settings name, kept up to date by threads of their own; none if they name none.
    ///
    /// # Errors
    ///
    /// The file cannot be read or is not as it should be. A kubelet that does not answer is logged.
    pub(crate) fn start(settings: &Settings) -> Result<Option<Taggers>, Failure> {
        let mut taggers = Vec::new();
        if let Some(path) = &*settings.tagger_file {
            taggers.push(file::follow(path)?);
        }
        if let Some(kubelet) = kubelet::Kubelet::new(settings) {
            taggers.push(kubelet.follow()?);
        }
        Ok(Some(taggers).filter(|taggers| !taggers.is_empty()).map(Taggers))
    }
}

impl Tagger for Taggers {
    fn tags(&self, entity: Entity<'_>, cardinality: Cardinality, each: &mut dyn FnMut(&[u8])) -> bool {
        // Every tagger is asked: each may have other tags of the same entity.
        self.0.iter().filter(|tagger| tagger.tags(entity, cardinality, each)).count() > 0
    }

    fn container(&self, pod_uid: &[u8], name: &[u8], init: bool) -> Option<String> {
        self.0.iter().find_map(|tagger| tagger.container(pod_uid, name, init))
    }

    fn version(&self) -> u64 {
        // Each only grows, and so does the sum.
        self.0.iter().map(Tagger::version).sum()
    }
}
