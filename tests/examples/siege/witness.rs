//! Those who look on: what the daemon shows, and how its probes are answered.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often the output is not read, and for how long.
const STUCK: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(3));

/// The sums of all counts that were shown, by name and tags.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<(String, Vec<String>), f64>);

impl Shown {
    /// Reads to the end, but not all the time: a stuck output until `over`.
    pub(super) fn read(output: impl BufRead, over: &AtomicBool) -> Shown {
        let mut shown = Shown::default();
        let mut last = Instant::now();
        for line in output.lines() {
            let line = line.expect("the output is UTF-8");
            // What is counted has a name that is looked for; parsing all of a flood would make the output slow for ever.
            let name = line.strip_prefix("{\"metric\":\"").unwrap_or_default();
            if ["known\"", "late\"", "neighbour\"", "basenji."].iter().any(|wanted| name.starts_with(wanted)) {
                shown.add(&line);
            }
            if last.elapsed() > STUCK.0 && !over.load(Ordering::Relaxed) {
                thread::sleep(STUCK.1);
                last = Instant::now();
            }
        }
        shown
    }

    fn add(&mut self, line: &str) {
        let object: Value = serde_json::from_str(line).expect("a line is JSON");
        let (Some(name), Some(value)) = (object["metric"].as_str(), object["value"].as_f64()) else { return };
        if object["kind"] != "count" {
            return;
        }
        let tags = object["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        *self.0.entry((name.to_owned(), tags.collect())).or_default() += value;
    }

    pub(super) fn sum(&self, name: &str) -> u64 {
        self.0.iter().filter(|((other, _), _)| other == name).map(|(_, value)| *value as u64).sum()
    }

    pub(super) fn tagged(&self, name: &str, tag: &str) -> u64 {
        let series = self.0.iter().filter(|((other, tags), _)| other == name && tags.iter().any(|own| own == tag));
        series.map(|(_, value)| *value as u64).sum()
    }
}

/// Probes that were sent and answered.
#[derive(Default)]
pub(super) struct Probes {
    pub(super) sent: u64,
    pub(super) answered: u64,
    pub(super) slowest: Duration,
}

impl Probes {
    /// Sends one after the other to `address` until `over`.
    pub(super) fn send(address: &str, over: &AtomicBool) -> Probes {
        let mut probes = Probes::default();
        while !over.load(Ordering::Relaxed) {
            let begun = Instant::now();
            probes.sent += 1;
            let mut answer = String::new();
            let asked = TcpStream::connect(address).and_then(|mut stream| {
                stream.set_read_timeout(Some(Duration::from_secs(10)))?;
                stream.write_all(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
                stream.read_to_string(&mut answer)
            });
            probes.answered += u64::from(asked.is_ok() && answer.starts_with("HTTP/1.1 200 "));
            probes.slowest = probes.slowest.max(begun.elapsed());
            thread::sleep(Duration::from_millis(100));
        }
        probes
    }
}
