//! Sketches beside the Agent's own module: recorded answers, and fresh ones where `cargo xtask interop sketches` has built
//! the program of `tests/interop/sketches`.

use std::io::Write;
use std::process::{Command, Stdio};

use basenji::server::Point;

use super::series::Common;
use super::sketches;
use super::tests::{bucket, hex};
use crate::encode::pen::Sheet;

/// Names the program.
const PROGRAM: &str = "BASENJI_SKETCH_REFERENCE";

/// Values as the program reads them, a line a sketch: of every size, sign and spread, some of them again and again.
fn lines(count: usize, mut seed: u64) -> Vec<String> {
    let mut next = move |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut lines = Vec::new();
    for _ in 0..count {
        let most = [1, 5, 40, 300][next(4) as usize];
        let len = 1 + next(most);
        let spread = next(5);
        let values = (0..len).map(|_| {
            let sign = if next(6) == 0 { "-" } else { "" };
            let digits = next(1_000_000);
            match spread {
                0 => format!("{sign}{}", next(3)),
                1 => format!("{sign}{}.{}", digits / 1_000, digits % 1_000),
                2 => format!("{sign}{digits}e{}", next(40) as i64 - 20),
                3 => format!("0.00000000{digits}"),
                _ => format!("{sign}{}", digits * 1_000_003),
            }
        });
        lines.push(values.collect::<Vec<_>>().join(" "));
    }
    lines
}

/// The payload of these values, as we send it but for the origin, which the module leaves to its caller.
fn ours(values: &str) -> String {
    let line = format!("latency:{}|d|#env:dev,host:web", values.replace(' ', ":"));
    let bucket = bucket(line.as_bytes(), 1_800_000_000);
    let mut sheet = Sheet::default();
    for series in bucket.series() {
        let Point::Distribution(sketch) = &series.point else { panic!("a distribution") };
        sketches::push(&series, sketch, &Common::default(), false, &mut sheet);
    }
    hex(&[sheet.written(), &sketches::END].concat())
}

#[test]
fn recorded_sketches_have_the_bytes_of_the_agents_module() {
    let recorded = include_str!("../../../tests/go/sketches.txt");
    let mut count = 0;
    for line in recorded.lines() {
        let (values, expected) = line.split_once('|').expect("values and bytes");
        assert_eq!(ours(values), expected, "{values}");
        count += 1;
    }
    assert!(count >= 150);
}

#[test]
fn fresh_sketches_have_the_bytes_of_the_agents_module() {
    let Some(program) = std::env::var_os(PROGRAM) else {
        println!("skipped: {PROGRAM} names no program; cargo xtask interop sketches builds it");
        return;
    };
    let lines = lines(3_000, std::process::id().into());
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("it is piped");
    let text = lines.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("it writes").expect("the program reads all");
    let answers = String::from_utf8(output.stdout).expect("hexadecimal");
    assert_eq!(answers.lines().count(), lines.len());
    for (values, expected) in lines.iter().zip(answers.lines()) {
        assert_eq!(ours(values), expected, "{values}");
    }
}
