//! What the benches share: the corpus, and instruction counts by callgrind.
//!
//! A bench includes this file by its path, so that `basenji-core` needs no package above it to be measured.

#[path = "../src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives, in the tests' library")]
mod corpus;

use std::hint::black_box;
use std::process::Command;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

/// One thing that is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// What comes before each pass and is not measured.
    pub(crate) prepare: fn(),
    /// A pass over the corpus; returns something of everything that it did.
    pub(crate) pass: fn(&[u8]) -> f64,
}

/// The lines of the file in `BASENJI_CORPUS`, or 20,000 generated ones of seed 7.
pub(crate) static CORPUS: LazyLock<Vec<u8>> = LazyLock::new(|| match std::env::var_os("BASENJI_CORPUS") {
    Some(path) => std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    None => corpus::corpus(20_000, 7),
});

/// The messages in the corpus, one a line.
fn messages() -> usize {
    CORPUS.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
}

/// Names the subject, for the process that runs under callgrind.
const COUNTED: &str = "BASENJI_BENCH_COUNTED";

/// Times every subject by divan, which finds them by their attribute, then counts its instructions.
pub(crate) fn run(subjects: &[Subject]) {
    if let Ok(name) = std::env::var(COUNTED) {
        let subject = subjects.iter().find(|subject| subject.name == name).expect("a subject");
        // One pass to warm up: what happens only once is not counted.
        (subject.prepare)();
        (subject.pass)(&CORPUS);
        (subject.prepare)();
        counted(subject.pass);
        return;
    }
    println!("{} messages, {:.1} bytes each", messages(), CORPUS.len() as f64 / messages() as f64);
    divan::main();
    for subject in subjects {
        match instructions(subject.name) {
            Some(count) => println!("{}: {:.0} instructions a message", subject.name, count / messages() as f64),
            None => println!("{}: no instruction count, valgrind is not installed", subject.name),
        }
    }
}

/// Times one subject.
pub(crate) fn time(bencher: Bencher<'_, '_>, subject: &Subject) {
    bencher
        .counter(ItemsCount::new(messages()))
        .counter(BytesCount::new(CORPUS.len()))
        .with_inputs(subject.prepare)
        .bench_values(|()| (subject.pass)(black_box(&CORPUS)));
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
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*support::counted*"]);
    let output = valgrind.arg(this).env(COUNTED, name).output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :"))?.1;
    collected.trim().parse().ok()
}
