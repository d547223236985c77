//! The client itself, as a program holds it.

use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{CheckCall, Counters, EventCall, MetricCall, Value, as_exact};
use basenji_core::wire::{Joined, MetricKind, Tags};

#[cfg(doc)]
use super::builder::Builder;
use super::config::Config;
use super::gather::{Inner, Place};
use super::handle::{Counter, Gauge, Literal, SampleHandle, Series};
use crate::sys::Process;

/// A DogStatsD client, to be shared by all threads of a program; clones are one client.
///
/// A call never panics, never waits for the network and never fails for a fault of it: [`Client::stats`] counts what was lost, and the hook of
/// [`Builder::on_trouble`] is told. Dropping the last clone sends what waits, for a bounded time; so does the end of the process for a client in a
/// `static`. In the child of a `fork` the client goes on with a connection of its own, and what had waited is the parent's to send.
///
/// # Example
///
/// ```
/// use basenji::client::{Client, Environment, Memory};
///
/// let memory = Memory::new();
/// let to = memory.clone();
/// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
/// let client = builder.origin_detection(false).telemetry(false).build()?;
/// client.count("visits", 1, &["page:home"]);
/// client.count("visits", 2, &["page:home"]);
/// client.gauge("temperature", 21.5, &[]);
/// assert!(client.flush());
/// let mut lines = memory.lines();
/// lines.sort();
/// assert_eq!(lines, ["temperature:21.5|g", "visits:3|c|#page:home"]);
/// assert_eq!(client.stats().metrics.total(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Client(Arc<Owner>);

/// Closes the client when its last clone goes.
#[derive(Debug)]
struct Owner(Arc<Inner>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.close(self.0.config.sender.stop_timeout);
    }
}

/// Closes all clients of this process, as [`Client::close_within`] does one, within `timeout` for all of them together. For an end of the process that
/// the program knows of and the C library does not; it does not unwind.
pub fn close_all(timeout: Duration) {
    Process::close_members(Some(timeout));
}

impl Client {
    pub(crate) fn start(config: Config) -> std::io::Result<Client> {
        Ok(Client(Arc::new(Owner(Inner::new(config)?))))
    }

    /// Makes a call for a metric, with all of its options.
    pub fn metric(&self, call: &MetricCall<'_>) {
        self.inner().call(call.kind == MetricKind::Gauge, |client, now| client.metric(call, now));
    }

    /// Makes a call for a metric that the caller's own sampling has kept: the client does not sample it again, and the call counts as `1 / sample_rate` calls.
    pub fn sampled_metric(&self, call: &MetricCall<'_>) {
        self.inner().call(call.kind == MetricKind::Gauge, |client, now| client.sampled_metric(call, now));
    }

    /// Makes a call for an event.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji::client::{Client, Environment, EventCall, Memory};
    ///
    /// let memory = Memory::new();
    /// let to = memory.clone();
    /// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
    /// let client = builder.origin_detection(false).telemetry(false).build()?;
    /// client.event(&EventCall { alert_type: Some(b"success"), ..EventCall::new(b"deploy", b"v2") });
    /// client.flush();
    /// assert_eq!(memory.lines(), ["_e{6,2}:deploy|v2|t:success"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn event(&self, call: &EventCall<'_>) {
        self.inner().call(false, |client, now| client.event(call, now));
    }

    /// Makes a call for a service check.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji::client::{CheckCall, Client, Environment, Memory, Value};
    ///
    /// let memory = Memory::new();
    /// let to = memory.clone();
    /// let builder = Client::builder().transport(move || Box::new(to.clone())).environment(Environment::default());
    /// let client = builder.origin_detection(false).telemetry(false).build()?;
    /// client.service_check(&CheckCall::new(b"db.up", Value::U64(0)));
    /// client.flush();
    /// assert_eq!(memory.lines(), ["_sc|db.up|0"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn service_check(&self, call: &CheckCall<'_>) {
        self.inner().call(false, |client, now| client.service_check(call, now));
    }

    /// Adds to a count.
    pub fn count(&self, name: &str, value: i64, tags: &[&str]) {
        self.number(MetricKind::Count, name, Value::I64(value), tags);
    }

    /// Sets a gauge.
    pub fn gauge(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Gauge, name, Value::F64(value), tags);
    }

    /// A sample of a histogram.
    pub fn histogram(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Histogram, name, Value::F64(value), tags);
    }

    /// A sample of a distribution.
    pub fn distribution(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Distribution, name, Value::F64(value), tags);
    }

    /// A timing in milliseconds.
    pub fn timing(&self, name: &str, millis: f64, tags: &[&str]) {
        self.number(MetricKind::Timing, name, Value::F64(millis), tags);
    }

    /// A member of a set.
    pub fn set(&self, name: &str, member: &str, tags: &[&str]) {
        self.simple(MetricKind::Set, name, Value::Text(member.as_bytes()), tags, |_| ());
    }

    /// Makes a call whose text is of the program, as [`count!`](crate::count) and its like do.
    #[inline]
    pub fn literal(&self, literal: &'static Literal, value: Value<'_>) {
        literal.call(self.inner(), value);
    }

    /// A metric of any kind whose name and tags are looked up once, and whose calls keep their order among those by name.
    pub fn series(&self, kind: MetricKind, name: &str, tags: &[&str]) -> Series {
        Series::new(self.inner(), kind, name, tags)
    }

    /// A counter whose name and tags are looked up once.
    pub fn counter(&self, name: &str, tags: &[&str]) -> Counter {
        Counter::new(self.inner(), name, tags)
    }

    /// A gauge whose name and tags are looked up once.
    pub fn gauge_handle(&self, name: &str, tags: &[&str]) -> Gauge {
        Gauge::new(self.inner(), name, tags)
    }

    /// A histogram whose name and tags are looked up once.
    pub fn histogram_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        SampleHandle::new(self.inner(), MetricKind::Histogram, name, tags)
    }

    /// A distribution whose name and tags are looked up once.
    pub fn distribution_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        SampleHandle::new(self.inner(), MetricKind::Distribution, name, tags)
    }

    /// A timing, in milliseconds, whose name and tags are looked up once.
    pub fn timing_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        SampleHandle::new(self.inner(), MetricKind::Timing, name, tags)
    }

    /// Sends what was called before. It returns when the system has taken everything, or the rest is lost and counted, at the latest after
    /// [`stop_timeout`](super::SenderConfig::stop_timeout); true if nothing waits any more.
    pub fn flush(&self) -> bool {
        self.flush_within(self.inner().config.sender.stop_timeout)
    }

    /// [`Client::flush`] that waits at most `timeout`. 0 hands everything on and waits for nothing.
    ///
    /// It returns in time whatever the thread that sends is doing. If that thread itself calls it, in a hook or a transport, it returns at
    /// once.
    pub fn flush_within(&self, timeout: Duration) -> bool {
        self.inner().flush_and_wait(timeout)
    }

    /// [`Client::flush_within`].
    pub fn wait_for_pending(&self, timeout: Duration) -> bool {
        self.flush_within(timeout)
    }

    /// Ends the client, as dropping its last clone does. It sends what was called before, for
    /// [`stop_timeout`](super::SenderConfig::stop_timeout) at most. What is left, and what is called afterwards, is lost and counted.
    pub fn close(&self) {
        self.close_within(self.inner().config.sender.stop_timeout);
    }

    /// [`Client::close`] that waits at most `timeout`; true if nothing was left. 0 hands everything on, gives the system one chance to take it, and waits for nothing.
    ///
    /// It returns in time whatever the thread that sends is doing. If that thread is in a system call or a hook, it ends as soon as the call
    /// returns.
    pub fn close_within(&self, timeout: Duration) -> bool {
        self.inner().close(timeout)
    }

    /// The rate of calls that name none.
    #[inline]
    pub fn sample_rate(&self) -> f64 {
        self.inner().config.sample_rate
    }

    /// What the client has done in this process, with or without telemetry. Calls of handles count when they are flushed.
    pub fn stats(&self) -> Counters {
        self.inner().stats()
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }

    #[inline(always)]
    fn number(&self, kind: MetricKind, name: &str, value: Value<'_>, tags: &[&str]) {
        let is_known = as_exact(value).is_some_and(|value| self.inner().call_by_name(kind, name, tags, value));
        if !is_known {
            self.number_anew(kind, name, value, tags);
        }
    }

    /// [`Client::number`] of a call whose context is not where it was, or that is a line.
    #[inline(never)]
    fn number_anew(&self, kind: MetricKind, name: &str, value: Value<'_>, tags: &[&str]) {
        let place = Place::of(kind, name, tags);
        if !self.inner().repeat(place, (kind, name.as_bytes(), tags), value) {
            self.simple(kind, name, value, tags, |call| self.inner().remember(place, None, call));
        }
    }

    fn simple(
        &self,
        kind: MetricKind,
        name: &str,
        value: Value<'_>,
        tags: &[&str],
        then: impl FnOnce(&MetricCall<'_>),
    ) {
        let sample_rate = self.sample_rate();
        with_tags(tags, |tags| {
            let call = MetricCall { tags, sample_rate, ..MetricCall::new(name.as_bytes(), kind, value) };
            self.metric(&call);
            then(&call);
        });
    }
}

/// Bytes and number of tags that are joined without an allocation.
const JOINED: usize = 200;
const FEW: usize = 16;

/// Calls `work` with the tags as bytes. They are joined to one text if that means the same, since a context is found fastest by one text.
#[inline]
pub fn with_tags<T>(tags: &[&str], work: impl FnOnce(Tags<'_>) -> T) -> T {
    let mut joined = Joined::<JOINED>::new();
    match tags.iter().all(|tag| joined.push(tag.as_bytes())) {
        true => work(joined.tags()),
        false => with_list(tags, work),
    }
}

#[cold]
fn with_list<T>(tags: &[&str], work: impl FnOnce(Tags<'_>) -> T) -> T {
    let mut few: [&[u8]; FEW] = [b""; FEW];
    match few.get_mut(..tags.len()) {
        Some(few) => {
            few.iter_mut().zip(tags).for_each(|(bytes, tag)| *bytes = tag.as_bytes());
            work(Tags::List(few))
        }
        None => work(Tags::List(&tags.iter().map(|tag| tag.as_bytes()).collect::<Vec<_>>())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_joined_if_they_can_be_told_apart_again() {
        let long = "x".repeat(JOINED);
        for (tags, is_joined) in [
            (&[][..], true),
            (&["a:b", "c"], true),
            (&["a,b", "c"], false),
            (&["", "c"], false),
            (&["c", ""], false),
            (&[&long], true),
            (&[&long, "c"], false),
            (&["x"; 99], true),
            (&["x"; 101], false),
        ] {
            let seen = with_tags(tags, |seen| {
                assert_eq!(matches!(seen, Tags::Text(_)), is_joined, "{tags:?}");
                seen.iter().map(|tag| String::from_utf8(tag.to_vec()).unwrap()).collect::<Vec<_>>()
            });
            assert_eq!(seen, tags);
        }
    }
}
