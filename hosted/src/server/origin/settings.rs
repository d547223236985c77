//! What origin detection can be told, with the Agent's defaults.

use std::path::PathBuf;

use basenji_core::wire::Cardinality;

/// How the origin of a message is worked out once there is a [`Tagger`](super::Tagger).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginSettings {
    /// Whether the fields `c:`, `e:` and `card:` count; false by default (`dogstatsd_origin_detection_client`). The tags
    /// `dd.internal.entity_id` and `dd.internal.card` always do.
    pub client: bool,
    /// Whether the first of all origins that is known gives the tags, instead of the socket's and the message's own
    /// together; false by default (`origin_detection_unified`).
    pub unified: bool,
    /// Whether a message whose cardinality is `none` gets no tags at all; true by default
    /// (`dogstatsd_origin_optout_enabled`).
    pub opt_out: bool,
    /// Whether an entity id in the message keeps the socket's container out; false by default
    /// (`dogstatsd_entity_id_precedence`).
    pub entity_id_precedence: bool,
    /// The cardinality of messages that do not say theirs; low by default (`dogstatsd_tag_cardinality`).
    pub cardinality: Cardinality,
    /// Where `/proc` of the host is (`container_proc_root`).
    pub proc_root: PathBuf,
    /// Where `/sys/fs/cgroup` of the host is (`container_cgroup_root`).
    pub cgroup_root: PathBuf,
}

impl Default for OriginSettings {
    fn default() -> Self {
        OriginSettings {
            client: false,
            unified: false,
            opt_out: true,
            entity_id_precedence: false,
            cardinality: Cardinality::Low,
            proc_root: "/proc".into(),
            cgroup_root: "/sys/fs/cgroup".into(),
        }
    }
}
