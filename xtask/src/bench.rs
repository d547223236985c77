//! `cargo xtask bench`: measures, and keeps what was measured with machine, input and command.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::packages::Need;
use crate::step::{self, Outcome, usage};
use crate::{install, node, packages, program, python};

/// A bench, and what it reads.
struct Bench {
    name: &'static str,
    place: Place,
    input: &'static str,
}

/// Where a bench stands.
#[derive(Clone, Copy)]
enum Place {
    /// The bench of that name in a package of the workspace.
    Package(&'static str),
    /// The bench of the daemon's sinks, which is a test, since a program has no other way to its own parts.
    Sinks,
    /// A part of the program of `tests/bench/peers`, a workspace of its own: our client for Rust beside its peers.
    Peers(&'static str),
    /// The same, with our client for C.
    C,
    /// The program of `tests/bench/sketches`, a workspace of its own: our sketch beside others.
    Sketches,
    /// `tests/bench/python/bench.py`, with the wheel installed.
    Python,
    /// A script of the Node package, with its peers installed under `target`.
    Node(&'static str),
}

use Place::{C, Node, Package, Peers, Python, Sinks, Sketches};

const CORPUS: &str = "the generated corpus, 20000 lines of seed 7 (`cargo xtask corpus`)";

const CALLS: &str = "a million calls of four contexts, each a name and two tags, that the bench makes up";

/// In the order in which they run.
const BENCHES: [Bench; 15] = [
    Bench { name: "parse", place: Package("basenji-core"), input: CORPUS },
    Bench { name: "record", place: Package("basenji"), input: CORPUS },
    Bench { name: "memory", place: Package("basenji"), input: "a million contexts that the bench makes up" },
    Bench { name: "server", place: Package("basenji"), input: CORPUS },
    Bench { name: "client", place: Package("basenji"), input: "calls that the bench makes up" },
    Bench { name: "sinks", place: Sinks, input: "flushes of 10,000 and a million series that the bench makes up" },
    Bench { name: "page", place: Package("basenji-agent"), input: "10,000 and 100,000 series that the bench makes up" },
    Bench { name: "transport", place: Package("basenji"), input: "batches of 64 datagrams that the bench makes up" },
    Bench { name: "peers", place: Peers("nowhere"), input: CALLS },
    Bench { name: "peers-udp", place: Peers("udp"), input: CALLS },
    Bench { name: "peers-unix", place: Peers("unix"), input: CALLS },
    Bench { name: "c", place: C, input: CALLS },
    Bench { name: "sketches", place: Sketches, input: "log-normal values that the bench makes up" },
    Bench { name: "python", place: Python, input: "calls of one name and two tags, over real sockets" },
    Bench {
        name: "node",
        place: Node("scripts/bench.js"),
        input: "calls of one context, a name and two tags; hot-shots 17.1.1 and dd-trace 5.132.0 in the same process, a receiver in another",
    },
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut wanted = Vec::new();
    let mut corpus = None;
    let (mut record, mut is_short) = (false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--record" => record = true,
            "--short" => is_short = true,
            "--corpus" => corpus = Some(rest.next().ok_or_else(|| usage("bench"))?.as_str()),
            name => wanted.push(BENCHES.iter().find(|bench| bench.name == name).ok_or_else(|| usage("bench"))?),
        }
    }
    let has_short = |bench: &&Bench| matches!(bench.place, Sinks);
    if is_short && (record || wanted.is_empty() || !wanted.iter().all(has_short)) {
        return Err(usage("bench"));
    }
    packages::ensure(&[Need { purpose: "instruction counts", packages: &["valgrind"] }])?;
    let benches = if wanted.is_empty() { BENCHES.iter().collect() } else { wanted };
    benches.into_iter().try_for_each(|bench| one(bench, corpus, record, is_short))
}

fn one(bench: &Bench, corpus: Option<&str>, record: bool, is_short: bool) -> Outcome {
    let mut command = match bench.place {
        Package(package) => step::cargo(["bench", "--quiet", "--package", package, "--bench", bench.name]),
        Sinks => {
            // The profile of benches has the names by which callgrind finds a function.
            let test = ["test", "--quiet", "--profile", "bench", "--package", "basenji-agent", "--bin", "basenji"];
            let mut run = step::cargo(test);
            let tests = ["sink::bench::every_encoding", "sink::flush::a_flush_of_a_million_series_keeps_to_its_memory"];
            run.args(["--", "--ignored", "--exact", "--nocapture", "--test-threads=1"]);
            run.args(&tests[..if is_short { 1 } else { 2 }]);
            run
        }
        Peers(part) => peers(part),
        Sketches => program("sketches"),
        C => {
            let program = c_calls()?;
            let mut run = peers("c");
            run.env("BASENJI_C_CALLS", program);
            run
        }
        Python => python::bench(record)?,
        Node(script) => node::bench(script)?,
    };
    if is_short {
        command.env("BASENJI_BENCH_SHORT", "1");
    }
    if let Some(file) = corpus {
        let path = fs::canonicalize(file).map_err(|error| format!("{file}: {error}"))?;
        command.env("BASENJI_CORPUS", path);
    }
    let mut text = teed(&mut command).map_err(|error| format!("bench {}: {error}", bench.name))?;
    if matches!(bench.place, Sinks) {
        let size = format!("the daemon is a file of {} bytes\n", program::published()?.bytes);
        println!("{size}");
        text += &size;
    }
    if !record {
        return Ok(());
    }
    let directory = step::root().join("tests/bench/record");
    let path = directory.join(format!("{}.md", bench.name));
    let written = fs::create_dir_all(&directory).and_then(|()| fs::write(&path, page(bench, corpus, &text)));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    println!("recorded in {}", path.display());
    Ok(())
}

/// The program of `tests/bench/peers`, with this argument.
pub(crate) fn peers(part: &str) -> Command {
    let mut run = program("peers");
    run.args(["--", part]);
    run
}

/// The program of a directory of `tests/bench` that is a workspace of its own.
fn program(directory: &str) -> Command {
    let manifest = format!("tests/bench/{directory}/Cargo.toml");
    let mut run = step::cargo(["run", "--quiet", "--release", "--locked", "--manifest-path", manifest.as_str()]);
    run.arg("--target-dir").arg(step::target_dir().join("bench").join(directory));
    run
}

/// Compiles `tests/bench/c/calls.c` with libbasenji as it is installed.
fn c_calls() -> Result<PathBuf, String> {
    let directory = step::target_dir().join("bench/c");
    install::into(&directory)?;
    let (lib, program) = (directory.join("lib"), directory.join("calls"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "tests/bench/c/calls.c", "-I"])
        .arg(directory.join("include"));
    cc.arg("-L").arg(&lib).arg("-lbasenji").arg(format!("-Wl,-rpath,{}", lib.display())).arg("-lpthread");
    step::run("the C program", cc.arg("-o").arg(&program).current_dir(step::root()))?;
    Ok(program)
}

/// Runs `command`, showing its standard output while keeping it.
pub(crate) fn teed(command: &mut Command) -> Result<String, String> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let mut text = String::new();
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
        let line = line.map_err(|error| error.to_string())?;
        println!("{line}");
        std::io::stdout().flush().map_err(|error| error.to_string())?;
        text += &line;
        text.push('\n');
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    if status.success() { Ok(text) } else { Err(status.to_string()) }
}

/// The page of a result.
fn page(bench: &Bench, corpus: Option<&str>, text: &str) -> String {
    let Bench { name, input, .. } = bench;
    let input = corpus.map_or_else(|| input.to_string(), |file| format!("`{file}`"));
    let option = corpus.map_or_else(String::new, |file| format!(" --corpus {file}"));
    format!(
        "# {name}\n\n- command: `cargo xtask bench {name}{option} --record`\n- input: {input}\n{}\n```text\n{}\n```\n",
        machine(),
        text.trim_end()
    )
}

/// Processor, memory, kernel, compiler, day and commit, a list item each.
pub(crate) fn machine() -> String {
    let ask = |program: &str, arguments: &[&str]| {
        step::output(Command::new(program).args(arguments).current_dir(step::root()))
            .unwrap_or_else(|| "unknown".into())
    };
    let field = |path: &str, key: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).and_then(|line| line.split_once(':'));
        line.map_or_else(|| "unknown".into(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!(
        "- machine: {}, {cores} cores, {} of memory, {}\n- compiler: {}\n- day and commit: {}, {}\n",
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        ask("uname", &["-sr"]).split('-').next().unwrap_or_default(),
        ask("rustc", &["--version"]),
        ask("date", &["-u", "+%Y-%m-%d"]),
        ask("git", &["rev-parse", "--short", "HEAD"]),
    )
}
