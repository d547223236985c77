//! Where the tags of containers and pods come from.

use basenji_core::wire::Cardinality;

/// What can have tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity<'a> {
    /// A container, by its ID.
    Container(&'a [u8]),
    /// A pod, by its uid.
    Pod(&'a [u8]),
    /// Everything: all messages that do not opt out get its tags.
    Global,
}

/// Turns containers and pods into tags.
///
/// A worker asks it while datagrams wait, so it must answer from memory. The worker asks again for the same entity only when
/// [`Tagger::version`] has changed, or after a minute.
pub trait Tagger: Send + Sync {
    /// Calls `each` with every tag of `entity` whose cardinality is at most this one; false if it does not know it.
    fn tags(&self, entity: Entity<'_>, cardinality: Cardinality, each: &mut dyn FnMut(&[u8])) -> bool;

    /// The ID of the container of this name in a pod, among its init containers or among the others.
    fn container(&self, pod_uid: &[u8], name: &[u8], init: bool) -> Option<String> {
        let _ = (pod_uid, name, init);
        None
    }

    /// A number that changes with what it knows.
    fn version(&self) -> u64 {
        0
    }
}
