//! A siege: the real daemon inside a memory limit, attacked by several processes at once, with sums kept outside of it.
//!
//! usage: `siege DAEMON SECONDS`. Ends with a table of the promises and what came of each, and fails if one was broken.

mod attack;
mod witness;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs};

use basenji_tests::daemon::without_variables;
use witness::{Probes, Shown};

/// Bytes of all that the daemon may write to (RLIMIT_DATA): stacks, buffers, the table and everything that waits. Address space that is only reserved, as
/// glibc does for every thread, does not count.
const LIMIT: u64 = 640 << 20;

/// Lines of the log that are shown after a broken promise.
const LOG: usize = 40;

/// The daemon's budgets.
const SETTINGS: [(&str, &str); 4] = [
    ("DD_AGGREGATE_CONTEXT_LIMIT", "20000"),
    ("DD_BASENJI_CONTEXT_BYTES", "8388608"),
    ("DD_BASENJI_CELLS", "2097152"),
    ("DD_DOGSTATSD_CONTEXT_EXPIRY_SECONDS", "6"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["attack", role, place, seconds] => {
            attack::run(role, place, Duration::from_secs(seconds.parse().expect("seconds")))
        }
        [daemon, seconds] => return besiege(Path::new(daemon), seconds.parse().expect("seconds")),
        _ => panic!("usage: siege DAEMON SECONDS"),
    }
    ExitCode::SUCCESS
}

/// The daemon, and where it can be reached.
struct Fort {
    child: Child,
    /// What it logs after its start.
    log: JoinHandle<String>,
    datagram: String,
    stream: String,
    udp: String,
    http: String,
}

impl Fort {
    fn start(daemon: &Path, directory: &Path) -> Fort {
        let path = |name: &str| directory.join(name).to_str().expect("the path is UTF-8").to_owned();
        let (datagram, stream) = (path("datagram"), path("stream"));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("ulimit -d {}; exec \"$0\" \"$@\"", LIMIT / 1024)]).arg(daemon);
        command.args(["--port", "0", "--socket", &datagram, "--stream-socket", &stream, "--http", "0"]);
        command.args(["--format", "json", "--bucket-secs", "2"]);
        without_variables(&mut command);
        command.envs(SETTINGS).env("DD_LOG_LEVEL", "info");
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        while !said.contains("serving http=") {
            assert_ne!(log.read_line(&mut said).expect("it is UTF-8"), 0, "the daemon does not start: {said}");
        }
        let log = thread::spawn(move || {
            let mut rest = String::new();
            log.read_to_string(&mut rest).expect("it is UTF-8");
            rest
        });
        let after = |key: &str| {
            let (_, rest) = said.split_once(key).expect("it listens");
            rest.split_whitespace().next().unwrap_or_default().to_owned()
        };
        Fort { udp: after(" udp="), http: after(" http="), child, log, datagram, stream }
    }

    /// The most memory that it has had resident, in bytes.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().expect("there is kill").success());
    }
}

/// One row of the table.
struct Row {
    promise: &'static str,
    sent: String,
    shown: String,
    counted: String,
    is_kept: bool,
}

fn besiege(daemon: &Path, seconds: u64) -> ExitCode {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let mut fort = Fort::start(daemon, directory.path());
    let output = BufReader::new(fort.child.stdout.take().expect("it is piped"));
    let over = Arc::new(AtomicBool::new(false));
    let stuck = Arc::clone(&over);
    let reading = thread::spawn(move || Shown::read(output, &stuck));
    let (http, done) = (fort.http.clone(), Arc::clone(&over));
    let probing = thread::spawn(move || Probes::send(&http, &done));

    let program = env::current_exe().expect("this program has a place");
    let attackers = attack::ROLES.map(|(role, place)| {
        let place = match place {
            attack::Place::Datagram => &fort.datagram,
            attack::Place::Stream => &fort.stream,
            attack::Place::Udp => &fort.udp,
            attack::Place::Http => &fort.http,
        };
        let mut command = Command::new(&program);
        command.args(["attack", role, place, &seconds.to_string()]).stdout(Stdio::piped());
        (role, command.spawn().expect("it starts"))
    });
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (role, attacker) in attackers {
        let output = attacker.wait_with_output().expect("it ends");
        assert!(output.status.success(), "the attacker {role} has failed");
        for line in String::from_utf8(output.stdout).expect("it is UTF-8").lines() {
            let (name, number) = line.split_once(' ').expect("a name and a number");
            let number: u64 = number.parse().expect("a number");
            let sum = sums.entry(name.to_owned()).or_default();
            // A wait is no sum.
            *sum = if name == "longest_wait_us" { number.max(*sum) } else { *sum + number };
        }
    }
    over.store(true, Ordering::Relaxed);
    let probes = probing.join().expect("it does not panic");
    let peak = fort.peak();
    let begun = Instant::now();
    fort.signal("-TERM");
    let shown = reading.join().expect("it does not panic");
    let status = fort.child.wait().expect("it ends");
    let stopped = begun.elapsed();
    let log = fort.log.join().expect("it does not panic");

    let sent = |name: &str| sums.get(name).copied().unwrap_or_default();
    let rows = judge(&sent, &shown, &probes, peak, status.success(), stopped);
    print(&rows, peak, Duration::from_micros(sent("longest_wait_us")));
    if rows.iter().all(|row| row.is_kept) {
        return ExitCode::SUCCESS;
    }
    let lines: Vec<&str> = log.lines().collect();
    eprintln!("The end of the daemon's log:\n{}", lines[lines.len().saturating_sub(LOG)..].join("\n"));
    ExitCode::FAILURE
}

/// What has come of each promise.
fn judge(
    sent: &dyn Fn(&str) -> u64,
    shown: &Shown,
    probes: &Probes,
    peak: u64,
    is_success: bool,
    stopped: Duration,
) -> Vec<Row> {
    let own = |name: &str| shown.sum(&format!("basenji.{name}"));
    let tagged = |name: &str, tag: &str| shown.tagged(&format!("basenji.{name}"), tag);
    let mut rows = Vec::new();
    let mut row = |promise, sent: u64, shown: u64, counted: u64| {
        let is_kept = sent == shown + counted;
        rows.push(Row {
            promise,
            sent: sent.to_string(),
            shown: shown.to_string(),
            counted: counted.to_string(),
            is_kept,
        });
    };
    let datagrams = |listener: &str| tagged("datagrams", &format!("listener:{listener}"));
    row("datagrams of Unix sockets are all received", sent("datagram"), datagrams("unix_datagram"), 0);
    row("frames of streams are all received", sent("frames"), datagrams("unix_stream"), 0);
    row("datagrams of UDP are received or counted", sent("udp"), datagrams("udp"), own("kernel_drops"));
    let counted = ["messages_refused", "messages_skipped", "messages_filtered"].map(own).iter().sum();
    row("every message is accounted for", own("messages"), own("messages_shown"), counted);
    row("known series go on", sent("known"), shown.sum("known"), 0);
    row("a service that starts in the flood loses nothing", sent("late"), shown.sum("late"), 0);
    row("a bad line never hurts its neighbours", sent("neighbour"), shown.sum("neighbour"), 0);
    row("bad lines are counted", sent("bad_lines"), 0, own("parse_errors"));
    let mut row = |promise, sent: String, shown: String, is_kept| {
        rows.push(Row { promise, sent, shown, counted: String::new(), is_kept });
    };
    row("memory stays within its limit", megabytes(LIMIT), megabytes(peak), peak <= LIMIT && is_success);
    let slowest = format!("{} in {:.2} s at most", probes.answered, probes.slowest.as_secs_f64());
    row("every probe is answered within a second", probes.sent.to_string(), slowest, {
        probes.sent == probes.answered && probes.slowest < Duration::from_secs(1)
    });
    let took = format!("{:.2} s", stopped.as_secs_f64());
    row("a stop takes less than ten seconds and ends with 0", "SIGTERM".to_owned(), took, {
        is_success && stopped < Duration::from_secs(10)
    });
    rows
}

fn megabytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn print(rows: &[Row], peak: u64, wait: Duration) {
    println!("| promise | sent | shown | counted | verdict |\n| --- | --- | --- | --- | --- |");
    for Row { promise, sent, shown, counted, is_kept } in rows {
        println!("| {promise} | {sent} | {shown} | {counted} | {} |", if *is_kept { "kept" } else { "BROKEN" });
    }
    println!(
        "\nPeak memory: {}. Longest wait for the receive loop, by a sender to a full socket: {:.0} ms.",
        megabytes(peak),
        wait.as_secs_f64() * 1e3
    );
}
