//! What the benches share: the corpus, and instruction counts by callgrind.
//!
//! A bench includes this file by its path, so that `basenji-core` needs no package above it to be measured.

#[path = "../src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives, in the tests' library")]
mod corpus;

use std::hint::black_box;
use std::process::Command;
use std::sync::LazyLock;

/// One thing that is measured: a name, and a pass over the corpus that returns something of everything it did.
pub(crate) type Subject = (&'static str, fn(&[u8]) -> f64);

/// The lines of the file in `BASENJI_CORPUS`, or 20,000 generated ones of seed 7.
pub(crate) static CORPUS: LazyLock<Vec<u8>> = LazyLock::new(|| match std::env::var_os("BASENJI_CORPUS") {
    Some(path) => std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    None => corpus::corpus(20_000, 7),
});

/// The messages in the corpus, one a line.
pub(crate) fn messages() -> usize {
    CORPUS.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()
}

/// `subject:passes`, for the process that runs under callgrind.
const PASSES: &str = "BASENJI_BENCH_PASSES";

/// Runs `times`, then prints the instructions a message of every subject.
///
/// The count is the difference of two runs under callgrind that differ by one pass, so what comes before and after the passes does not matter.
pub(crate) fn run(subjects: &[Subject], times: fn()) {
    if let Ok(order) = std::env::var(PASSES) {
        let (name, passes) = order.split_once(':').expect("subject:passes");
        let (_, pass) = subjects.iter().find(|(known, _)| *known == name).expect("a subject");
        for _ in 0..passes.parse::<u32>().expect("a number") {
            black_box(pass(black_box(&CORPUS)));
        }
        return;
    }
    let messages = messages();
    println!("{messages} messages, {:.1} bytes each", CORPUS.len() as f64 / messages as f64);
    times();
    for (name, _) in subjects {
        match (instructions(name, 2), instructions(name, 3)) {
            (Some(two), Some(three)) => {
                println!("{name}: {:.0} instructions a message", (three - two) / messages as f64)
            }
            _ => println!("{name}: no instruction count, valgrind is not installed"),
        }
    }
}

/// The instructions of a whole process that makes `passes` passes.
fn instructions(name: &str, passes: u32) -> Option<f64> {
    let this = std::env::current_exe().expect("a running program has a path");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(this);
    let output = valgrind.env(PASSES, format!("{name}:{passes}")).output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :"))?.1;
    collected.trim().parse().ok()
}
