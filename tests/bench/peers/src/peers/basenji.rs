//! Ours, with defaults but for what a name says, and a queue that is as little a limit as the peers' are.

use std::time::Duration;

use basenji::client::{Aggregation, Client, Counter, Null, Profile, SampleHandle};

use crate::contexts::{JOINED, NAME, sample};
use crate::subject::{Group, Running, Start, Subject, Target};

pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name, group, start| Subject { name, ours: true, group, null: true, start: Start::Here(start) };
    vec![
        subject("basenji, counter handle", Group::Counter, counter),
        subject("basenji, distribution handle", Group::Samples, samples),
        subject("basenji, aggregated", Group::Summed, aggregated),
        subject("basenji, buffered", Group::Lines, buffered),
        subject("basenji, plain", Group::Plain, plain),
    ]
}

/// Bytes that may wait: the peers' queues have no end.
const QUEUE: usize = 256 << 20;

/// How long the end waits for the socket.
const PATIENCE: Duration = Duration::from_secs(60);

fn client(target: &Target, profile: Profile, aggregation: Aggregation) -> Client {
    let builder =
        Client::builder().profile(profile).aggregation(aggregation).sender(|config| config.queue_bytes = QUEUE);
    let builder = match target {
        Target::Null => builder.transport(|| Box::new(Null)).max_payload(target.payload()),
        Target::Udp(port) => builder.to(&format!("udp://127.0.0.1:{port}")).expect("an address"),
        Target::Unix(path) => builder.to(&format!("unixgram://{}", path.display())).expect("an address"),
    };
    builder.build().expect("a client")
}

/// The aggregation of a client with defaults.
const EXTENDED: Aggregation = Aggregation::Extended { samples: 1024 };

fn counter(target: &Target) -> Box<dyn Running> {
    let client = client(target, Profile::Fast, EXTENDED);
    let handles = JOINED.map(|tags| client.counter(NAME, &tags));
    Box::new(Counters { client, handles })
}

fn samples(target: &Target) -> Box<dyn Running> {
    let client = client(target, Profile::Fast, EXTENDED);
    let handles = JOINED.map(|tags| client.distribution_handle(NAME, &tags));
    Box::new(Samples { client, handles })
}

fn aggregated(target: &Target) -> Box<dyn Running> {
    Box::new(Named(client(target, Profile::Fast, EXTENDED)))
}

fn buffered(target: &Target) -> Box<dyn Running> {
    Box::new(Named(client(target, Profile::Fast, Aggregation::Off)))
}

fn plain(target: &Target) -> Box<dyn Running> {
    Box::new(Named(client(target, Profile::Plain, Aggregation::Off)))
}

struct Counters {
    client: Client,
    handles: [Counter; 4],
}

impl Running for Counters {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| self.handles[call % 4].add(1));
    }

    fn finish(&self) {
        self.client.wait_for_pending(PATIENCE);
    }
}

struct Samples {
    client: Client,
    handles: [SampleHandle; 4],
}

impl Running for Samples {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| self.handles[call % 4].record(sample(call)));
    }

    fn finish(&self) {
        self.client.wait_for_pending(PATIENCE);
    }
}

struct Named(Client);

impl Running for Named {
    fn calls(&self, count: usize) {
        (0..count).for_each(|call| self.0.count(NAME, 1, &JOINED[call % 4]));
    }

    fn finish(&self) {
        self.0.wait_for_pending(PATIENCE);
    }
}
