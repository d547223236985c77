//! What a server does to metrics between parsing and recording: other names and tags, some left out, some twice.
//!
//! Without rules a metric is recorded as it was parsed, and nothing of this is called.

use std::sync::Arc;

use basenji_core::aggregate::Aggregate;
use basenji_core::wire::{Metric, MetricKind};

/// Rules for the names of metrics, shared by all workers of a server.
pub trait Rules: Send + Sync {
    /// What one worker goes by; it may remember what it has worked out.
    fn editor(&self) -> Box<dyn Editor>;

    /// Whether a histogram of this name shows this aggregate; asked at each flush. True unless it is said otherwise.
    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        let _ = (name, aggregate);
        true
    }
}

/// Changes metrics, on one worker.
pub trait Editor: Send {
    /// The metric that is to be recorded in place of this one; nothing if it is to be left out.
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>>;
}

/// What one worker does to metrics.
pub(crate) struct Edits {
    pub(crate) editor: Option<Box<dyn Editor>>,
    /// The beginning of the names of distributions that repeat histograms and timings.
    copies: Option<String>,
    /// The name of a copy, to be used again.
    name: Vec<u8>,
    timestamps: bool,
}

impl Edits {
    /// Nothing, if there is nothing to do.
    pub(crate) fn new(rules: Option<&Arc<dyn Rules>>, copies: Option<String>, timestamps: bool) -> Option<Box<Edits>> {
        let is_needed = rules.is_some() || copies.is_some() || !timestamps;
        is_needed.then(|| {
            Box::new(Edits { editor: rules.map(|rules| rules.editor()), copies, name: Vec::new(), timestamps })
        })
    }

    /// What there was to do, with other rules.
    pub(crate) fn replaced(edits: Option<Box<Edits>>, rules: Option<&Arc<dyn Rules>>) -> Option<Box<Edits>> {
        match edits {
            None => Edits::new(rules, None, true),
            Some(edits) => Edits::new(rules, edits.copies, edits.timestamps),
        }
    }

    /// Calls `record` with whatever is to be recorded for `metric`; false if that is nothing.
    pub(crate) fn apply(&mut self, metric: &Metric<'_>, mut record: impl FnMut(&Metric<'_>)) -> bool {
        let edited = match &mut self.editor {
            None => Some(*metric),
            Some(editor) => editor.edit(metric),
        };
        let Some(mut edited) = edited else { return false };
        if !self.timestamps {
            edited.timestamp = None;
        }
        record(&edited);
        if let Some(prefix) = &self.copies
            && matches!(edited.kind, MetricKind::Histogram | MetricKind::Timing)
        {
            self.name.clear();
            self.name.extend_from_slice(prefix.as_bytes());
            self.name.extend_from_slice(edited.name);
            record(&Metric { name: &self.name, kind: MetricKind::Distribution, ..edited });
        }
        true
    }

    /// `line` without its timestamp, where timestamps are not heeded, so that a bad one is no error.
    pub(crate) fn without_timestamp(&self, line: &[u8]) -> Option<Vec<u8>> {
        let fields = line.split(|&byte| byte == b'|').enumerate();
        let kept = fields.filter(|(place, field)| *place < 2 || !field.starts_with(b"T")).map(|(_, field)| field);
        (!self.timestamps).then(|| kept.collect::<Vec<_>>().join(&b'|'))
    }
}
