//! The settings of origin detection. [`ORIGIN`](crate::settings::ORIGIN) has their defaults, which are the Agent's.

use std::path::PathBuf;

use basenji_core::wire::Cardinality;

use crate::settings::server as table;

/// How the origin of a message is worked out once there is a [`Tagger`](super::Tagger).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OriginSettings {
    /// Whether the fields `c:`, `e:` and `card:` count (`dogstatsd_origin_detection_client`). The tags
    /// `dd.internal.entity_id` and `dd.internal.card` always do.
    pub client: bool,
    /// Whether the first of all origins that is known gives the tags, instead of the socket's and the message's own
    /// together (`origin_detection_unified`).
    pub unified: bool,
    /// Whether a message whose cardinality is `none` gets no tags at all
    /// (`dogstatsd_origin_optout_enabled`).
    pub opt_out: bool,
    /// Whether an entity id in the message keeps the socket's container out
    /// (`dogstatsd_entity_id_precedence`).
    pub entity_id_precedence: bool,
    /// The cardinality of messages that do not say theirs (`dogstatsd_tag_cardinality`).
    pub cardinality: Cardinality,
    /// Where `/proc` of the host is (`container_proc_root`).
    pub proc_root: PathBuf,
    /// Where `/sys/fs/cgroup` of the host is (`container_cgroup_root`).
    pub cgroup_root: PathBuf,
}

impl Default for OriginSettings {
    fn default() -> Self {
        OriginSettings {
            client: table::CLIENT.is_on(),
            unified: table::UNIFIED.is_on(),
            opt_out: table::OPT_OUT.is_on(),
            entity_id_precedence: table::ENTITY_ID_PRECEDENCE.is_on(),
            cardinality: Cardinality::parse(table::TAG_CARDINALITY.text().as_bytes()).unwrap_or(Cardinality::Low),
            proc_root: table::PROC_ROOT.text().into(),
            cgroup_root: table::CGROUP_ROOT.text().into(),
        }
    }
}
