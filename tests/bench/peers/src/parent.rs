//! Starts the processes that measure, reads what they send, and tells.

use crate::child::{MARK, WARM};
use crate::peers::Ours;
use crate::reader::Reader;
use crate::subject::{Group, Subject, Target};
use crate::{instructions, peers, table};

/// Calls of a process, and of one that sends a datagram for each.
const CALLS: usize = 1_000_000;
const PLAIN_CALLS: usize = 250_000;

/// Processes of a subject.
const ROUNDS: usize = 3;

/// What one process came to, or the middle of several.
#[derive(Clone, Copy, Default)]
pub(crate) struct Measured {
    /// Nanoseconds of a call on its thread.
    pub(crate) wall: f64,
    /// Nanoseconds of processor time for a call, of all threads.
    pub(crate) busy: f64,
    pub(crate) datagrams: f64,
    pub(crate) bytes: f64,
    /// Calls that the reader saw, of those that were made.
    pub(crate) arrived: f64,
}

/// What can be measured alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Nowhere,
    Udp,
    Unix,
    Instructions,
}

impl Part {
    pub(crate) const ALL: [Part; 4] = [Part::Nowhere, Part::Udp, Part::Unix, Part::Instructions];
}

pub(crate) fn run(ours: Ours, parts: &[Part]) {
    let subjects = peers::all(ours);
    let (udp, unix) = (Reader::udp(), Reader::unix());
    println!("{CALLS} calls a process ({PLAIN_CALLS} where each is a datagram), the middle of {ROUNDS} processes");
    for (part, reader) in [(Part::Nowhere, None), (Part::Udp, Some(&udp)), (Part::Unix, Some(&unix))] {
        if !parts.contains(&part) {
            continue;
        }
        let target = reader.map_or(Target::Null, |reader| reader.target.clone());
        let subjects: Vec<&Subject> =
            subjects.iter().filter(|subject| subject.null || target != Target::Null).collect();
        if !subjects.iter().any(|subject| subject.ours) {
            continue;
        }
        for threads in [1, 2] {
            let mut rounds = vec![Vec::new(); subjects.len()];
            for _ in 0..ROUNDS {
                for (subject, rounds) in subjects.iter().zip(&mut rounds) {
                    rounds.push(once(subject, &target, reader, threads));
                }
            }
            let rows: Vec<_> = subjects.iter().copied().zip(rounds.iter().map(|rounds| middle(rounds))).collect();
            table::measured(&target, threads, &rows);
        }
    }
    if !parts.contains(&Part::Instructions) {
        return;
    }
    let counts: Vec<_> = subjects
        .iter()
        .map(|subject| {
            let count = instructions::of(subject, if subject.null { &Target::Null } else { &udp.target });
            (subject, count)
        })
        .collect();
    table::instructions(&counts);
}

/// One process.
fn once(subject: &Subject, target: &Target, reader: Option<&Reader>, threads: usize) -> Measured {
    let calls = if subject.group == Group::Plain { PLAIN_CALLS } else { CALLS };
    let mut command = subject.command(target, threads, calls);
    // What peers read from the environment would make their lines longer.
    for name in ["DD_ENV", "DD_SERVICE", "DD_VERSION", "DD_TAGS", "DATADOG_TAGS", "DD_ENTITY_ID"] {
        command.env_remove(name);
    }
    let output = command.output().expect("this program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix(MARK));
    let line = line.unwrap_or_else(|| panic!("{}: {}", subject.name, String::from_utf8_lossy(&output.stderr)));
    let mut numbers = line.split(' ').filter_map(|number| number.parse().ok());
    let mut measured = Measured {
        wall: numbers.next().expect("two numbers"),
        busy: numbers.next().expect("two numbers"),
        ..Measured::default()
    };
    if let Some(reader) = reader {
        let heard = reader.take();
        measured.datagrams = heard.datagrams as f64;
        measured.bytes = heard.bytes as f64;
        measured.arrived = heard.calls() / (calls + threads * WARM) as f64;
    }
    measured
}

fn middle(rounds: &[Measured]) -> Measured {
    let of = |field: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(field).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Measured {
        wall: of(|one| one.wall),
        busy: of(|one| one.busy),
        datagrams: of(|one| one.datagrams),
        bytes: of(|one| one.bytes),
        arrived: of(|one| one.arrived),
    }
}
