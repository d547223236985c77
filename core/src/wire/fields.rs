//! The origin fields that every message kind can carry: local data `c:` (v1.2, v1.4), external data `e:` (v1.5) and
//! cardinality `card:` (v1.6).
//!
//! A message keeps their raw text; the parts are parsed when somebody asks. Nothing here is ever an error: what is not
//! understood is passed over, as the Agent does.

use super::grammar::{fields, non_empty};
use super::writer::{Part, WriteError, Writer};

/// The raw text of the origin fields; an empty field counts as absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct OriginFields<'a> {
    /// `c:`, parsed by [`LocalData::parse`].
    pub local_data: Option<&'a [u8]>,
    /// `e:`, parsed by [`ExternalData::parse`].
    pub external_data: Option<&'a [u8]>,
    /// `card:`, parsed by [`Cardinality::parse`].
    pub cardinality: Option<&'a [u8]>,
}

impl<'a> OriginFields<'a> {
    /// No origin field at all.
    pub const NONE: OriginFields<'static> = OriginFields { local_data: None, external_data: None, cardinality: None };

    /// Takes `field` if it is an origin field, replacing an earlier one.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn accept(&mut self, field: &'a [u8]) {
        match field {
            [b'c', b':', text @ ..] => self.local_data = non_empty(text),
            [b'e', b':', text @ ..] => self.external_data = non_empty(text),
            [b'c', b'a', b'r', b'd', b':', text @ ..] => self.cardinality = non_empty(text),
            _ => {}
        }
    }

    /// The fields in `text`, which holds them separated by `|`.
    pub(crate) fn from_fields(text: &'a [u8]) -> Self {
        let mut origin = OriginFields::NONE;
        for field in fields(text) {
            origin.accept(field);
        }
        origin
    }

    /// The texts with their keys, in the order in which they are written.
    pub(crate) fn keyed(&self) -> [(&'static [u8], Option<&'a [u8]>); 3] {
        [(b"c:", self.local_data), (b"e:", self.external_data), (b"card:", self.cardinality)]
    }

    /// Appends `|c:..|e:..|card:..`.
    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        for (key, text) in self.keyed() {
            if let Some(text) = text.and_then(non_empty) {
                writer.raw(b"|")?;
                writer.raw(key)?;
                writer.text(Part::Origin, text, b"|\n")?;
            }
        }
        Ok(())
    }
}

/// Who sent a message, by its own word (`c:`).
///
/// A comma makes it a list of `ci-<container id>` and `in-<cgroup inode>`, where other items are passed over. Without a comma
/// it is one of those, or `cid-<container id>` (old APM clients), or a bare container id (v1.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct LocalData<'a> {
    /// The container id, without its prefix.
    pub container_id: Option<&'a [u8]>,
    /// The inode of the container's cgroup.
    pub inode: Option<u64>,
}

impl<'a> LocalData<'a> {
    /// Parses the text after `c:`. A bad inode is passed over.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::LocalData;
    ///
    /// let data = LocalData::parse(b"ci-83c0a3,in-4026");
    /// assert_eq!((data.container_id, data.inode), (Some(&b"83c0a3"[..]), Some(4026)));
    /// ```
    pub fn parse(text: &'a [u8]) -> Self {
        let mut data = LocalData::default();
        if text.contains(&b',') {
            for item in text.split(|&byte| byte == b',') {
                data.accept(item);
            }
        } else if let Some(id) = text.strip_prefix(b"cid-") {
            data.container_id = non_empty(id);
        } else if !data.accept(text) {
            data.container_id = non_empty(text);
        }
        data
    }

    fn accept(&mut self, item: &'a [u8]) -> bool {
        if let Some(id) = item.strip_prefix(b"ci-") {
            self.container_id = non_empty(id);
        } else if let Some(inode) = item.strip_prefix(b"in-") {
            self.inode = unsigned(inode).or(self.inode);
        } else {
            return false;
        }
        true
    }
}

/// Decimal digits that fit 64 bits, without a sign.
fn unsigned(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0'))),
        _ => None,
    })
}

/// Who sent a message, by the word of the cluster's admission controller (`e:`): a comma list, unknown items passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ExternalData<'a> {
    /// `it-`: whether the sender is an init container.
    pub init_container: bool,
    /// `cn-`: the container's name.
    pub container_name: Option<&'a [u8]>,
    /// `pu-`: the pod's uid.
    pub pod_uid: Option<&'a [u8]>,
}

impl<'a> ExternalData<'a> {
    /// Parses the text after `e:`. A bad `it-` is passed over.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::ExternalData;
    ///
    /// let data = ExternalData::parse(b"it-false,cn-nginx,pu-8f0b6b1c");
    /// assert!(!data.init_container);
    /// assert_eq!((data.container_name, data.pod_uid), (Some(&b"nginx"[..]), Some(&b"8f0b6b1c"[..])));
    /// ```
    pub fn parse(text: &'a [u8]) -> Self {
        let mut data = ExternalData::default();
        for item in text.split(|&byte| byte == b',') {
            if let Some(name) = item.strip_prefix(b"cn-") {
                data.container_name = non_empty(name);
            } else if let Some(uid) = item.strip_prefix(b"pu-") {
                data.pod_uid = non_empty(uid);
            } else if let Some(init) = item.strip_prefix(b"it-") {
                // The words of Go's strconv.ParseBool.
                match init {
                    b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True" => data.init_container = true,
                    b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False" => data.init_container = false,
                    _ => {}
                }
            }
        }
        data
    }
}

/// How many tags an origin may add (`card:`), from none to one set a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cardinality {
    /// No tags from the origin at all.
    None,
    /// Tags of few values, such as the namespace.
    Low,
    /// Also tags of the orchestrator, such as the pod's name.
    Orchestrator,
    /// Also tags of each container.
    High,
}

impl Cardinality {
    /// Parses the text after `card:`, in any case; `None` for an unknown word, where the server's default holds.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::wire::Cardinality;
    ///
    /// assert_eq!(Cardinality::parse(b"HIGH"), Some(Cardinality::High));
    /// assert_eq!(Cardinality::parse(b"much"), None);
    /// ```
    pub fn parse(text: &[u8]) -> Option<Self> {
        [
            (&b"none"[..], Cardinality::None),
            (b"low", Cardinality::Low),
            (b"orchestrator", Cardinality::Orchestrator),
            (b"orch", Cardinality::Orchestrator),
            (b"high", Cardinality::High),
        ]
        .into_iter()
        .find(|(word, _)| text.eq_ignore_ascii_case(word))
        .map(|(_, cardinality)| cardinality)
    }

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Cardinality::None => "none",
            Cardinality::Low => "low",
            Cardinality::Orchestrator => "orchestrator",
            Cardinality::High => "high",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &[u8]) -> (Option<&[u8]>, Option<u64>) {
        let data = LocalData::parse(text);
        (data.container_id, data.inode)
    }

    #[test]
    fn local_data_is_a_list_or_one_item_or_a_bare_id() {
        assert_eq!(local(b"ci-abc,in-42"), (Some(&b"abc"[..]), Some(42)));
        assert_eq!(local(b"in-42,ci-abc"), (Some(&b"abc"[..]), Some(42)));
        assert_eq!(local(b"cid-abc,in-42"), (None, Some(42)));
        assert_eq!(local(b"abc,def"), (None, None));
        assert_eq!(local(b"ci-abc"), (Some(&b"abc"[..]), None));
        assert_eq!(local(b"in-42"), (None, Some(42)));
        assert_eq!(local(b"cid-abc"), (Some(&b"abc"[..]), None));
        assert_eq!(local(b"abc"), (Some(&b"abc"[..]), None));
        assert_eq!(local(b""), (None, None));
    }

    #[test]
    fn a_bad_inode_is_passed_over() {
        assert_eq!(local(b"ci-abc,in-x"), (Some(&b"abc"[..]), None));
        assert_eq!(local(b"in--1"), (None, None));
        assert_eq!(local(b"in-18446744073709551616"), (None, None));
        assert_eq!(local(b"in-18446744073709551615"), (None, Some(u64::MAX)));
    }

    #[test]
    fn external_data_passes_over_what_it_does_not_know() {
        let data = ExternalData::parse(b"it-maybe,xx-1,cn-web,pu-810f,it-true");
        assert!(data.init_container);
        assert_eq!((data.container_name, data.pod_uid), (Some(&b"web"[..]), Some(&b"810f"[..])));
        assert_eq!(ExternalData::parse(b""), ExternalData::default());
    }

    #[test]
    fn cardinality_is_read_in_any_case() {
        assert_eq!(Cardinality::parse(b"HiGh"), Some(Cardinality::High));
        assert_eq!(Cardinality::parse(b"orch"), Some(Cardinality::Orchestrator));
        assert_eq!(Cardinality::parse(b""), None);
        assert_eq!(Cardinality::parse(b"highest"), None);
    }
}
