//! What the tests of the client share.

use std::time::Duration;

use basenji::client::{Builder, Client, Environment, Memory};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A client that nothing but its calls makes send: no environment, no container, no telemetry, no flush of its own.
pub(crate) fn quiet() -> Builder {
    Client::builder()
        .environment(Environment::default())
        .origin_detection(false)
        .telemetry(false)
        .flush_interval(LONG * 60)
        .sender(|sender| sender.stop_timeout = LONG)
}

/// [`quiet`], into memory.
pub(crate) fn into(memory: &Memory) -> Builder {
    let memory = memory.clone();
    quiet().transport(move || Box::new(memory.clone()))
}

/// The lines of all datagrams, sorted.
pub(crate) fn sorted(memory: &Memory) -> Vec<String> {
    let mut lines: Vec<_> = memory.datagrams().iter().flat_map(|datagram| text(datagram)).collect();
    lines.sort();
    lines
}

pub(crate) fn text(datagram: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(datagram).lines().map(str::to_owned).collect()
}

/// How many samples these lines stand for: the values of each, divided by its rate.
pub(crate) fn samples_of<'a>(lines: impl IntoIterator<Item = &'a String>) -> f64 {
    let weighed = lines.into_iter().map(|line| {
        let rate = line.split("|@").nth(1).map_or(1.0, |rest| rest.split('|').next().unwrap().parse().unwrap());
        line.split('|').next().unwrap().matches(':').count() as f64 / rate
    });
    weighed.sum()
}
