//! What a server does to metrics between parsing and recording: other names and tags, some left out, some twice.
//!
//! Without rules a metric is recorded as it was parsed, and nothing of this is called.

use std::collections::VecDeque;
use std::sync::Arc;

use basenji_core::aggregate::{Aggregate, Aggregates};
use basenji_core::wire::{Metric, MetricKind};

use super::config::Config;

/// Rules for the names of metrics, shared by all workers of a server.
pub trait Rules: Send + Sync {
    /// The rules for one worker, which may cache results.
    fn editor(&self) -> Box<dyn Editor>;

    /// Whether a histogram of this name shows this aggregate. Asked at each flush, and for each message of a histogram or
    /// timing until one aggregate is shown: one that shows none is left out. What was taken in before rules that would show
    /// nothing of it is shown as the rules before them say. True unless it is said otherwise.
    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        let _ = (name, aggregate);
        true
    }
}

/// Changes metrics, on one worker.
pub trait Editor: Send {
    /// The metric that is to be recorded in place of this one; nothing if it is to be left out.
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>>;

    /// Whether what it makes of a metric depends on nothing but the metric's other parts than its values, is always the same, and leaves the values as they
    /// are. Then it is not asked again for a line that differs from an earlier one in nothing but its values. False unless it is said otherwise.
    fn is_lasting(&self) -> bool {
        false
    }
}

/// What is done to metrics whatever the rules.
#[derive(Clone)]
pub(crate) struct Always {
    /// The beginning of the names of distributions that repeat histograms and timings.
    copies: Option<String>,
    /// Whether timestamps of metrics count.
    timestamps: bool,
    /// What histograms and timings show.
    aggregates: Aggregates,
}

impl Always {
    pub(crate) fn new(config: &Config) -> Always {
        Always {
            copies: config.copy_histograms.clone(),
            timestamps: config.timestamps,
            aggregates: config.aggregation.aggregates.clone(),
        }
    }
}

/// Rules that were in force, as long as something may wait that was taken in by them, the last first.
#[derive(Default)]
pub(crate) struct Former(VecDeque<(Option<Arc<dyn Rules>>, u8)>);

impl Former {
    /// The most that are remembered, however often rules change in a bucket.
    const MOST: usize = 8;

    /// The flushes after which nothing waits any more: that of the bucket in which rules change may be the second, if a worker's
    /// clock has entered it before the one of the bucket before.
    const FLUSHES: u8 = 2;

    /// Others have taken the place of these.
    pub(crate) fn push(&mut self, rules: Option<Arc<dyn Rules>>) {
        self.0.push_front((rules, Former::FLUSHES));
        self.0.truncate(Former::MOST);
    }

    /// A flush has ended.
    pub(crate) fn age(&mut self) {
        self.0.iter_mut().for_each(|(_, flushes)| *flushes -= 1);
        self.0.retain(|(_, flushes)| *flushes > 0);
    }

    /// Puts the aggregates that a histogram shows first, and says how many these are: by `rules`, or, where these show none, by
    /// the last ones that show any. A histogram that none of them shows has been taken in by some that are not remembered, and
    /// shows all it has: a message that was taken in is never shown as nothing.
    pub(crate) fn choose(&self, rules: &dyn Rules, name: &[u8], all: &mut [(Aggregate, f64)]) -> usize {
        let shows_any = |rules: &dyn Rules| all.iter().any(|(aggregate, _)| rules.shows(name, *aggregate));
        let former = self.0.iter().map_while(|(rules, _)| rules.as_deref());
        let Some(rules) = std::iter::once(rules).chain(former).find(|rules| shows_any(*rules)) else {
            return all.len();
        };
        let mut kept = 0;
        for place in 0..all.len() {
            if rules.shows(name, all[place].0) {
                all[kept] = all[place];
                kept += 1;
            }
        }
        kept
    }
}

/// What one worker does to metrics.
pub(crate) struct Edits {
    rules: Option<Arc<dyn Rules>>,
    editor: Option<Box<dyn Editor>>,
    always: Always,
    /// The name of a copy, to be used again.
    name: Vec<u8>,
    /// Whether the outcome for a line is the same whenever it comes.
    is_lasting: bool,
}

/// What is to be recorded for a metric.
pub(crate) enum Edit<'e, 'm> {
    /// The metric itself, as it was edited.
    Metric(&'e Metric<'m>),
    /// The distribution that repeats it.
    Copy(&'e Metric<'m>),
}

impl Edits {
    /// `None` if there is nothing to do.
    pub(crate) fn new(rules: Option<&Arc<dyn Rules>>, always: &Always) -> Option<Box<Edits>> {
        let is_needed = rules.is_some() || always.copies.is_some() || !always.timestamps;
        is_needed.then(|| {
            let editor = rules.map(|rules| rules.editor());
            let is_lasting = editor.as_ref().is_none_or(|editor| editor.is_lasting());
            Box::new(Edits { rules: rules.cloned(), editor, always: always.clone(), name: Vec::new(), is_lasting })
        })
    }

    /// Calls `record` with whatever is to be recorded for `metric`; false if the metric itself is left out.
    pub(crate) fn apply(&mut self, metric: &Metric<'_>, mut record: impl FnMut(Edit<'_, '_>)) -> bool {
        let edited = match &mut self.editor {
            None => Some(*metric),
            Some(editor) => editor.edit(metric),
        };
        let Some(mut edited) = edited else { return false };
        if !self.always.timestamps {
            edited.timestamp = None;
        }
        if !matches!(edited.kind, MetricKind::Histogram | MetricKind::Timing) {
            record(Edit::Metric(&edited));
            return true;
        }
        let shown = match &self.rules {
            None => true,
            Some(rules) => {
                let mut aggregates = self.always.aggregates.iter().peekable();
                aggregates.peek().is_none() || aggregates.any(|aggregate| rules.shows(edited.name, aggregate))
            }
        };
        if shown {
            record(Edit::Metric(&edited));
        }
        if let Some(prefix) = &self.always.copies {
            self.name.clear();
            self.name.extend_from_slice(prefix.as_bytes());
            self.name.extend_from_slice(edited.name);
            record(Edit::Copy(&Metric { name: &self.name, kind: MetricKind::Distribution, ..edited }));
        }
        shown
    }

    /// Of which metrics the outcome is the same whenever their line comes.
    pub(crate) fn lasting(&self) -> Lasting {
        Lasting { is_lasting: self.is_lasting, are_copied: self.always.copies.is_some() }
    }

    /// `line` without its timestamp, if timestamps are ignored, so that a bad one is no error.
    pub(crate) fn without_timestamp(&self, line: &[u8]) -> Option<Vec<u8>> {
        let fields = line.split(|&byte| byte == b'|').enumerate();
        let kept = fields.filter(|(place, field)| *place < 2 || !field.starts_with(b"T")).map(|(_, field)| field);
        (!self.always.timestamps).then(|| kept.collect::<Vec<_>>().join(&b'|'))
    }
}

/// Of which metrics the outcome is the same whenever their line comes.
#[derive(Clone, Copy)]
pub(crate) struct Lasting {
    is_lasting: bool,
    are_copied: bool,
}

impl Lasting {
    /// Whether `edited` is all that is recorded for a line of `metric`, whenever it comes.
    pub(crate) fn covers(self, metric: &Metric<'_>, edited: &Metric<'_>) -> bool {
        let is_copied = self.are_copied && matches!(edited.kind, MetricKind::Histogram | MetricKind::Timing);
        self.is_lasting && !is_copied && edited.kind == metric.kind && metric.timestamp.is_none()
    }
}
