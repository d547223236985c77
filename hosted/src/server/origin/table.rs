//! A tagger that is a table.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use basenji_core::wire::Cardinality;

use super::tagger::{Entity, Tagger};

/// The tags of containers and pods, by cardinality.
///
/// # Example
///
/// ```
/// use basenji::core::wire::Cardinality;
/// use basenji::server::{Entity, TagTable};
///
/// let mut table = TagTable::default();
/// table.insert(Entity::Container(b"3f2a"), Cardinality::Low, "kube_namespace:shop");
/// table.insert(Entity::Container(b"3f2a"), Cardinality::High, "container_id:3f2a");
/// let mut low = Vec::new();
/// assert!(table.tags(Entity::Container(b"3f2a"), Cardinality::Low, &mut |tag| low.push(tag.to_vec())));
/// assert_eq!(low, [b"kube_namespace:shop"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagTable {
    containers: HashMap<Box<[u8]>, Tags>,
    pods: HashMap<Box<[u8]>, Tags>,
    global: Tags,
    /// Container IDs by pod, name, and whether it is an init container.
    names: HashMap<Place, String>,
}

/// The uid of a pod, the name of a container in it, and whether that is an init container.
type Place = (Box<[u8]>, Box<[u8]>, bool);

/// Tags, each with its cardinality.
type Tags = Vec<(Cardinality, Box<[u8]>)>;

impl TagTable {
    /// Gives `entity` a tag. One that no line of the protocol can carry, since it is empty or has a comma, a `|` or a line
    /// end in it, is left out.
    pub fn insert(&mut self, entity: Entity<'_>, cardinality: Cardinality, tag: &str) {
        if !tag.is_empty() && !tag.contains([',', '|', '\n']) {
            self.known(entity).push((cardinality, tag.as_bytes().into()));
        }
    }

    /// Makes `entity` known, if it is not, without any tag.
    pub fn insert_entity(&mut self, entity: Entity<'_>) {
        self.known(entity);
    }

    /// Tells the ID of the container of this name in a pod.
    pub fn name_container(&mut self, pod_uid: &str, name: &str, init: bool, id: &str) {
        self.names.insert((pod_uid.as_bytes().into(), name.as_bytes().into(), init), id.to_owned());
    }

    /// How many containers and pods it knows.
    pub fn len(&self) -> usize {
        self.containers.len() + self.pods.len()
    }

    /// Whether it knows no container and no pod.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As [`Tagger::tags`].
    pub fn tags(&self, entity: Entity<'_>, cardinality: Cardinality, each: &mut dyn FnMut(&[u8])) -> bool {
        let tags = match entity {
            Entity::Container(id) => self.containers.get(id),
            Entity::Pod(uid) => self.pods.get(uid),
            Entity::Global => Some(&self.global),
        };
        let Some(tags) = tags else { return false };
        tags.iter().filter(|(at, _)| *at <= cardinality).for_each(|(_, tag)| each(tag));
        true
    }

    fn known(&mut self, entity: Entity<'_>) -> &mut Tags {
        match entity {
            Entity::Container(id) => self.containers.entry(id.into()).or_default(),
            Entity::Pod(uid) => self.pods.entry(uid.into()).or_default(),
            Entity::Global => &mut self.global,
        }
    }
}

/// A table that is replaced while a server reads it; clones are the same table.
#[derive(Debug, Clone, Default)]
pub struct SharedTags(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    table: RwLock<Arc<TagTable>>,
    version: AtomicU64,
}

impl SharedTags {
    /// Replaces the table; returns whether it is another one than before.
    pub fn replace(&self, table: TagTable) -> bool {
        if *self.table() == table {
            return false;
        }
        *self.0.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
        self.0.version.fetch_add(1, Ordering::Release);
        true
    }

    /// The present table.
    pub fn table(&self) -> Arc<TagTable> {
        Arc::clone(&self.0.table.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tagger for SharedTags {
    fn tags(&self, entity: Entity<'_>, cardinality: Cardinality, each: &mut dyn FnMut(&[u8])) -> bool {
        self.table().tags(entity, cardinality, each)
    }

    fn container(&self, pod_uid: &[u8], name: &[u8], init: bool) -> Option<String> {
        self.table().names.get(&(pod_uid.into(), name.into(), init)).cloned()
    }

    fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cardinality_brings_the_tags_of_the_lower_ones() {
        let mut table = TagTable::default();
        for (cardinality, tag) in
            [(Cardinality::High, "h:1"), (Cardinality::Low, "l:1"), (Cardinality::Orchestrator, "o:1")]
        {
            table.insert(Entity::Pod(b"p"), cardinality, tag);
        }
        for (cardinality, expected) in [
            (Cardinality::None, &[][..]),
            (Cardinality::Low, &["l:1"]),
            (Cardinality::Orchestrator, &["l:1", "o:1"]),
            (Cardinality::High, &["h:1", "l:1", "o:1"]),
        ] {
            let mut tags = Vec::new();
            assert!(table.tags(Entity::Pod(b"p"), cardinality, &mut |tag| {
                tags.push(String::from_utf8(tag.to_vec()).unwrap())
            }));
            assert_eq!(tags, expected);
        }
        assert!(!table.tags(Entity::Container(b"p"), Cardinality::High, &mut |_| panic!("there are none")));
    }

    #[test]
    fn a_tag_that_no_line_can_carry_is_left_out() {
        let mut table = TagTable::default();
        for tag in ["a,b", "a|b", "a\nb", ""] {
            table.insert(Entity::Global, Cardinality::Low, tag);
        }
        assert!(table.tags(Entity::Global, Cardinality::High, &mut |_| panic!("there are none")));
    }

    #[test]
    fn a_new_table_has_a_new_version_and_an_equal_one_has_not() {
        let tags = SharedTags::default();
        let mut table = TagTable::default();
        assert!(!tags.replace(table.clone()));
        table.name_container("p", "web", false, "c1");
        let before = tags.version();
        assert!(tags.replace(table.clone()));
        assert_ne!(tags.version(), before);
        assert!(!tags.replace(table));
        assert_eq!(tags.container(b"p", b"web", false).as_deref(), Some("c1"));
        assert_eq!(tags.container(b"p", b"web", true), None);
    }
}
