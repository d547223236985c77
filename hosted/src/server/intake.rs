//! From the bytes of a datagram to a worker's shard and counters.

use std::sync::Arc;

use basenji_core::aggregate::Source;
use basenji_core::wire::{Message, Messages, Metric, Tags};
use basenji_core::{ErrorKind, ParseError, Time};

use super::config::{Config, joined};
use super::origin::{Enricher, Tagger};
use super::report::{Origin, Reporter};
use super::rules::{Edits, Rules};
use super::running::Change;
use super::shard::Shard;
use super::socket::ListenerKind;
use super::stats::{MessageKind, Stats};

/// Who is shown each datagram.
pub(crate) type Tap = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// Where a worker's datagrams go. Nothing in here allocates once the shard has grown to what it needs, and nothing is
/// shared with other threads but the limits of the reports.
pub(crate) struct Intake {
    pub(crate) shard: Box<Shard>,
    pub(crate) stats: Stats,
    pub(crate) reporter: Reporter,
    tap: Option<Tap>,
    /// The tags that everything gets, joined by commas.
    tags: Box<[u8]>,
    /// Who adds those of an origin, if anybody knows them.
    enricher: Option<Enricher>,
    /// What is done to metrics before, if anything is.
    edits: Option<Box<Edits>>,
    eol_required: [bool; ListenerKind::ALL.len()],
    limit: usize,
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
        Intake {
            shard,
            stats: Stats::default(),
            reporter,
            tap,
            enricher: tagger.map(|tagger| Enricher::new(tagger, config.origin.clone(), tags.clone())),
            tags,
            edits: Edits::new(rules, config.copy_histograms.clone(), config.timestamps),
            eol_required: ListenerKind::ALL.map(|kind| config.eol_required.contains(&kind)),
            limit: config.receive_buffer,
        }
    }

    /// Bytes of the longest datagram that is taken whole.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Counts what the shard's aggregator has counted for itself.
    pub(crate) fn count_shard(&mut self) {
        self.shard.count(&mut self.stats);
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
        if let Some(tap) = &self.tap {
            tap(bytes);
        }
        if let Some(enricher) = &mut self.enricher {
            enricher.begin(pid, now);
        }
        let mut messages = Messages::new(bytes).truncated(truncated).require_eol(self.eol_required[listener as usize]);
        while let Some(message) = messages.next() {
            // By reference: a message is some two hundred bytes.
            match &message {
                Ok(Message::Metric(metric)) => {
                    self.stats.messages.add(MessageKind::Metric(metric.kind), 1);
                    if self.edits.is_some() {
                        self.edit(metric, now);
                        continue;
                    }
                    self.record(metric, now);
                }
                Ok(message) => self.rare(message, messages.line(), now),
                Err(error) if self.takes_without_timestamp(*error, messages.line(), now) => {}
                Err(error) => self.refuse_line(*error, messages.line(), now, &origin),
            }
        }
    }

    /// Records a metric as it is.
    #[inline(always)]
    fn record(&mut self, metric: &Metric<'_>, now: Time) {
        let tags = match &mut self.enricher {
            None => &self.tags,
            Some(enricher) => enricher.tags(metric.tags, metric.origin).all(),
        };
        let source = Source { host: b"", tags: Tags::Text(tags) };
        if let Err(full) = self.shard.aggregator.record(metric, &source, now) {
            self.stats.refused.add(full, 1);
        }
    }

    /// Records what the rules make of a metric.
    #[inline(never)]
    fn edit(&mut self, metric: &Metric<'_>, now: Time) {
        let Some(mut edits) = self.edits.take() else { return };
        if !edits.apply(metric, |edited| self.record(edited, now)) {
            self.stats.filtered += 1;
        }
        self.edits = Some(edits);
    }

    /// Whether a line was refused for a timestamp that does not count here; then it is taken without it.
    #[cold]
    fn takes_without_timestamp(&mut self, error: ParseError, line: &[u8], now: Time) -> bool {
        if error.kind != ErrorKind::BadTimestamp {
            return false;
        }
        let Some(line) = self.edits.as_ref().and_then(|edits| edits.without_timestamp(line)) else { return false };
        let Ok(Message::Metric(metric)) = Message::parse(&line) else { return false };
        self.stats.messages.add(MessageKind::Metric(metric.kind), 1);
        self.edit(&metric, now);
        true
    }

    /// Goes on with other tags and rules.
    pub(crate) fn change(&mut self, change: &Change) {
        self.tags = joined(&change.tags);
        if let Some(enricher) = &mut self.enricher {
            enricher.set_common(self.tags.clone());
        }
        self.edits = Edits::replaced(self.edits.take(), change.rules.as_ref());
    }

    /// An event or a service check: copied, since they are few.
    #[cold]
    fn rare(&mut self, message: &Message<'_>, line: &[u8], now: Time) {
        self.stats.messages.add(MessageKind::of(message), 1);
        let (tags, fields) = match message {
            Message::Metric(metric) => (metric.tags, metric.origin),
            Message::Event(event) => (event.tags, event.origin),
            Message::ServiceCheck(check) => (check.tags, check.origin),
        };
        let of_origin = match &mut self.enricher {
            None => &[],
            Some(enricher) => enricher.tags(tags, fields).of_origin(),
        };
        let kept = self.shard.pending.push(line, of_origin, now);
        match message {
            Message::Event(event) => {
                self.stats.bad_fields += u64::from(event.bad_fields);
                self.stats.events_dropped += u64::from(!kept);
            }
            Message::ServiceCheck(check) => {
                self.stats.bad_fields += u64::from(check.bad_fields);
                self.stats.checks_dropped += u64::from(!kept);
            }
            Message::Metric(_) => {}
        }
    }

    /// [`Intake::refuse`] for a line of the present datagram, whose sender's container may be known.
    #[cold]
    fn refuse_line(&mut self, error: ParseError, line: &[u8], now: Time, origin: impl Fn() -> Origin) {
        let Intake { stats, reporter, enricher, .. } = self;
        stats.parse_errors.add(error.kind, 1);
        reporter.report(error, line, now, || {
            let container = enricher.as_ref().and_then(Enricher::sender);
            Origin { container: container.map(|id| String::from_utf8_lossy(id).into_owned()), ..origin() }
        });
    }

    /// Counts a refused frame of a stream, and reports it if it is time for that.
    #[cold]
    #[cfg(unix)]
    pub(crate) fn refuse(&mut self, error: ParseError, line: &[u8], now: Time, origin: impl FnOnce() -> Origin) {
        self.stats.parse_errors.add(error.kind, 1);
        self.reporter.report(error, line, now, origin);
    }
}
