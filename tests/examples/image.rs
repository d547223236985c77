//! Runs the static program as an image of nothing else would: in an empty root, as nobody in particular, with the configuration of the manifests; and
//! fills its memory until it refuses, to see that it stays within the limit of its pod.
//!
//! usage: `image PROGRAM`

use std::io::{BufRead, BufReader, copy, sink};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::{env, fs, thread};

use basenji_tests::bare::root;
use basenji_tests::daemon::without_variables;
use basenji_tests::skip::skip;

/// Who the image runs as.
const USER: u32 = 65532;

/// Rounds of new contexts: each aggregator of the server is filled, and then some.
const ROUNDS: usize = 4;

fn main() -> ExitCode {
    let program = PathBuf::from(env::args_os().nth(1).expect("what is to be run?"));
    let output = Command::new("unshare").args(["--net", "--mount", "true"]).output();
    if !output.is_ok_and(|output| output.status.success()) {
        skip("no other root can be made here");
        return ExitCode::SUCCESS;
    }
    let directory = tempfile::tempdir().expect("there is room");
    let mut daemon = Daemon::start(directory.path(), &program);
    let client = UnixDatagram::unbound().expect("a socket");
    client.connect(directory.path().join("run/dsd.socket")).expect("the daemon listens");
    for round in 0..ROUNDS {
        fill(&client, round);
        daemon.wait_for("no room for their series");
    }
    let most = daemon.most_memory();
    let limit = limit();
    assert!(most <= limit, "it has taken {most} KiB, the limit is {limit} KiB");
    daemon.stop();
    println!("it runs alone; full of contexts it takes {} MiB at most, the limit is {} MiB", most >> 10, limit >> 10);
    ExitCode::SUCCESS
}

/// Sends more contexts than there is room for, of kinds that take much.
fn fill(client: &UnixDatagram, round: usize) {
    for first in (0..150_000).step_by(8) {
        let lines: Vec<_> = (first..first + 8)
            .map(|number| {
                let name = format!("orders.of.round.{round}.number.{number}");
                // As much text a context as there is room for, and as many cells.
                let (values, tags) = ("1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16", format!("customer:{number:0280}"));
                match number % 3 {
                    0 => format!("{name}:{values}|h|#{tags}"),
                    1 => format!("{name}:{number}|s|#{tags}"),
                    _ => format!("{name}:{values}|d|#{tags}"),
                }
            })
            .collect();
        client.send(lines.join("\n").as_bytes()).expect("the daemon takes it");
    }
}

/// The limit of the manifest in KiB.
fn limit() -> u64 {
    let path = root().join("agent/deploy/kubernetes/base/daemon-set.yaml");
    let text = fs::read_to_string(path).expect("the manifest is there");
    let (_, limits) = text.split_once("limits:").expect("it has limits");
    let (_, memory) = limits.split_once("memory: ").expect("of memory");
    let number = memory.lines().next().and_then(|line| line.trim().strip_suffix("Mi")).expect("in Mi");
    number.parse::<u64>().expect("a number") << 10
}

struct Daemon {
    child: Child,
    log: Box<dyn BufRead>,
}

impl Daemon {
    /// Starts the program in a root that holds it, its configuration and a directory for its socket.
    fn start(directory: &Path, program: &Path) -> Daemon {
        let config = directory.join("etc/basenji");
        let run = directory.join("run");
        for made in [directory, &config, &run] {
            fs::create_dir_all(made).expect("there is room");
            fs::set_permissions(made, fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        chown(&run, Some(USER), Some(USER)).expect("it is ours");
        fs::copy(program, directory.join("basenji")).expect("the program is there");
        let given = root().join("agent/deploy/kubernetes/base/datadog.yaml");
        fs::copy(given, config.join("datadog.yaml")).expect("the configuration is there");
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "--", "chroot"]).arg(format!("--userspec={USER}:{USER}")).arg(directory);
        command.args(["/basenji", "run", "--config", "/etc/basenji/datadog.yaml"]);
        without_variables(&mut command);
        // Buckets that end while it is filled, so that every aggregator is used.
        command.env("DD_DOGSTATSD_PORT", "0").env("DD_DOGSTATSD_SOCKET", "/run/dsd.socket");
        command.env("DD_BASENJI_BUCKET_SECS", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("there is unshare");
        let mut shown = child.stdout.take().expect("it is piped");
        thread::spawn(move || copy(&mut shown, &mut sink()));
        let log = Box::new(BufReader::new(child.stderr.take().expect("it is piped")));
        let mut daemon = Daemon { child, log };
        daemon.wait_for("listening unix_datagram=");
        daemon
    }

    /// Reads the log up to a line with `text`.
    fn wait_for(&mut self, text: &str) {
        let mut said = String::new();
        while !said.contains(text) {
            assert_ne!(self.log.read_line(&mut said).expect("it is UTF-8"), 0, "it has ended: {said}");
        }
    }

    /// The most memory that it has had at a time, in KiB.
    fn most_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("there is kill").success());
        // It must not wait for a reader of its log.
        copy(&mut self.log, &mut sink()).expect("it can be read");
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Daemon {
    /// Nothing stays behind when something fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
