//! Datagrams of clients, and the sketch that a server makes of them.

use std::time::Duration;

use basenji::OwnedSketch;
use basenji::client::{Client, Environment, Memory};
use basenji::core::wire::{Message, MetricKind};

/// What arrived.
#[derive(Debug, Default)]
pub struct Received {
    /// As the Agent's, key for key.
    pub sketch: OwnedSketch,
    /// Bytes of all datagrams.
    pub bytes: usize,
    /// How many there were.
    pub datagrams: usize,
}

impl Received {
    /// Takes one in.
    ///
    /// # Panics
    ///
    /// A line is no distribution.
    pub fn take(&mut self, datagram: &[u8]) {
        self.bytes += datagram.len();
        self.datagrams += 1;
        for line in datagram.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let shown = String::from_utf8_lossy(line);
            let Ok(Message::Metric(metric)) = Message::parse(line) else { panic!("{shown} is no metric") };
            assert!(metric.kind == MetricKind::Distribution, "{shown} is no distribution");
            metric.values.iter().for_each(|value| self.sketch.add(value, 1.0 / metric.sample_rate));
        }
    }
}

/// What arrives of these samples from our client as it is by default: one context, one flush.
///
/// # Panics
///
/// The client loses something.
pub fn from_ours(samples: &[f64]) -> Received {
    let (memory, long) = (Memory::default(), Duration::from_secs(3600));
    let transport = memory.clone();
    let client = Client::builder()
        .transport(move || Box::new(transport.clone()))
        .environment(Environment::default())
        .origin_detection(false)
        .telemetry(false)
        .flush_interval(long)
        .max_payload(1432)
        .build()
        .expect("a client into memory");
    samples.iter().for_each(|&sample| client.distribution("request.time", sample, &[]));
    assert!(client.flush_within(long), "the client did not flush");
    client.close();
    let mut received = Received::default();
    memory.datagrams().iter().for_each(|datagram| received.take(datagram));
    received
}

/// What arrives of datagrams in a file, each behind its length in four bytes, the lowest first.
///
/// # Panics
///
/// The file ends in the middle of one.
pub fn from_file(mut bytes: &[u8]) -> Received {
    let mut received = Received::default();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (datagram, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        received.take(datagram);
        bytes = rest;
    }
    assert!(bytes.is_empty(), "a length is cut");
    received
}
