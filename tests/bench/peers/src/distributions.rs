//! cadence's part of `cargo xtask distributions`.

use std::fs;
use std::path::Path;

use cadence::{BufferedSpyMetricSink, Distributed, StatsdClient};

/// Calls cadence for each file of samples in a directory, and keeps each datagram that it would send, its length before it.
pub(crate) fn run(directory: &Path) {
    for entry in fs::read_dir(directory).expect("a directory of samples") {
        let path = entry.expect("a file of samples").path();
        if path.extension().is_some_and(|ending| ending == "samples") {
            let bytes = fs::read(&path).expect("samples");
            fs::write(path.with_extension("cadence"), datagrams(&bytes)).expect("a file of datagrams");
        }
    }
}

fn datagrams(samples: &[u8]) -> Vec<u8> {
    let (sent, sink) = BufferedSpyMetricSink::with_capacity(None, Some(1432));
    let client = StatsdClient::from_sink("", sink);
    for sample in samples.as_chunks().0 {
        client.distribution("request.time", f64::from_le_bytes(*sample)).expect("a number");
    }
    client.flush().expect("a sink in memory");
    // Its end is a flush, too.
    drop(client);
    sent.try_iter().flat_map(|datagram| [(datagram.len() as u32).to_le_bytes().to_vec(), datagram].concat()).collect()
}
