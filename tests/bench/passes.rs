//! A pass over the corpus, measured: time by divan, instructions by callgrind.

#[path = "input.rs"]
pub(crate) mod input;

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use input::{CORPUS, lines};

/// One thing that is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// What comes before each pass and is not measured.
    pub(crate) prepare: fn(),
    /// A pass over the corpus; returns something of everything that it did.
    pub(crate) pass: fn(&[u8]) -> f64,
}

/// How often the subjects are timed in turn; the one in the middle is told.
const ROUNDS: usize = 101;

/// Names the subject, for the process that runs under callgrind.
const COUNTED: &str = "BASENJI_BENCH_COUNTED";

/// Times every subject by divan, which finds them by their attribute, then counts its instructions. False in the process that does nothing else.
pub(crate) fn run(subjects: &[Subject]) -> bool {
    if let Ok(name) = std::env::var(COUNTED) {
        let subject = subjects.iter().find(|subject| subject.name == name).expect("a subject");
        // One pass to warm up: what happens only once is not counted.
        (subject.prepare)();
        (subject.pass)(&CORPUS);
        (subject.prepare)();
        counted(subject.pass);
        return false;
    }
    let messages = lines().count() as f64;
    println!("{messages} messages, {:.1} bytes each", CORPUS.len() as f64 / messages);
    divan::main();
    side_by_side(subjects, messages);
    for subject in subjects {
        match instructions(subject.name) {
            Some(count) => println!("{}: {:.0} instructions a message", subject.name, count / messages),
            None => println!("{}: no instruction count, valgrind is not installed", subject.name),
        }
    }
    true
}

/// Times one subject.
pub(crate) fn time(bencher: Bencher<'_, '_>, subject: &Subject) {
    bencher
        .counter(ItemsCount::new(lines().count()))
        .counter(BytesCount::new(CORPUS.len()))
        .with_inputs(subject.prepare)
        .bench_values(|()| (subject.pass)(black_box(&CORPUS)));
}

/// Times all subjects in turn, so that whoever else uses the machine disturbs them alike, and compares the first
/// with the last one, round by round.
fn side_by_side(subjects: &[Subject], messages: f64) {
    let round = || {
        let times = subjects.iter().map(|subject| {
            (subject.prepare)();
            let start = Instant::now();
            black_box((subject.pass)(black_box(&CORPUS)));
            start.elapsed().as_secs_f64()
        });
        times.collect::<Vec<f64>>()
    };
    let rounds: Vec<Vec<f64>> = (0..ROUNDS).map(|_| round()).collect();
    let middle = |of: &dyn Fn(&[f64]) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(|times| of(times)).collect();
        values.sort_by(f64::total_cmp);
        values[ROUNDS / 2]
    };
    for (index, subject) in subjects.iter().enumerate() {
        println!("{}: {:.0} ns a message in turn", subject.name, middle(&|times| times[index]) * 1e9 / messages);
    }
    if let [first, .., last] = subjects {
        let ratio = middle(&|times| times[times.len() - 1] / times[0]);
        println!("{} is {ratio:.2} times as fast as {}", first.name, last.name);
    }
}

/// The pass that callgrind counts; it finds this function by its name.
#[inline(never)]
fn counted(pass: fn(&[u8]) -> f64) {
    black_box(pass(black_box(&CORPUS)));
}

/// The instructions of one pass of a subject, in a process of its own.
fn instructions(name: &str) -> Option<f64> {
    let this = std::env::current_exe().expect("a running program has a path");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*passes::counted*"]);
    let output = valgrind.arg(this).env(COUNTED, name).output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :"))?.1;
    collected.trim().parse().ok()
}
