//! What a mapping may say beside name and tags, in words of our own: which metrics it is for, what becomes of their
//! values, and how a page for Prometheus shows them.

use basenji::core::wire::MetricKind;

/// Further keys of a mapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Options {
    /// The types that it is for; empty for all.
    pub(crate) types: Vec<MetricKind>,
    /// Whether what it matches is left out.
    pub(crate) drop: bool,
    /// What values are multiplied by.
    pub(crate) scale: Option<f64>,
    /// Whether timings, which are milliseconds, become seconds.
    pub(crate) seconds: bool,
    /// Whose tag it is that stays where message and mapping have tags of one key.
    pub(crate) tag_conflicts: Winner,
    /// What timings, histograms and distributions are shown as; they are all distributions then.
    pub(crate) observe_as: Option<Observed>,
    pub(crate) look: Look,
}

/// How a page for Prometheus shows a name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Look {
    /// Upper bounds of buckets.
    pub(crate) buckets: Option<Vec<f64>>,
    /// Quantiles of a summary, from 0 to 1.
    pub(crate) quantiles: Option<Vec<f64>>,
    /// Seconds after which a silent series leaves.
    pub(crate) ttl: Option<u64>,
    pub(crate) help: Option<String>,
    /// The same as in the mapping.
    pub(crate) observe_as: Option<Observed>,
}

/// Of two tags with one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Winner {
    /// Both stay, as in the Agent.
    #[default]
    Both,
    Message,
    Mapping,
}

/// What a distribution is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Observed {
    Native,
    Buckets,
    Summary,
}

/// What becomes of the values and tags of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edit {
    pub(crate) scale: f64,
    pub(crate) is_distribution: bool,
    pub(crate) tag_conflicts: Winner,
}

impl Edit {
    /// Nothing.
    pub(crate) const NONE: Edit = Edit { scale: 1.0, is_distribution: false, tag_conflicts: Winner::Both };
}

impl Options {
    /// Whether the mapping is for metrics of this type.
    pub(crate) fn is_for(&self, kind: MetricKind) -> bool {
        self.types.is_empty() || self.types.contains(&kind)
    }

    /// Whether the outcome depends on the type.
    pub(crate) fn depends_on_type(&self) -> bool {
        !self.types.is_empty() || self.seconds || self.observe_as.is_some()
    }

    /// What becomes of a metric of this type.
    pub(crate) fn edit(&self, kind: MetricKind) -> Edit {
        let seconds = if self.seconds && kind == MetricKind::Timing { 1e-3 } else { 1.0 };
        Edit {
            scale: self.scale.unwrap_or(1.0) * seconds,
            is_distribution: self.observe_as.is_some() && kind.has_samples(),
            tag_conflicts: self.tag_conflicts,
        }
    }
}
