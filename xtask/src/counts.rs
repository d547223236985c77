//! `cargo xtask counts`: how many instructions the hot operations take, beside those of `tests/counts/record.md`.
//!
//! Callgrind counts what our own program executes; what it calls in the C library differs between machines and is left out. Processors do not matter,
//! for the program is built for any x86-64. The compiler does matter: with another one than that of the record nothing is compared.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::packages::{self, Need};
use crate::step::{self, Outcome, usage};

/// How much more an operation may take than is recorded, in percent.
const MORE: f64 = 3.0;

/// How often the program runs an operation while it is counted.
const TIMES: u64 = 1000;

/// How long the counting may take, after the build.
const TIME: Duration = Duration::from_secs(120);

const RECORD: &str = "tests/counts/record.md";

const HEAD: &str = "# Instructions of the hot operations

Written by `cargo xtask counts --record`; `cargo xtask test` fails if an operation takes 3 % more than stands here. One that has to take more is recorded with
its reason: `cargo xtask counts --record WHY`. The reason stands until the operation takes less again.
";

/// An operation, as recorded or as counted.
#[derive(Clone)]
struct Row {
    name: String,
    instructions: u64,
    why: String,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let why = match arguments {
        [] => None,
        [flag] if flag == "--record" => Some(""),
        [flag, why] if flag == "--record" => Some(why.as_str()),
        _ => return Err(usage("counts [--record [WHY]]")),
    };
    packages::ensure(&[Need { purpose: "instruction counts", packages: &["valgrind"] }])?;
    match why {
        None => check(),
        Some(why) => record(why),
    }
}

/// Fails if an operation takes more than it may; says why where nothing can be counted.
pub(crate) fn check() -> Outcome {
    let compiler = compiler();
    let recorded = read()?;
    if !recorded.0.is_empty() && recorded.0 != compiler {
        println!("    skipped: recorded with {}, and this is {compiler}", recorded.0);
        return Ok(());
    }
    let Some(counted) = count()? else { return Ok(()) };
    let mut worse = String::new();
    for row in &counted {
        let Some(before) = recorded.1.iter().find(|before| before.name == row.name) else {
            return Err(format!("\"{}\" is not in {RECORD}: `cargo xtask counts --record`", row.name));
        };
        let more = (row.instructions as f64 / before.instructions as f64 - 1.0) * 100.0;
        println!("    {:<42}{:>8}{more:>8.1} %", row.name, row.instructions);
        if more > MORE {
            let _ = write!(worse, "{} {} instead of {}; ", row.name, row.instructions, before.instructions);
        }
    }
    if worse.is_empty() {
        return Ok(());
    }
    Err(format!("instructions have grown: {worse}if that has to be, `cargo xtask counts --record WHY`"))
}

/// Writes what is counted; what takes more than before has to have a reason.
fn record(why: &str) -> Outcome {
    let (_, before) = read()?;
    let counted = count()?.ok_or("nothing was counted")?;
    let mut text =
        format!("{HEAD}\n- compiler: {}\n\n| operation | instructions | why more |\n| --- | --- | --- |\n", compiler());
    for row in counted {
        let known = before.iter().find(|before| before.name == row.name);
        let grown =
            known.is_some_and(|known| row.instructions as f64 > known.instructions as f64 * (1.0 + MORE / 100.0));
        if grown && why.is_empty() {
            return Err(format!("\"{}\" takes more than before: `cargo xtask counts --record WHY`", row.name));
        }
        let kept = known.filter(|known| row.instructions >= known.instructions).map_or("", |known| &known.why);
        let why = if grown { why } else { kept };
        let _ = writeln!(text, "| {} | {} | {why} |", row.name, row.instructions);
    }
    fs::write(step::root().join(RECORD), text).map_err(|error| format!("{RECORD}: {error}"))
}

fn compiler() -> String {
    step::output(Command::new("rustc").arg("--version").current_dir(step::root())).unwrap_or_default()
}

/// The compiler and the rows of the record.
fn read() -> Result<(String, Vec<Row>), String> {
    let text = fs::read_to_string(step::root().join(RECORD)).unwrap_or_default();
    let compiler = text.lines().find_map(|line| line.strip_prefix("- compiler: ")).unwrap_or_default();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix('|')?.split('|').map(str::trim);
        let (name, instructions, why) = (cells.next()?, cells.next()?.parse().ok()?, cells.next()?);
        Some(Row { name: name.to_owned(), instructions, why: why.to_owned() })
    });
    Ok((compiler.to_owned(), rows.collect()))
}

/// Counts every operation; `None`, and a line that says why, if that cannot be done here.
fn count() -> Result<Option<Vec<Row>>, String> {
    if step::output(Command::new("valgrind").arg("--version")).is_none() {
        println!("    skipped: valgrind is not installed");
        return Ok(None);
    }
    if !cfg!(target_arch = "x86_64") {
        println!("    skipped: what is recorded was counted on x86-64");
        return Ok(None);
    }
    // As it is shipped, whatever profile the other builds have. Apart from them, so that neither builds the other anew.
    let target = step::target_dir().join("counts");
    let mut build = step::cargo(["build", "--quiet", "--release", "--package", "basenji-counts", "--target-dir"]);
    build.arg(&target).env_remove("RUSTFLAGS");
    build.envs([("CARGO_PROFILE_RELEASE_LTO", "fat"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")]);
    // Callgrind knows functions by their names.
    build.envs([("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only"), ("CARGO_PROFILE_RELEASE_STRIP", "none")]);
    step::run("build what is counted, as it is shipped", &mut build)?;
    let program = target.join("release/basenji-counts");
    let names = step::output(&mut Command::new(&program)).ok_or("the operations have no names")?;
    let (start, mut rows) = (Instant::now(), Vec::new());
    for name in names.lines() {
        if start.elapsed() > TIME {
            println!("    skipped: {} of {} were counted in {} s", rows.len(), names.lines().count(), TIME.as_secs());
            return Ok(None);
        }
        let instructions = one(&program, name, &target.join("callgrind.out"))? / TIMES;
        rows.push(Row { name: name.to_owned(), instructions, why: String::new() });
    }
    Ok(Some(rows))
}

/// What our own code executes of one operation.
fn one(program: &Path, name: &str, out: &PathBuf) -> Result<u64, String> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--toggle-collect=*basenji_counts::counted*", "--compress-strings=no"]);
    valgrind.args(["--compress-pos=no", &format!("--callgrind-out-file={}", out.display())]).arg(program).arg(name);
    let status = valgrind.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !status.is_ok_and(|status| status.success()) {
        return Err(format!("callgrind has not counted \"{name}\""));
    }
    let text = fs::read_to_string(out).map_err(|error| format!("{}: {error}", out.display()))?;
    let own = own(&text, program);
    if own == 0 { Err(format!("callgrind has counted nothing of \"{name}\"")) } else { Ok(own) }
}

/// The instructions of a program's own code in what callgrind writes: lines `ob=` name whose code follows, a line after `calls=` is what was called
/// from there, which stands elsewhere again.
fn own(text: &str, program: &Path) -> u64 {
    let program = program.display().to_string();
    let (mut sum, mut is_own, mut is_call) = (0, false, false);
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_own = object == program;
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok()).unwrap_or_default();
            if is_own && !is_call {
                sum += cost;
            }
            is_call = false;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_of_the_program_itself_counts() {
        let text = "events: Ir\n\nob=/target/program\nfl=a.rs\nfn=one\n7 100\n9 20\ncob=/lib/libc.so.6\ncfn=memcpy\ncalls=3 0\n9 5000\n10 3\n\nob=/lib/libc.so.6\nfn=memcpy\n0 5000\n\nob=/target/program\nfn=two\n1 4\n";
        assert_eq!(own(text, Path::new("/target/program")), 127);
    }
}
