//! The tags and origin fields of the sender, the same as those of the library's client by default.

use std::path::Path;

use basenji::client::{Environment, container_id};
use basenji::core::client::Identity;
use basenji::core::wire::{Cardinality, OriginFields, Tags};

/// The tags and origin fields of this process.
pub(super) struct Sender {
    tags: Vec<String>,
    local_data: Option<String>,
    external_data: Option<String>,
    cardinality: Option<Cardinality>,
}

impl Sender {
    /// As the environment and, unless that says no, the container have it.
    pub(super) fn new(environment: &Environment) -> Sender {
        let detects = environment.origin_detection != Some(false);
        // A pod's UID says more than the container's id.
        let names_container = detects && environment.entity_id.is_none();
        Sender {
            tags: environment.global_tags(),
            local_data: if names_container { container_id(Path::new("/")) } else { None },
            external_data: environment.external_data.clone().filter(|_| detects),
            cardinality: environment.cardinality,
        }
    }

    /// Calls `write` with all of it.
    pub(super) fn with<T>(&self, write: impl FnOnce(&Identity<'_>) -> T) -> T {
        let tags: Vec<&[u8]> = self.tags.iter().map(String::as_bytes).collect();
        let origin = OriginFields {
            local_data: self.local_data.as_deref().map(str::as_bytes),
            external_data: self.external_data.as_deref().map(str::as_bytes),
            cardinality: self.cardinality.map(|level| level.name().as_bytes()),
        };
        write(&Identity { tags: Tags::List(&tags), origin, ..Identity::NONE })
    }
}
