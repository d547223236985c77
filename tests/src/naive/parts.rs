//! What stands in `c:`, `e:` and `card:`.

use super::text::{Bytes, non_empty, split};

/// The parts of `c:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalData {
    /// The container id.
    pub container_id: Option<Bytes>,
    /// The inode of the cgroup.
    pub inode: Option<u64>,
}

impl LocalData {
    /// A list of `ci-` and `in-` if there is a comma; otherwise one of these, `cid-`, or a bare container id.
    pub fn parse(text: &[u8]) -> Self {
        let mut data = LocalData::default();
        let is_list = text.contains(&b',');
        for (_, item) in split(text, b',') {
            if let Some(id) = item.strip_prefix(b"ci-") {
                data.container_id = non_empty(id);
            } else if let Some(inode) = item.strip_prefix(b"in-") {
                if !inode.is_empty() && inode.iter().all(u8::is_ascii_digit) {
                    let inode = String::from_utf8_lossy(inode).parse().ok();
                    data.inode = inode.or(data.inode);
                }
            } else if is_list {
                continue;
            } else if let Some(id) = item.strip_prefix(b"cid-") {
                data.container_id = non_empty(id);
            } else {
                data.container_id = non_empty(item);
            }
        }
        data
    }
}

/// The parts of `e:`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExternalData {
    /// `it-`.
    pub init_container: bool,
    /// `cn-`.
    pub container_name: Option<Bytes>,
    /// `pu-`.
    pub pod_uid: Option<Bytes>,
}

impl ExternalData {
    /// A list in which unknown items and bad bools are passed over.
    pub fn parse(text: &[u8]) -> Self {
        let mut data = ExternalData::default();
        for (_, item) in split(text, b',') {
            match (item.get(..3), item.get(3..)) {
                (Some(b"it-"), Some(b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True")) => data.init_container = true,
                (Some(b"it-"), Some(b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False")) => {
                    data.init_container = false
                }
                (Some(b"cn-"), Some(name)) => data.container_name = non_empty(name),
                (Some(b"pu-"), Some(uid)) => data.pod_uid = non_empty(uid),
                _ => {}
            }
        }
        data
    }
}

/// The word of `card:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cardinality(
    /// `none`, `low`, `orchestrator` or `high`.
    pub String,
);

impl Cardinality {
    /// The word in lower case, if it is a known one.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let word = std::str::from_utf8(text).ok()?.to_ascii_lowercase();
        let word = if word == "orch" { "orchestrator".to_owned() } else { word };
        ["none", "low", "orchestrator", "high"].contains(&word.as_str()).then_some(Cardinality(word))
    }
}
