//! The client itself, as a program holds it.

use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{CheckCall, Counters, EventCall, MetricCall, Value};
use basenji_core::wire::{MetricKind, Tags};

use super::builder::Builder;
use super::config::Config;
use super::handle::{Counter, Counts, Gauge, Key, Last, Life, Registered, Rings, SampleHandle};
use super::known::Place;
use super::registry;
use super::state::Inner;

/// A DogStatsD client, to be shared by all threads of a program; clones are one client.
///
/// A call never panics, never waits for the network and never fails for a fault of it: [`Client::stats`] and the hook of
/// [`Builder::on_trouble`] tell. Dropping the last clone sends what waits, for a bounded time; so does the end of the process for a client in a
/// `static`. In the child of a `fork` the client goes on with a connection of its own, and what had waited is the parent's to send.
#[derive(Debug, Clone)]
pub struct Client(Arc<Owner>);

/// Closes the client when its last clone goes.
#[derive(Debug)]
struct Owner(Arc<Inner>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Client {
    /// A client to be.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn start(config: Config) -> std::io::Result<Client> {
        Ok(Client(Arc::new(Owner(Inner::new(config)?))))
    }

    /// Makes a call for a metric, with all of its options.
    pub fn metric(&self, call: &MetricCall<'_>) {
        self.inner().call(call.kind == MetricKind::Gauge, |client, now| client.metric(call, now));
    }

    /// Makes a call for a metric that the caller's own sampling has kept: nothing is drawn, and the call stands for as many as its rate says.
    pub fn sampled_metric(&self, call: &MetricCall<'_>) {
        self.inner().call(call.kind == MetricKind::Gauge, |client, now| client.sampled_metric(call, now));
    }

    /// Makes a call for an event.
    pub fn event(&self, call: &EventCall<'_>) {
        self.inner().call(false, |client, now| client.event(call, now));
    }

    /// Makes a call for a service check.
    pub fn service_check(&self, call: &CheckCall<'_>) {
        self.inner().call(false, |client, now| client.service_check(call, now));
    }

    /// Adds to a count.
    pub fn count(&self, name: &str, value: i64, tags: &[&str]) {
        self.number(MetricKind::Count, name, (Value::I64(value), value as f64), tags);
    }

    /// Sets a gauge.
    pub fn gauge(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Gauge, name, (Value::F64(value), value), tags);
    }

    /// A sample of a histogram.
    pub fn histogram(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Histogram, name, (Value::F64(value), value), tags);
    }

    /// A sample of a distribution.
    pub fn distribution(&self, name: &str, value: f64, tags: &[&str]) {
        self.number(MetricKind::Distribution, name, (Value::F64(value), value), tags);
    }

    /// A timing in milliseconds.
    pub fn timing(&self, name: &str, millis: f64, tags: &[&str]) {
        self.number(MetricKind::Timing, name, (Value::F64(millis), millis), tags);
    }

    /// A member of a set.
    pub fn set(&self, name: &str, member: &str, tags: &[&str]) {
        self.simple(MetricKind::Set, name, Value::Text(member.as_bytes()), tags, |_| ());
    }

    /// A counter whose name and tags are looked up once.
    pub fn counter(&self, name: &str, tags: &[&str]) -> Counter {
        let counts = Arc::new(Counts::new(key(MetricKind::Count, name, tags), Life::new(self.inner())));
        registry::enter(self.inner().number, Registered::Counter(Arc::clone(&counts)));
        Counter(counts)
    }

    /// A gauge whose name and tags are looked up once.
    pub fn gauge_handle(&self, name: &str, tags: &[&str]) -> Gauge {
        let last = Arc::new(Last::new(key(MetricKind::Gauge, name, tags), Life::new(self.inner())));
        registry::enter(self.inner().number, Registered::Gauge(Arc::clone(&last)));
        Gauge(last)
    }

    /// A histogram whose name and tags are looked up once.
    pub fn histogram_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        self.samples(MetricKind::Histogram, name, tags)
    }

    /// A distribution whose name and tags are looked up once.
    pub fn distribution_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        self.samples(MetricKind::Distribution, name, tags)
    }

    /// A timing, in milliseconds, whose name and tags are looked up once.
    pub fn timing_handle(&self, name: &str, tags: &[&str]) -> SampleHandle {
        self.samples(MetricKind::Timing, name, tags)
    }

    /// Sends what was called before, and returns when it is with the system, or lost and counted, or after a bounded time
    /// ([`stop_timeout`](super::SenderConfig::stop_timeout)); whether nothing waits any more.
    pub fn flush(&self) -> bool {
        self.wait_for_pending(self.inner().config.sender.stop_timeout)
    }

    /// [`Client::flush`] with a time of one's own.
    pub fn wait_for_pending(&self, timeout: Duration) -> bool {
        self.inner().flush_and_wait(timeout)
    }

    /// Ends the client as dropping its last clone does: sends what was called before, for a bounded time. What is called afterwards is lost.
    pub fn close(&self) {
        self.inner().close();
    }

    /// The rate of calls that name none.
    #[inline]
    pub fn sample_rate(&self) -> f64 {
        self.inner().config.sample_rate
    }

    /// What the client has done in this process, telemetry or not; the calls of handles count when they are flushed.
    pub fn stats(&self) -> Counters {
        self.inner().stats()
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }

    #[inline]
    fn number(&self, kind: MetricKind, name: &str, value: (Value<'_>, f64), tags: &[&str]) {
        let place = Place::of(kind, name, tags);
        if !self.inner().call_known(place, (kind, name.as_bytes(), tags), value) {
            self.simple(kind, name, value.0, tags, |call| self.inner().remember(place, call));
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

    fn samples(&self, kind: MetricKind, name: &str, tags: &[&str]) -> SampleHandle {
        let rings = Arc::new(Rings::new(key(kind, name, tags), Life::new(self.inner())));
        registry::enter(self.inner().number, Registered::Samples(Arc::clone(&rings)));
        SampleHandle(rings)
    }
}

fn key(kind: MetricKind, name: &str, tags: &[&str]) -> Key {
    Key::new(kind, name.as_bytes(), tags)
}

/// Bytes and number of tags that are looked at without an allocation.
const JOINED: usize = 200;
const FEW: usize = 16;

/// Calls `work` with the tags as bytes: joined, if that says the same, because a context is found fastest by one text.
#[inline]
pub fn with_tags<T>(tags: &[&str], work: impl FnOnce(Tags<'_>) -> T) -> T {
    let mut joined = [0; JOINED];
    match join(tags, &mut joined) {
        Some(text) => work(Tags::Text(text)),
        None => with_list(tags, work),
    }
}

/// The tags joined by commas, if they fit and can be told apart again.
#[inline]
fn join<'a>(tags: &[&str], joined: &'a mut [u8; JOINED]) -> Option<&'a [u8]> {
    let mut len = 0;
    for tag in tags {
        if len > 0 {
            *joined.get_mut(len)? = b',';
            len += 1;
        }
        let tag = tag.as_bytes();
        if tag.is_empty() || tag.contains(&b',') {
            return None;
        }
        joined.get_mut(len..)?.get_mut(..tag.len())?.copy_from_slice(tag);
        len += tag.len();
    }
    joined.get(..len)
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
