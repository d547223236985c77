//! The instructions of a call, by callgrind: of all threads, and until everything is sent.
//!
//! Two processes make a different number of calls; the difference has neither start nor end in it.

use std::process::Command;
use std::thread;

use crate::subject::{Subject, Target};

/// Calls of the shorter process; the longer one makes twice as many.
const CALLS: usize = 100_000;

/// `None` if valgrind is not installed.
pub(crate) fn of(subject: &Subject, target: &Target) -> Option<f64> {
    // At the same time: counts do not depend on who else uses the machine.
    let (short, long) = thread::scope(|scope| {
        let long = scope.spawn(|| collected(subject, target, 2 * CALLS));
        (collected(subject, target, CALLS), long.join().expect("valgrind can be started"))
    });
    Some((long? - short?) / CALLS as f64)
}

fn collected(subject: &Subject, target: &Target, calls: usize) -> Option<f64> {
    let program = subject.command(target, 1, calls);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let output = valgrind.arg(program.get_program()).args(program.get_args()).output().ok()?;
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {report}", subject.name);
    report.lines().find_map(|line| line.split_once("Collected :"))?.1.trim().parse().ok()
}
