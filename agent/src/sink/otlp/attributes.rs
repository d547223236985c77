//! Tags as attributes: those that say where a series comes from belong to its resource, the others to its points.

use basenji::core::wire::Tags;

use crate::encode::labels::{Labels, split};
use crate::encode::pen::{self, FIELD};
use crate::encode::protobuf::Message;

/// The attribute of a resource that a tag of that key is.
pub(super) fn of_resource(key: &[u8]) -> Option<&'static str> {
    // Keys of other lengths are not looked at any further.
    if !(3..=19).contains(&key.len()) {
        return None;
    }
    Some(match key {
        b"service" => "service.name",
        b"env" => "deployment.environment.name",
        b"version" => "service.version",
        b"host" => "host.name",
        b"container_id" => "container.id",
        b"container_name" => "container.name",
        b"image_name" => "container.image.name",
        b"image_tag" => "container.image.tags",
        b"kube_namespace" => "k8s.namespace.name",
        b"pod_name" => "k8s.pod.name",
        b"kube_deployment" => "k8s.deployment.name",
        b"kube_node" => "k8s.node.name",
        b"cluster_name" => "k8s.cluster.name",
        b"kube_container_name" => "k8s.container.name",
        b"region" => "cloud.region",
        b"availability-zone" => "cloud.availability_zone",
        _ => return None,
    })
}

/// Whether a tag is an attribute of the resource.
fn is_of_resource(tag: &[u8]) -> bool {
    split(tag).is_some_and(|(key, value)| !value.is_empty() && of_resource(key).is_some())
}

/// Which tags of a series belong to its resource, and how many tags it has; known of series with up to 32 of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Split {
    of_resource: u32,
    tags: u8,
}

impl Split {
    /// Of nothing is known what it belongs to.
    pub(super) const UNKNOWN: Split = Split { of_resource: 0, tags: u8::MAX };
}

/// Appends what a resource is known by: its host and tags, each behind its length. Returns which tags these are.
pub(super) fn append_key(host: &[u8], tags: Tags<'_>, key: &mut Vec<u8>) -> Split {
    if !host.is_empty() {
        push(&[b"host:", host], key);
    }
    let (mut of_resource, mut count) = (0_u64, 0_u32);
    tags.iter().for_each(|tag| {
        if is_of_resource(tag) {
            of_resource |= 1_u64.checked_shl(count).unwrap_or(0);
            push(&[tag], key);
        }
        count = count.saturating_add(1);
    });
    match count {
        0..=32 => Split { of_resource: of_resource as u32, tags: count as u8 },
        _ => Split::UNKNOWN,
    }
}

#[inline]
fn push(parts: &[&[u8]], key: &mut Vec<u8>) {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    pen::append(key, 4 + len, |pen| {
        pen.fixed((len as u32).to_le_bytes());
        parts.iter().for_each(|part| pen.raw(part));
    });
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
pub(super) fn write_point(message: &mut Message<'_>, field: u8, tags: Tags<'_>, split: Split, labels: &mut Labels) {
    if split != Split::UNKNOWN && try_write(message, field, tags, split) {
        return;
    }
    labels.fill_attributes(tags.iter().filter(|tag| !is_of_resource(tag)));
    // Labels are UTF-8.
    let most = labels.text().len() + labels.iter().len() * 4 * FIELD;
    message.pen(most, |pen| labels.iter().for_each(|(key, value)| pen.attribute(field, key, value)));
}

/// Writes tags that are attributes as they are: ASCII, in the order of their keys, each once. False if they are not, and
/// then nothing is written.
#[inline]
fn try_write(message: &mut Message<'_>, field: u8, tags: Tags<'_>, of: Split) -> bool {
    let Tags::Text(text) = tags else { return false };
    if !text.is_ascii() {
        return false;
    }
    let start = message.len();
    let (mut left, mut before, mut is_sorted) = (of.of_resource, &b""[..], true);
    message.pen(text.len() + usize::from(of.tags) * 4 * FIELD, |pen| {
        tags.iter().for_each(|tag| {
            if left & 1 == 0 {
                let (key, value) = split(tag).unwrap_or((tag, b""));
                is_sorted &= before < key;
                before = key;
                pen.attribute(field, key, value);
            }
            left >>= 1;
        });
    });
    if !is_sorted {
        message.truncate(start);
    }
    is_sorted
}

/// Writes a key and a text.
pub(super) fn attribute(message: &mut Message<'_>, field: u32, key: &[u8], value: &[u8]) {
    message.message(field, |pair| {
        pair.text(1, key);
        pair.message(2, |any| any.text(1, value));
    });
}
