//! Tags as attributes: those that say where a series comes from belong to its resource, the others to its points.

use basenji::core::wire::Tags;

use crate::encode::labels::{Labels, split as split_tag};
use crate::encode::pen::{FIELD, Pen};
use crate::encode::protobuf::Message;

/// Keys of tags, and the attributes of a resource that they are.
pub(super) const OF_RESOURCE: [(&[u8], &str); 16] = [
    (b"service", "service.name"),
    (b"env", "deployment.environment.name"),
    (b"version", "service.version"),
    (b"host", "host.name"),
    (b"container_id", "container.id"),
    (b"container_name", "container.name"),
    (b"image_name", "container.image.name"),
    (b"image_tag", "container.image.tags"),
    (b"kube_namespace", "k8s.namespace.name"),
    (b"pod_name", "k8s.pod.name"),
    (b"kube_deployment", "k8s.deployment.name"),
    (b"kube_node", "k8s.node.name"),
    (b"cluster_name", "k8s.cluster.name"),
    (b"kube_container_name", "k8s.container.name"),
    (b"region", "cloud.region"),
    (b"availability-zone", "cloud.availability_zone"),
];

/// The attribute of a resource that a tag of that key is.
pub(super) fn of_resource(key: &[u8]) -> Option<&'static str> {
    OF_RESOURCE.iter().find(|(own, _)| *own == key).map(|(_, name)| *name)
}

/// Whether a tag is an attribute of the resource: a key of [`OF_RESOURCE`] and a value. Asked of every tag of every series,
/// so that no tag is compared with more than a few keys.
#[inline]
pub(super) fn is_of_resource(tag: &[u8]) -> bool {
    let value = match tag.first() {
        Some(b's') => tag.strip_prefix(b"service:"),
        Some(b'e') => tag.strip_prefix(b"env:"),
        Some(b'v') => tag.strip_prefix(b"version:"),
        Some(b'h') => tag.strip_prefix(b"host:"),
        Some(b'c') => (tag.strip_prefix(b"container_id:"))
            .or_else(|| tag.strip_prefix(b"container_name:"))
            .or_else(|| tag.strip_prefix(b"cluster_name:")),
        Some(b'i') => tag.strip_prefix(b"image_name:").or_else(|| tag.strip_prefix(b"image_tag:")),
        Some(b'k') => (tag.strip_prefix(b"kube_namespace:"))
            .or_else(|| tag.strip_prefix(b"kube_deployment:"))
            .or_else(|| tag.strip_prefix(b"kube_node:"))
            .or_else(|| tag.strip_prefix(b"kube_container_name:")),
        Some(b'p') => tag.strip_prefix(b"pod_name:"),
        Some(b'r') => tag.strip_prefix(b"region:"),
        Some(b'a') => tag.strip_prefix(b"availability-zone:"),
        _ => None,
    };
    value.is_some_and(|value| !value.is_empty())
}

/// Which tags of a series belong to its resource, a bit each, and above these how many tags it has; known of series with up to
/// 24 of them. It has 29 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split(u32);

const TAGS: u32 = 24;

impl Split {
    /// Of nothing is known what it belongs to.
    pub(super) const UNKNOWN: Split = Split((1 << Split::BITS) - 1);

    pub(super) const BITS: u32 = TAGS + 5;

    /// All bits.
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    /// The one of these bits.
    pub(super) fn from_bits(bits: u32) -> Split {
        Split(bits & Split::UNKNOWN.0)
    }

    fn tags(self) -> usize {
        (self.0 >> TAGS) as usize
    }
}

/// Calls `each` with what a resource is known by, its host and tags, each in two parts. Returns which tags these are.
#[inline]
fn walk(host: &[u8], tags: Tags<'_>, mut each: impl FnMut(&[u8], &[u8])) -> Split {
    if !host.is_empty() {
        each(b"host:", host);
    }
    let (mut of_resource, mut count) = (0_u32, 0_u32);
    tags.iter().for_each(|tag| {
        if is_of_resource(tag) {
            of_resource |= 1_u32.checked_shl(count).unwrap_or(0);
            each(b"", tag);
        }
        count = count.saturating_add(1);
    });
    match count {
        0..=TAGS => Split(count << TAGS | of_resource),
        _ => Split::UNKNOWN,
    }
}

/// Appends what a resource is known by: its host and tags, each behind its length. Returns which tags these are.
pub(super) fn append_key(host: &[u8], tags: Tags<'_>, key: &mut Vec<u8>) -> Split {
    walk(host, tags, |first, second| {
        key.extend_from_slice(&((first.len() + second.len()) as u32).to_le_bytes());
        key.extend_from_slice(first);
        key.extend_from_slice(second);
    })
}

/// Whether that is what [`append_key`] appends, and what it returns.
#[inline]
pub(super) fn has_key(host: &[u8], tags: Tags<'_>, key: &[u8]) -> (bool, Split) {
    let (mut rest, mut is_same) = (key, true);
    let split = walk(host, tags, |first, second| {
        let after = rest.strip_prefix(&((first.len() + second.len()) as u32).to_le_bytes());
        let after = after.and_then(|after| after.strip_prefix(first)).and_then(|after| after.strip_prefix(second));
        is_same &= after.is_some();
        rest = after.unwrap_or_default();
    });
    (is_same && rest.is_empty(), split)
}

/// Writes the attributes of the resource of that key, and then `more`, names and values that hold where it has none.
pub(super) fn write_resource(message: &mut Message<'_>, key: &[u8], more: &[(String, String)], labels: &mut Labels) {
    let mut rest = key;
    let tags = std::iter::from_fn(|| {
        let (len, after) = rest.split_first_chunk()?;
        let (tag, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        rest = after;
        Some(tag)
    });
    labels.fill_attributes(tags);
    let name = |key| of_resource(key).unwrap_or_default();
    for (key, value) in labels.iter() {
        attribute(message, 1, name(key).as_bytes(), value);
    }
    for (key, value) in more {
        if labels.iter().all(|(own, _)| name(own) != key) {
            attribute(message, 1, key.as_bytes(), value.as_bytes());
        }
    }
}

/// Writes the tags that belong to a point.
pub(super) fn write_point(message: &mut Message<'_>, field: u8, tags: Tags<'_>, labels: &mut Labels) {
    fill(labels, tags);
    message.pen(most_of_labels(labels), |pen| write_labels(pen, field, labels));
}

/// Makes labels of the tags that belong to a point.
pub(super) fn fill(labels: &mut Labels, tags: Tags<'_>) {
    labels.fill_attributes(tags.iter().filter(|tag| !is_of_resource(tag)));
}

/// Bytes that they take at most as attributes.
pub(super) fn most_of_labels(labels: &Labels) -> usize {
    // Labels are UTF-8.
    labels.text().len() + labels.iter().len() * 4 * FIELD
}

pub(super) fn write_labels(pen: &mut Pen<'_>, field: u8, labels: &Labels) {
    labels.iter().for_each(|(key, value)| pen.attribute(field, key, value));
}

/// Bytes that tags take at most as attributes, if they may be attributes as they are; [`write_tags`] says whether.
#[inline]
pub(super) fn most_of_tags(tags: Tags<'_>, split: Split) -> Option<usize> {
    match tags {
        Tags::Text(text) if split != Split::UNKNOWN && text.is_ascii() => Some(text.len() + split.tags() * 4 * FIELD),
        _ => None,
    }
}

/// Writes the tags that belong to a point as they are: ASCII. False if they are not in the order of their keys, each once.
#[inline]
pub(super) fn write_tags(pen: &mut Pen<'_>, field: u8, tags: Tags<'_>, split: Split) -> bool {
    let (mut left, mut before, mut is_sorted) = (split.bits(), &b""[..], true);
    tags.iter().for_each(|tag| {
        if left & 1 == 0 {
            let (key, value) = split_tag(tag).unwrap_or((tag, b""));
            is_sorted &= before < key;
            before = key;
            pen.attribute(field, key, value);
        }
        left >>= 1;
    });
    is_sorted
}

/// Writes a key and a text.
pub(super) fn attribute(message: &mut Message<'_>, field: u32, key: &[u8], value: &[u8]) {
    message.message(field, |pair| {
        pair.text(1, key);
        pair.message(2, |any| any.text(1, value));
    });
}
