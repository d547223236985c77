//! Recording.

use std::hint::black_box;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, LineMemory, LinesAhead, Settings, Source};
use basenji::core::wire::{Message, Messages, Metric};
use basenji::server::{Config, Engine, Growing, ListenerKind, Memory};

use super::prepare::Prepare;

pub(super) const OPERATIONS: &[(&str, Prepare)] = &[
    ("record a count", || record(&["page.views:1|c|#env:prod,service:web"])),
    ("record a gauge", || record(&["queue.depth:6820.027|g|#env:prod,service:web"])),
    ("record a sample of a distribution", || record(&VALUES.map(|value| format!("render:{value}|d|#env:prod")))),
    ("record a sample of a histogram", || record(&VALUES.map(|value| format!("render:{value}|h|#env:prod")))),
    ("record a member of a set", || record(&VALUES.map(|value| format!("users.seen:user{value}|s|#env:prod")))),
    ("record tags in two orders", || {
        record(&["page.views:1|c|#env:prod,service:web,region:eu", "page.views:1|c|#region:eu,service:web,env:prod"])
    }),
    ("record a datagram of known lines", || known(&datagram())),
    ("take a datagram into a server", || {
        let (mut engine, datagram) = (Engine::new(Config::default(), None, []).expect("it starts"), datagram());
        Box::new(move || engine.receive(0, ListenerKind::Udp, black_box(&datagram), false, NOW))
    }),
];

const NOW: Time = Time::from_secs(1_700_000_000);

const VALUES: [f64; 8] = [0.25, 1.5, 12.75, 13.5, 99.0, 100.125, 733.5, 12.5];

/// Sixteen lines of all kinds of metrics.
pub(super) fn datagram() -> Vec<u8> {
    let line = |number: usize| {
        let kind = ["c", "c", "g", "d", "c", "ms", "c", "g"][number % 8];
        format!(
            "http.requests.v{number}:{}|{kind}|#env:prod,service:web,version:1.2.{number},endpoint:/api/v1/users\n",
            VALUES[number % 8]
        )
    };
    (0..16).map(line).collect::<String>().into_bytes()
}

/// Records one of these lines after the other.
fn record(lines: &[impl AsRef<str>]) -> Box<dyn FnMut()> {
    let lines: Vec<&'static [u8]> = lines.iter().map(|line| &*line.as_ref().as_bytes().to_vec().leak()).collect();
    let metrics: Vec<Metric<'static>> = lines.iter().map(|line| Metric::parse(line).expect("it is one")).collect();
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::new());
    let mut next = 0;
    Box::new(move || {
        assert!(aggregator.record(black_box(&metrics[next]), &Source::default(), NOW).is_ok());
        next = (next + 1) % metrics.len();
    })
}

/// Records a datagram with a memory of lines.
fn known(datagram: &[u8]) -> Box<dyn FnMut()> {
    let datagram = datagram.to_vec();
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::new());
    let mut memory = LineMemory::new(vec![[0; 4]; 64], vec![0; 4096]);
    Box::new(move || {
        let (mut ahead, mut messages) = (LinesAhead::default(), Messages::new(black_box(&datagram)));
        memory.look_ahead(&mut ahead, &mut messages, 0, &aggregator);
        while let Some((line, known)) = ahead.take(&mut aggregator, NOW, |_| ()) {
            if known.is_none()
                && let Ok(Message::Metric(metric)) = line.outline().parse()
            {
                assert!(aggregator.record(&metric, &Source::default(), NOW).is_ok());
                memory.remember(line, &metric, &aggregator);
            }
        }
    })
}
