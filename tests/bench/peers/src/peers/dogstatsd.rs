//! dogstatsd: batching, and a datagram a call.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use dogstatsd::{BatchingOptions, Client, OptionsBuilder};

use crate::contexts::{JOINED, NAME};
use crate::subject::{Group, Running, Start, Subject, Target};

pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name, group, start| Subject { name, ours: false, group, null: false, start: Start::Here(start) };
    vec![subject("dogstatsd, batching", Group::Lines, batching), subject("dogstatsd, plain", Group::Plain, plain)]
}

fn batching(target: &Target) -> Box<dyn Running> {
    client(
        target,
        Some(BatchingOptions {
            max_buffer_size: target.payload(),
            max_time: Duration::from_secs(2),
            max_retry_attempts: 8,
            initial_retry_delay: 1,
        }),
    )
}

fn plain(target: &Target) -> Box<dyn Running> {
    client(target, None)
}

fn client(target: &Target, batching: Option<BatchingOptions>) -> Box<dyn Running> {
    let mut options = OptionsBuilder::new();
    match target {
        Target::Null => panic!("it has no such transport"),
        Target::Udp(port) => options.to_addr(format!("127.0.0.1:{port}")),
        Target::Unix(path) => options.socket_path(Some(path.display().to_string())),
    };
    if let Some(batching) = batching {
        options.batching_options(batching);
    }
    Box::new(Dogstatsd(RwLock::new(Some(Client::new(options.build()).expect("a client")))))
}

/// Dropping the client is its only way to flush.
struct Dogstatsd(RwLock<Option<Client>>);

impl Running for Dogstatsd {
    fn calls(&self, count: usize) {
        let client = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let client = client.as_ref().expect("calls come before the end");
        for call in 0..count {
            // A full socket is an error of the call that sends itself; it is a loss that the reader sees.
            let _ = client.count(NAME, 1, JOINED[call % 4]);
        }
    }

    fn finish(&self) {
        drop(self.0.write().unwrap_or_else(PoisonError::into_inner).take());
    }
}
