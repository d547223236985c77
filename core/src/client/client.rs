//! The client itself: calls in, datagrams out, and no clock, socket or memory of its own.
//!
//! ```text
//! call -> sampling -> aggregation, where it is wanted --at the end of an interval--> lines -> packer -> poll_transmit
//!                  `---------------- otherwise -------------------------------------^
//! ```
//!
//! What a caller can rely on:
//! - a call does a bounded amount of work and allocates nothing;
//! - a sampled call is weighed when it is made, never when it is flushed; aggregated counts, gauges and sets are not sampled but exact;
//! - a call with a timestamp is never aggregated;
//! - when the contexts are full, calls become lines one by one;
//! - what cannot be written is counted in [`Counters::dropped_on_receive`].

use super::aggregation::{self, Aggregation};
use super::call::{CheckCall, EventCall, MetricCall, Value};
use super::counters::Counters;
use super::dialect::Dialect;
use super::line;
use super::options::{Common, Options};
use super::packer::{PackError, Packer};
use super::sampling::Sampler;
use super::series;
use super::telemetry::Telemetry;
use crate::aggregate::{Aggregator, Source, Storage};
use crate::numbered::numbered;
use crate::wire::{Metric, MetricKind, Tags, WriteError, Writer};
use crate::{Full, Time};

/// A client over memory of the caller: `S` for contexts, `B` for lines, `T` for the text that lines have in common.
///
/// # Example
///
/// ```
/// use basenji_core::Time;
/// use basenji_core::aggregate::StaticStorage;
/// use basenji_core::client::{Client, Common, Options};
/// use basenji_core::wire::Tags;
///
/// let common = Common { prefix: "shop.", tags: "env:dev", ..Common::default() };
/// let mut client = Client::new(StaticStorage::<8, 512, 128>::new(), [0; 4096], common, Options { flush_millis: 2000, ..Options::new() });
/// let start = Time::from_secs(1_000_000);
/// for _ in 0..3 {
///     client.count(b"visits", 1, Tags::Text(b"page:home"), start)?;
///     client.timing(b"render", 1.5, Tags::NONE, start)?;
/// }
/// assert_eq!(client.poll_transmit(start), None);
/// let later = client.next_deadline().unwrap();
/// assert_eq!(later, Time::from_secs(1_000_002));
/// let expected = b"shop.visits:3|c|#page:home,env:dev\nshop.render:1.5:1.5:1.5|ms|#env:dev\n";
/// assert_eq!(client.poll_transmit(later), Some(&expected[..]));
/// assert_eq!(client.poll_transmit(later), None);
/// # Ok::<(), basenji_core::Full>(())
/// ```
#[derive(Debug)]
pub struct Client<S, B, T, D = Dialect> {
    pub(super) common: Common<T>,
    pub(super) options: Options<D>,
    pub(super) aggregator: Aggregator<S>,
    packer: Packer<B>,
    sampler: Sampler,
    pub(super) counters: Counters,
    telemetry: Telemetry,
    /// The counters of the report in progress, and how many of its lines are written.
    telling: Option<(Counters, usize)>,
    next_flush: Option<Time>,
    /// Where the flush in progress goes on.
    flushing: Option<Progress>,
    /// Whether all that waits is to leave, full datagram or not.
    draining: bool,
}

/// How far a flush has come: the entry, and within it the sample.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    entry: usize,
    sample: usize,
}

impl<S: Storage, B: AsRef<[u8]> + AsMut<[u8]>, T: AsRef<[u8]>, D: AsRef<Dialect>> Client<S, B, T, D> {
    /// A client over fresh memory. `lines` should hold two datagrams and the longest line.
    pub fn new(storage: S, lines: B, common: Common<T>, options: Options<D>) -> Self {
        Client {
            common,
            aggregator: Aggregator::new(storage, options.aggregation.settings(options.seed)),
            packer: Packer::new(lines, options.limits, options.dialect.as_ref().final_newline),
            sampler: Sampler::new(options.sampling_seed),
            counters: Counters::default(),
            telemetry: Telemetry::new(options.telemetry_millis),
            telling: None,
            next_flush: None,
            flushing: None,
            draining: false,
            options,
        }
    }

    /// The options.
    pub fn options(&self) -> &Options<D> {
        &self.options
    }

    /// What the client has done until now.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The counters, to add what the caller counts: above all the datagrams sent and dropped.
    pub fn counters_mut(&mut self) -> &mut Counters {
        &mut self.counters
    }

    /// Takes a call for a metric: a sample of the aggregation, or a line.
    ///
    /// # Errors
    ///
    /// `Buffer`: datagrams wait and there is no room for another line; take one out and call again. Nothing has been counted. What cannot be
    /// written at all is counted, which is no error.
    pub fn metric(&mut self, call: &MetricCall<'_>, now: Time) -> Result<(), Full> {
        self.take_metric(call, true, now)
    }

    /// Takes a call for a metric that the caller's own sampling has kept: the client does not sample it again, and the call counts as `1 / sample_rate` calls,
    /// aggregated or not.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn sampled_metric(&mut self, call: &MetricCall<'_>, now: Time) -> Result<(), Full> {
        self.take_metric(call, false, now)
    }

    /// Takes a call for an event.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn event(&mut self, call: &EventCall<'_>, now: Time) -> Result<(), Full> {
        self.start(now)?;
        self.push(|dialect, common, writer| line::event(dialect, &common.identity(), call, writer))?;
        self.counters.events = self.counters.events.wrapping_add(1);
        Ok(())
    }

    /// Takes a call for a service check.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn service_check(&mut self, call: &CheckCall<'_>, now: Time) -> Result<(), Full> {
        self.start(now)?;
        self.push(|dialect, common, writer| line::check(dialect, &common.identity(), call, writer))?;
        self.counters.service_checks = self.counters.service_checks.wrapping_add(1);
        Ok(())
    }

    /// A count.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn count(&mut self, name: &[u8], value: i64, tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Count, Value::I64(value), tags, now)
    }

    /// The value of a gauge.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn gauge(&mut self, name: &[u8], value: f64, tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Gauge, Value::F64(value), tags, now)
    }

    /// A sample of a histogram.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn histogram(&mut self, name: &[u8], value: f64, tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Histogram, Value::F64(value), tags, now)
    }

    /// A sample of a distribution.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn distribution(&mut self, name: &[u8], value: f64, tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Distribution, Value::F64(value), tags, now)
    }

    /// A timing in milliseconds.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn timing(&mut self, name: &[u8], millis: f64, tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Timing, Value::F64(millis), tags, now)
    }

    /// A member of a set.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn set(&mut self, name: &[u8], member: &[u8], tags: Tags<'_>, now: Time) -> Result<(), Full> {
        self.simple(name, MetricKind::Set, Value::Text(member), tags, now)
    }

    /// Takes in values that were gathered elsewhere, whose calls are counted there; they are of `now`, so a timestamp does not count.
    ///
    /// # Errors
    ///
    /// There is no room for some of them: for the first one, if none was taken.
    pub fn record(&mut self, metric: &Metric<'_>, now: Time) -> Result<(), Full> {
        self.start(now)?;
        self.aggregator.record(&Metric { timestamp: None, ..*metric }, &Source::default(), now)
    }

    /// Takes a line that was written elsewhere, with or without its newline, and counted there.
    ///
    /// # Errors
    ///
    /// As [`Client::metric`].
    pub fn line(&mut self, line: &[u8], now: Time) -> Result<(), Full> {
        self.start(now)?;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        self.push(|_, _, writer| writer.raw(line).and_then(|()| writer.raw(b"\n")))
    }

    /// Takes in what another aggregator, with the same settings, has gathered, and leaves it there.
    ///
    /// # Errors
    ///
    /// - `Buffer`: a flush is under way; take a datagram out and call again. Nothing was taken in.
    /// - Others: there is no room for some of it; the rest was taken in.
    pub fn absorb<U: Storage>(&mut self, other: &Aggregator<U>, now: Time) -> Result<(), Full> {
        self.start(now)?;
        self.aggregator.merge(other)
    }

    /// What is aggregated.
    pub fn aggregator(&self) -> &Aggregator<S> {
        &self.aggregator
    }

    /// Drops what is aggregated at `now`, and keeps the contexts and the lines.
    pub fn clear(&mut self, now: Time) {
        self.flushing = None;
        self.aggregator.clear(now);
    }

    /// Makes the next calls of [`Client::poll_transmit`] return everything that waits, aggregated or not.
    pub fn flush(&mut self, now: Time) {
        self.draining = true;
        if S::HOLDS && self.flushing.is_none() && !self.aggregator.is_empty() {
            self.aggregator.flush_all(now);
            self.flushing = Some(Progress::default());
        }
        self.next_flush = None;
    }

    /// The next datagram that is to be sent now, if there is one. To be called until there is none after each call, and again at
    /// [`Client::next_deadline`]; while datagrams are left here, calls find no room. Its bytes are gone with the next call.
    pub fn poll_transmit(&mut self, now: Time) -> Option<&[u8]> {
        if self.next_flush.is_some_and(|next| next <= now) {
            self.flush(now);
        }
        self.write_flushed();
        self.write_report(now);
        if self.flushing.is_none() && self.telling.is_none() && self.packer.pending() == 0 {
            self.draining = false;
        }
        self.packer.take(self.draining)
    }

    /// When [`Client::poll_transmit`] is to be called next if nothing else happens, which may be a moment that is over; `None` if nothing
    /// waits, and no telemetry is wanted or nothing was called yet.
    pub fn next_deadline(&self) -> Option<Time> {
        if self.draining || self.packer.is_due() {
            return Some(Time::default());
        }
        self.next_flush.into_iter().chain(self.telemetry.deadline()).min()
    }

    fn simple(
        &mut self,
        name: &[u8],
        kind: MetricKind,
        value: Value<'_>,
        tags: Tags<'_>,
        now: Time,
    ) -> Result<(), Full> {
        let sample_rate = self.options.sample_rate;
        self.metric(&MetricCall { tags, sample_rate, ..MetricCall::new(name, kind, value) }, now)
    }

    fn take_metric(&mut self, call: &MetricCall<'_>, is_drawn: bool, now: Time) -> Result<(), Full> {
        self.start(now)?;
        let aggregated = S::HOLDS && self.options.aggregation.takes(call);
        let exact = is_drawn && aggregation::is_exact(call.kind);
        let done = aggregated && exact && self.aggregate(call, 1.0, now)
            || is_drawn && !self.sampler.keep(self.options.dialect.as_ref().rates, call.sample_rate)
            || aggregated && !exact && self.aggregate(call, call.sample_rate, now);
        if !done {
            self.push(|dialect, common, writer| line::metric(dialect, &common.identity(), call, writer))?;
        }
        self.counters.metrics.add(call.kind, 1);
        Ok(())
    }

    /// Begins the interval of a call, and first finishes a flush in progress: until then its series must stay as they are, and what
    /// comes later must not be sent before them.
    pub(super) fn start(&mut self, now: Time) -> Result<(), Full> {
        if self.next_flush.is_none() {
            self.next_flush = Some(now.plus_millis(self.options.flush_millis));
        }
        if self.common.telemetry.is_some() && self.telemetry.deadline().is_none() {
            self.telemetry.switch(true, &self.counters, now);
        }
        if self.flushing.is_none() {
            return Ok(());
        }
        self.write_flushed();
        if self.flushing.is_some() { Err(Full::Buffer) } else { Ok(()) }
    }

    fn aggregate(&mut self, call: &MetricCall<'_>, rate: f64, now: Time) -> bool {
        aggregation::record(&mut self.aggregator, self.options.dialect.as_ref(), call, rate, now)
    }

    /// Writes the lines of a flush, as far as there is room for them.
    fn write_flushed(&mut self) {
        if !S::HOLDS {
            return;
        }
        let Some(start) = self.flushing.take() else { return };
        let (dialect, identity) = (&self.options.dialect, self.common.identity());
        let Some(mut flush) = self.aggregator.flushed_from(start.entry) else { return };
        let (left, mut sample) = (flush.entries_left(), start.sample);
        while let Some(series) = flush.next() {
            match series::write(&mut self.packer, dialect, &identity, &series, flush.left(), &mut sample) {
                Ok(()) => {}
                Err(PackError::Busy) => {
                    let entry = start.entry.saturating_add(left.saturating_sub(flush.entries_left()));
                    self.flushing = Some(Progress { entry, sample });
                    return;
                }
                Err(PackError::TooLong | PackError::Refused(_)) => {
                    self.counters.dropped_on_receive = self.counters.dropped_on_receive.wrapping_add(1);
                }
            }
            self.counters.aggregated_contexts.add(series.kind, 1);
            sample = 0;
        }
    }

    /// Writes the report of the client's own counters if one is due, as far as there is room for it. Its lines count as no metrics.
    fn write_report(&mut self, now: Time) {
        let Some(tags) = &self.common.telemetry else { return };
        if self.telling.is_none() {
            self.telling = self.telemetry.poll(&self.counters, now).map(|news| (news, 0));
        }
        let Some((news, written)) = self.telling.take() else { return };
        self.draining = true;
        let (options, identity) = (&self.options, self.common.identity());
        let aggregates = self.options.aggregation != Aggregation::Off;
        for (place, number) in numbered(options.dialect.as_ref().report.numbers(&news, aggregates)).skip(written) {
            let pushed = self.packer.push(|writer| tags.write(options.dialect.as_ref(), &identity, number, writer));
            if pushed == Err(PackError::Busy) {
                self.telling = Some((news, place));
                return;
            }
        }
    }

    /// Packs a line, and counts one that cannot be written.
    pub(super) fn push(
        &mut self,
        write: impl Fn(&Dialect, &Common<T>, &mut Writer<'_>) -> Result<(), WriteError>,
    ) -> Result<(), Full> {
        // The dialect is asked for where it is used: then the compiler knows which one it is, if its type says so.
        let (options, common) = (&self.options, &self.common);
        match self.packer.push(|writer| write(options.dialect.as_ref(), common, writer)) {
            Ok(_) => Ok(()),
            Err(PackError::Busy) => Err(Full::Buffer),
            Err(PackError::TooLong | PackError::Refused(_)) => {
                self.counters.dropped_on_receive = self.counters.dropped_on_receive.wrapping_add(1);
                Ok(())
            }
        }
    }
}
