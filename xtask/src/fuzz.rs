//! `cargo xtask fuzz`: the libFuzzer targets, on stable Rust and without cargo-fuzz.
//!
//! The coverage flags are cargo-fuzz's own; `cargo fuzz run TARGET` works on the same targets for those who have it. What a run finds is kept in
//! `target/fuzz`: the corpus it grew, its log, and the input of a crash.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Outcome, usage};

/// Instruments every crate that is built for the target: edges, compared values, depth of the stack. A debug assertion
/// that fails is a finding, and so is a sum or a shift beyond its limits.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-sanitizer-coverage-stack-depth \
    -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (seconds, names) = match arguments {
        [names @ .., last] if last.parse::<u32>().is_ok() => (last.parse().unwrap_or_default(), names),
        names => (60, names),
    };
    let known = targets()?;
    match names {
        [] => known.iter().try_for_each(|target| one(target, seconds)),
        [name] if known.contains(name) => one(name, seconds),
        [name] => Err(format!("there is no fuzz target '{name}'; there are: {}", known.join(", "))),
        _ => Err(usage("fuzz")),
    }
}

/// The names of all targets: a file each in `fuzz/fuzz_targets`.
pub(crate) fn targets() -> Result<Vec<String>, String> {
    let directory = step::root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// Builds `target`, replays its seeds and fuzzes it for `seconds`.
pub(crate) fn one(target: &str, seconds: u32) -> Outcome {
    let work = step::target_dir().join("fuzz");
    let binary = build(target, &work)?;
    let corpus = work.join("corpus").join(target);
    fs::create_dir_all(&corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;

    let artifacts = format!("-artifact_prefix={}/{target}-", work.display());

    let fuzz = step::root().join("fuzz");
    let seeds = fuzz.join("seeds").join(target);
    let seeds = if seeds.is_dir() { vec![seeds] } else { vec![] };
    if !seeds.is_empty() {
        let mut replay = Command::new(&binary);
        replay.args(&seeds).args(["-runs=0", "-verbosity=0", &artifacts]);
        step::run(&format!("fuzz {target}: every seed once"), &mut replay)?;
    }

    let mut fuzzing = Command::new(&binary);
    fuzzing.arg(&corpus).args(&seeds).args([
        format!("-max_total_time={seconds}"),
        artifacts,
        String::from("-print_final_stats=1"),
    ]);
    let dictionary = fuzz.join("dogstatsd.dict");
    if dictionary.is_file() {
        fuzzing.arg(format!("-dict={}", dictionary.display()));
    }
    let log = work.join(format!("{target}.log"));
    let open = || File::create(&log).and_then(|file| Ok((file.try_clone()?, file)));
    let (stdout, stderr) = open().map_err(|error| format!("{}: {error}", log.display()))?;
    fuzzing.stdout(stdout).stderr(stderr);
    let outcome = step::run(&format!("fuzz {target}: {seconds} s"), &mut fuzzing);
    let said = fs::read_to_string(&log).unwrap_or_default();
    if outcome.is_err() {
        let lines: Vec<&str> = said.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    }
    said.lines().filter(|line| line.starts_with("stat::number_of_executed")).for_each(|line| println!("    {line}"));
    outcome
}

/// Builds `target` and says where its binary is. Naming the host keeps the flags away from build scripts.
fn build(target: &str, work: &Path) -> Result<PathBuf, String> {
    let version = step::output(Command::new("rustc").arg("-vV")).ok_or("rustc is not there")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let mut build =
        step::cargo(["build", "--quiet", "--release", "--manifest-path", "fuzz/Cargo.toml", "--bin", target]);
    build.args(["--target", host, "--target-dir"]).arg(work).env("RUSTFLAGS", FLAGS);
    step::run(&format!("fuzz {target}: build"), &mut build)?;
    Ok(work.join(host).join("release").join(target))
}
