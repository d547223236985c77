//! Runs a client of others against the real daemon and compares what the daemon then shows.
//!
//! usage: `clients DIRECTORY TRANSPORTS COMMAND...`
//!
//! The command is run once for each of the comma-separated transports, in the directory, with a daemon of its own and the variables by which a pod is
//! told where it is. Transports are `udp`, `unixgram` and `unixstream`, and `default-port`: UDP in a network namespace of its own, where the daemon has
//! its default port. `expected.jsonl` has what the daemon must have shown, and nothing else, by the rules of `basenji_tests::expect`; a text
//! `{udp:A|unixgram:B|unixstream:C}` in it stands for A, B or C.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs, thread};

use basenji_tests::daemon::{Daemon, without_variables};
use basenji_tests::expect::differences;
use basenji_tests::namespace;
use basenji_tests::skip::skip;
use serde_json::Value;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [directory, transports, command @ ..] = arguments.as_slice() else { panic!("what is to be run?") };
    let directory = fs::canonicalize(directory).expect("the directory is there");
    let is_right = thread::scope(|scope| {
        let runs: Vec<_> = transports
            .split(',')
            .map(|transport| (transport, scope.spawn(|| run(&directory, transport, command))))
            .collect();
        // Each is run, whatever the others come to.
        let results = runs.into_iter().map(|(transport, run)| {
            let wrong = run.join().unwrap_or_else(|_| vec!["the run has failed".to_owned()]);
            let name = directory.file_name().unwrap_or_default().to_string_lossy();
            println!("{name} over {transport}: {}", if wrong.is_empty() { "as expected" } else { "not as expected" });
            wrong.iter().for_each(|line| println!("    {line}"));
            wrong.is_empty()
        });
        results.fold(true, |all, one| all & one)
    });
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is wrong when `command` has run.
fn run(directory: &Path, transport: &str, command: &[String]) -> Vec<String> {
    if transport == "default-port" && !namespace::is_entered() {
        return in_namespace(directory, command);
    }
    let sockets = tempfile::tempdir().expect("there is room for the sockets");
    let path = |name| sockets.path().join(name).into_os_string().into_string().expect("it is UTF-8");
    let (datagram, stream) = (path("dsd.socket"), path("dsd-stream.socket"));
    let options = ["--socket", &datagram, "--stream-socket", &stream, "--bucket-secs", "86400", "--no-telemetry"];
    let port: &[&str] = if transport == "default-port" { &["--port", "8125"] } else { &[] };
    let daemon = Daemon::start(&["-p", "basenji-agent"], &[&options[..], port].concat());

    let mut client = Command::new(&command[0]);
    without_variables(&mut client);
    client.args(&command[1..]).current_dir(directory).stdin(Stdio::null()).env("TRANSPORT", transport);
    match transport {
        "udp" => client.env("DD_AGENT_HOST", "127.0.0.1").env("DD_DOGSTATSD_PORT", daemon.port()),
        "default-port" => client.env("DOGSTATSD_HOST_IP", "127.0.0.1"),
        "unixgram" => {
            client.env("DD_DOGSTATSD_SOCKET", &datagram).env("DD_DOGSTATSD_URL", format!("unix://{datagram}"))
        }
        "unixstream" => {
            client.env("DD_DOGSTATSD_STREAM_SOCKET", &stream).env("DD_DOGSTATSD_URL", format!("unix://{stream}"))
        }
        other => panic!("there is no transport {other:?}"),
    };
    let status = client.status().unwrap_or_else(|error| panic!("{}: {error}", command[0]));
    let shown = objects(&daemon.stop());
    if !status.success() {
        return vec![format!("the client ends with {status}")];
    }
    let expected = fs::read_to_string(directory.join("expected.jsonl")).expect("what is expected is written down");
    differences(&objects(&filled(&expected, transport)), &shown)
}

/// The same in a network namespace of its own.
fn in_namespace(directory: &Path, command: &[String]) -> Vec<String> {
    if let Err(reason) = namespace::available() {
        skip(&reason);
        return Vec::new();
    }
    let mut again = namespace::command(env::current_exe().expect("this program has a place"));
    let output = again.arg(directory).arg("default-port").args(command).output().expect("it can be started again");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Vec::new() } else { said.lines().map(str::to_owned).collect() }
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// `text` with the part of each `{udp:...}` that belongs to the transport.
fn filled(text: &str, transport: &str) -> String {
    let mut parts = text.split("{udp:");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (choices, rest) = part.split_once('}').expect("a choice has an end");
        let choices = format!("udp:{choices}");
        let mut named = choices.split('|').filter_map(|choice| choice.split_once(':'));
        filled += named.find(|(name, _)| *name == transport).expect("a choice has every transport").1;
        filled += rest;
    }
    filled
}
