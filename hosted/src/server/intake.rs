//! From the bytes of a datagram to a worker's shard and counters.

use std::sync::Arc;

use basenji_core::aggregate::{LineAhead, LinesAhead, Outcome, Source};
use basenji_core::wire::{Message, Messages, Metric, MetricKind, Tags, Text};
use basenji_core::{ErrorKind, Full, ParseError, Time};

use super::arrival::Arrival;
use super::change::Change;
use super::config::{Config, joined};
use super::ledger::{Mark, Messages as Counted, taken};
use super::origin::{Enricher, Tagger};
use super::report::{Origin, Reporter};
use super::rules::{Always, Edit, Edits, Rules};
use super::shard::Shard;
use super::socket::ListenerKind;
use super::stats::{MessageKind, Stats};

/// A hook that is shown each datagram.
pub(crate) type Tap = Arc<dyn Fn(&Arrival<'_>) + Send + Sync>;

/// Where a worker's datagrams go. Nothing in here allocates once the shard has grown to what it needs, and nothing is
/// shared with other threads but the limits of the reports.
pub(crate) struct Intake {
    pub(crate) shard: Box<Shard>,
    pub(crate) stats: Stats,
    pub(crate) reporter: Reporter,
    tap: Option<Tap>,
    /// The tags that everything gets, joined by commas.
    tags: Box<[u8]>,
    /// Adds the tags of an origin, if there is a tagger.
    enricher: Option<Enricher>,
    /// What is done to metrics before they are recorded, if anything.
    edits: Option<Box<Edits>>,
    /// The number of tags and rules, if there is one.
    scope: Option<u32>,
    eol_required: [bool; ListenerKind::ALL.len()],
    always: Always,
    limit: usize,
    /// Messages taken in by shards that were handed over.
    handed_over: Counted,
    bucket_secs: u64,
    /// What was counted when the clock entered the present bucket.
    mark: Mark,
}

/// One datagram or frame.
#[derive(Clone, Copy)]
pub(crate) struct Datagram<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether it was cut on its way here.
    pub(crate) truncated: bool,
    pub(crate) listener: ListenerKind,
    /// The sender's process, where the kernel was asked for it.
    pub(crate) pid: Option<u32>,
}

impl Intake {
    pub(crate) fn new(
        config: &Config,
        shard: Box<Shard>,
        reporter: Reporter,
        tap: Option<Tap>,
        tagger: Option<Arc<dyn Tagger>>,
        rules: Option<&Arc<dyn Rules>>,
    ) -> Intake {
        let tags = config.joined_tags();
        let always = Always::new(config);
        let scope = shard.scopes.settings(&tags, rules);
        Intake {
            shard,
            stats: Stats::default(),
            reporter,
            tap,
            enricher: tagger.map(|tagger| Enricher::new(tagger, config.origin.clone(), tags.clone())),
            edits: Edits::new(rules, &always),
            scope,
            tags,
            eol_required: ListenerKind::ALL.map(|kind| config.eol_required.contains(&kind)),
            always,
            limit: config.receive_buffer,
            handed_over: Counted::default(),
            bucket_secs: u64::from(config.aggregation.bucket_secs.max(1)),
            mark: Mark::default(),
        }
    }

    /// Sets the clock to `now`, the time of what comes next.
    #[inline]
    pub(crate) fn turn(&mut self, now: Time) {
        let bucket = now.as_secs() / self.bucket_secs;
        self.shard.clock = now;
        self.shard.latest = self.shard.latest.max(now);
        if !self.mark.is_in(bucket) {
            self.enter(bucket);
        }
    }

    /// Enters what was taken in until now, before the clock goes on to `bucket`.
    #[cold]
    fn enter(&mut self, bucket: u64) {
        let page = self.mark.turn(&self.stats, bucket);
        self.shard.ledger.enter(page);
    }

    /// Exchanges the shard used until now for `spare`, and returns it.
    pub(crate) fn swap(&mut self, spare: Box<Shard>, now: Time) -> Box<Shard> {
        self.close(now);
        std::mem::replace(&mut self.shard, spare)
    }

    /// Makes the shard ready to be handed over.
    pub(crate) fn close(&mut self, now: Time) {
        self.turn(now);
        self.enter(now.as_secs() / self.bucket_secs);
        self.count_shard();
        self.handed_over = taken(&self.stats);
        self.stats.waiting_messages = Counted::default();
        self.shard.handed_over = self.stats;
    }

    /// Bytes of the longest datagram that is taken whole.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Counts what the shard's aggregator has counted for itself.
    pub(crate) fn count_shard(&mut self) {
        self.shard.count(&mut self.stats);
        let mut waiting = taken(&self.stats);
        waiting.subtract(&self.handed_over);
        self.stats.waiting_messages = waiting;
    }

    /// Takes one datagram, received at `now`. `origin` is asked only for what is refused.
    #[inline]
    pub(crate) fn datagram(&mut self, datagram: Datagram<'_>, now: Time, origin: impl Fn() -> Origin) {
        let Datagram { mut bytes, mut truncated, listener, pid } = datagram;
        if let Some(whole) = bytes.get(..self.limit) {
            // The buffers of an offloading socket are longer than what one datagram may be.
            truncated |= bytes.len() > self.limit;
            bytes = whole;
        }
        self.stats.datagrams.add(listener, 1);
        self.stats.bytes.add(listener, bytes.len() as u64);
        self.stats.truncated.add(listener, u64::from(truncated));
        if let Some(enricher) = &mut self.enricher {
            enricher.begin(pid, now);
        }
        if let Some(tap) = &self.tap {
            let container = self.enricher.as_ref().and_then(Enricher::sender);
            let origin = || self.with_container(origin());
            tap(&Arrival { bytes, is_truncated: truncated, listener, pid, container, origin: &origin });
        }
        let sender = self.origin_number(pid);
        self.shard.aggregator.storage_mut().set_origin(sender);
        let mut messages = Messages::new(bytes).truncated(truncated).require_eol(self.eol_required[listener as usize]);
        let scope = match (&mut self.enricher, self.scope) {
            (Some(enricher), Some(settings)) => enricher.scope(settings, &self.shard.scopes),
            (_, scope) => scope,
        };
        let mut ahead = LinesAhead::default();
        loop {
            if let Some(scope) = scope {
                self.shard.lines.look_ahead(&mut ahead, &mut messages, scope, &self.shard.aggregator);
                while let Some((line, known)) = ahead.take(&mut self.shard.aggregator, now, |kind| {
                    self.stats.messages.add(MessageKind::Metric(kind), 1);
                }) {
                    match known {
                        Some((kind, outcome)) => self.count_known(line, kind, outcome, &origin),
                        None => self.message(&line.outline().parse(), line.outline().line, Some(line), now, &origin),
                    }
                }
                if ahead.is_full() {
                    continue;
                }
            }
            // By reference: a message is some two hundred bytes.
            let Some(message) = messages.next() else { break };
            self.message(&message, messages.line(), None, now, &origin);
        }
    }

    /// Takes in one message; what its line means is remembered if it has come as a line ahead.
    #[inline(never)]
    fn message(
        &mut self,
        message: &Result<Message<'_>, ParseError>,
        text: &[u8],
        line: Option<&LineAhead<'_>>,
        now: Time,
        origin: &dyn Fn() -> Origin,
    ) {
        match message {
            Ok(Message::Metric(metric)) => {
                self.stats.messages.add(MessageKind::Metric(metric.kind), 1);
                if self.edits.is_some() {
                    self.edit(metric, line, now, origin);
                    return;
                }
                let outcome = self.record(metric, now);
                if outcome != Outcome::Bucket {
                    self.count_outcome(metric, outcome, origin);
                }
                if let Some(line) = line {
                    self.shard.lines.remember(line, metric, &self.shard.aggregator);
                }
            }
            Ok(message) => self.rare(message, text, now, origin),
            Err(error) if self.takes_without_timestamp(*error, text, now, origin) => {}
            Err(error) => self.refuse_line(*error, text, now, origin),
        }
    }

    /// Counts a metric whose line was known and that does not simply stand in its bucket.
    #[cold]
    fn count_known(&mut self, line: &LineAhead<'_>, kind: MetricKind, outcome: Outcome, origin: &dyn Fn() -> Origin) {
        self.stats.messages.add(MessageKind::Metric(kind), 1);
        let Ok(Message::Metric(metric)) = line.outline().parse() else { return };
        let Some(mut edits) = self.edits.take() else { return self.count_outcome(&metric, outcome, origin) };
        edits.apply(&metric, |edit| {
            if let Edit::Metric(edited) = edit {
                self.count_outcome(edited, outcome, origin);
            }
        });
        self.edits = Some(edits);
    }

    /// The number under which the sender's share is counted: of its container, or of its process; 0 for neither.
    #[inline]
    fn origin_number(&self, pid: Option<u32>) -> u32 {
        match (&self.enricher, pid) {
            (None, None) => 0,
            (enricher, pid) => match enricher.as_ref().and_then(Enricher::sender) {
                Some(container) => container
                    .iter()
                    .fold(0x811c_9dc5, |hash: u32, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)),
                None => pid.unwrap_or(0),
            },
        }
    }

    /// Records a metric as it is.
    #[inline(always)]
    fn record(&mut self, metric: &Metric<'_>, now: Time) -> Outcome {
        let tags = match &mut self.enricher {
            None => &self.tags,
            Some(enricher) => enricher.tags(metric.tags, metric.origin).all(),
        };
        let source = Source { host: b"", tags: Tags::Text(tags) };
        self.shard.aggregator.take_in(metric, &source, now)
    }

    /// Records what repeats a metric that was counted.
    fn record_copy(&mut self, copy: &Metric<'_>, now: Time) {
        let tags = match &mut self.enricher {
            None => &self.tags,
            Some(enricher) => enricher.tags(copy.tags, copy.origin).all(),
        };
        let outcome = self.shard.take_copy(copy, &Source { host: b"", tags: Tags::Text(tags) }, now);
        self.stats.refused_copies += u64::from(matches!(outcome, Outcome::Refused(_)));
    }

    /// Counts a metric that does not simply stand in its bucket.
    #[cold]
    fn count_outcome(&mut self, metric: &Metric<'_>, outcome: Outcome, origin: &dyn Fn() -> Origin) {
        let kind = MessageKind::Metric(metric.kind);
        let values = self.shard.refused_values();
        match outcome {
            Outcome::Bucket => {}
            Outcome::Points => self.mark.points.add(kind, 1),
            Outcome::Skipped => self.stats.skipped_messages.add(kind, 1),
            Outcome::Partly { points, .. } => {
                self.stats.refused_values += values;
                self.mark.points.add(kind, points.into());
            }
            Outcome::Refused(full) => self.refuse_message(kind, full, metric.name, metric.tags, origin),
        }
    }

    /// Counts a message for which there is no room, and whose it is.
    #[cold]
    fn refuse_message(
        &mut self,
        kind: MessageKind,
        full: Full,
        name: &[u8],
        tags: Tags<'_>,
        origin: &dyn Fn() -> Origin,
    ) {
        self.stats.refused_messages.add(kind, 1);
        self.stats.refused.add(full, 1);
        let origin = self.with_container(origin()).to_string();
        self.shard.refusals.add(name, tags, &origin);
    }

    /// The origin of the present datagram, with its container where that is known.
    fn with_container(&self, origin: Origin) -> Origin {
        let container = self.enricher.as_ref().and_then(Enricher::sender);
        Origin { container: container.map(|id| String::from_utf8_lossy(id).into_owned()), ..origin }
    }

    /// Records what the rules make of a metric.
    #[inline(never)]
    fn edit(&mut self, metric: &Metric<'_>, line: Option<&LineAhead<'_>>, now: Time, origin: &dyn Fn() -> Origin) {
        let Some(mut edits) = self.edits.take() else { return };
        let kind = MessageKind::Metric(metric.kind);
        let lasting = edits.lasting();
        let is_recorded = edits.apply(metric, |edit| match edit {
            Edit::Metric(edited) => {
                let outcome = self.record(edited, now);
                self.count_outcome(edited, outcome, origin);
                if let Some(line) = line.filter(|_| lasting.covers(metric, edited)) {
                    self.shard.lines.remember(line, edited, &self.shard.aggregator);
                }
            }
            Edit::Copy(copy) => self.record_copy(copy, now),
        });
        if !is_recorded {
            self.stats.filtered_messages.add(kind, 1);
        }
        self.edits = Some(edits);
    }

    /// Whether a line was refused for a timestamp that does not count here; then it is taken without it.
    #[cold]
    fn takes_without_timestamp(
        &mut self,
        error: ParseError,
        line: &[u8],
        now: Time,
        origin: &dyn Fn() -> Origin,
    ) -> bool {
        if error.kind != ErrorKind::BadTimestamp {
            return false;
        }
        let Some(line) = self.edits.as_ref().and_then(|edits| edits.without_timestamp(line)) else { return false };
        let Ok(Message::Metric(metric)) = Message::parse(&line) else { return false };
        self.stats.messages.add(MessageKind::Metric(metric.kind), 1);
        self.edit(&metric, None, now, origin);
        true
    }

    /// Goes on with other tags and rules.
    pub(crate) fn change(&mut self, change: &Change) {
        self.tags = joined(&change.tags);
        if let Some(enricher) = &mut self.enricher {
            enricher.set_common(self.tags.clone());
        }
        self.edits = Edits::new(change.rules.as_ref(), &self.always);
        self.scope = self.shard.scopes.settings(&self.tags, change.rules.as_ref());
    }

    /// An event or a service check: copied, since they are few.
    #[cold]
    fn rare(&mut self, message: &Message<'_>, line: &[u8], now: Time, origin: &dyn Fn() -> Origin) {
        let kind = MessageKind::of(message);
        self.stats.messages.add(kind, 1);
        let (name, tags, fields, bad_fields) = match message {
            Message::Metric(metric) => (metric.name, metric.tags, metric.origin, 0),
            Message::Event(event) => {
                let (Text::Wire(title) | Text::Plain(title)) = event.title;
                (title, event.tags, event.origin, event.bad_fields)
            }
            Message::ServiceCheck(check) => (check.name, check.tags, check.origin, check.bad_fields),
        };
        self.stats.bad_fields += u64::from(bad_fields);
        let of_origin = match &mut self.enricher {
            None => &[],
            Some(enricher) => enricher.tags(tags, fields).of_origin(),
        };
        if !self.shard.pending.push(line, of_origin, now) {
            self.refuse_message(kind, Full::Buffer, name, tags, origin);
        }
    }

    /// [`Intake::refuse`] for a line of the present datagram, whose sender's container may be known.
    #[cold]
    fn refuse_line(&mut self, error: ParseError, line: &[u8], now: Time, origin: impl Fn() -> Origin) {
        self.stats.parse_errors.add(error.kind, 1);
        self.reporter.report(error, line, now, || self.with_container(origin()));
    }

    /// Counts a refused frame of a stream, and reports it if it is time for that.
    #[cold]
    #[cfg(unix)]
    pub(crate) fn refuse(&mut self, error: ParseError, line: &[u8], now: Time, origin: impl FnOnce() -> Origin) {
        self.stats.parse_errors.add(error.kind, 1);
        self.reporter.report(error, line, now, origin);
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
mod tests;
