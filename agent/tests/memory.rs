//! The limit of a pod is what the settings come to, and the daemon keeps to it whatever comes: on Linux, which limits addresses.

#![cfg(target_os = "linux")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use support::{Daemon, basenji, text};

/// For how long everything comes at once.
const FLOOD: Duration = Duration::from_secs(4);

/// Stream connections that are open at a time.
const STREAMS: usize = 100;

/// MiB of memory that the daemon says it takes at most.
fn most(command: &mut Command) -> u64 {
    let output = command.output().expect("the program starts");
    let said = text(&output.stdout).lines().last().expect("it says something");
    let number = said.strip_prefix("# With these the daemon takes ").and_then(|rest| rest.split(' ').next());
    number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{said}"))
}

/// The text of a file of the manifests.
fn manifest(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Keys of the daemon that a manifest sets, with their values; any text where the value comes from the cluster.
fn variables(yaml: &str) -> Vec<(String, String)> {
    let lines: Vec<_> = yaml.lines().map(str::trim).collect();
    let named = lines.windows(2).filter_map(|pair| Some((pair[0].strip_prefix("- name: ")?, pair[1])));
    let keys = named.filter(|(name, _)| name.starts_with("DD_"));
    let value = |line: &str| line.strip_prefix("value: ").map_or("x".to_owned(), |value| value.replace('"', ""));
    keys.map(|(name, next)| (name.to_owned(), value(next))).collect()
}

/// The limit of memory in a manifest, in MiB.
fn limit(yaml: &str) -> Option<u64> {
    let (_, limits) = yaml.split_once("limits:")?;
    let (_, memory) = limits.split_once("memory: ")?;
    memory.lines().next()?.trim().strip_suffix("Mi")?.parse().ok()
}

#[test]
fn the_limit_of_every_manifest_is_what_its_settings_come_to() {
    let base = manifest("base/daemon-set.yaml");
    let ways = ["host-network", "host-port", "socket"].map(|way| format!("overlays/{way}"));
    let sinks = ["collector", "datadog", "prometheus"].map(|sink| format!("components/{sink}"));
    for part in ways.into_iter().chain(sinks) {
        let patch = manifest(&format!("{part}/daemon-set.yaml"));
        let mut command = basenji();
        // As in a pod, the page is served on loopback.
        command.env_remove("DD_BASENJI_HTTP").arg("config").arg("--config");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes/base/datadog.yaml"));
        command.envs(variables(&base)).envs(variables(&patch));
        let most = most(&mut command).next_multiple_of(64);
        let limit = limit(&patch).or(limit(&base)).expect("there is a limit");
        assert_eq!(limit, most, "the limit of {part} in MiB, and what its settings come to");
    }
}

/// Messages of every kind that takes much, the `number`th of them.
fn message(number: usize) -> String {
    let values = ":1:20:300:4000:50000:0.1:0.02:0.003";
    match number % 6 {
        0 => format!("flood.{number}:1|c|#customer:{number:040}"),
        1 => format!("packed.{}{}|c|T1700000000|#{}", number % 50, ":1".repeat(500), "t".repeat(900)),
        2 => format!("long.{number}:1|g|#{}:{number}", "k".repeat(1500)),
        3 => format!("set.{}:{number}|s", number % 40),
        4 => format!("spread.{}:{}{values}|d", number % 300, 1.01f64.powi((number % 4000) as i32)),
        _ => format!("histogram.{}:{number}{values}|h", number % 300),
    }
}

/// Datagrams of messages from the `first` on, as many in each as fit: those of other senders begin elsewhere.
fn datagrams(first: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut messages = (first..).map(message).peekable();
    std::iter::from_fn(move || {
        let mut datagram = Vec::new();
        while let Some(line) = messages.next_if(|line| datagram.len() + line.len() < 8000) {
            datagram.extend_from_slice(line.as_bytes());
            datagram.push(b'\n');
        }
        Some(datagram)
    })
}

/// What one request is answered with; nothing from a daemon that has other things to do.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// A control group with a limit of its memory, removed when it is dropped.
struct Group(PathBuf);

impl Group {
    /// One of this many bytes, of the second or first version of control groups.
    ///
    /// # Errors
    ///
    /// Why there can be none here.
    fn new(bytes: u64) -> Result<Group, String> {
        let root = Path::new("/sys/fs/cgroup");
        let is_second = std::fs::read_to_string(root.join("cgroup.subtree_control"))
            .is_ok_and(|controllers| controllers.split_whitespace().any(|name| name == "memory"));
        let (root, limit) = match is_second {
            true => (root.to_owned(), "memory.max"),
            false => (root.join("memory"), "memory.limit_in_bytes"),
        };
        let group = root.join(format!("basenji-test-{}", std::process::id()));
        let why = |error: std::io::Error| format!("{}: {error}", group.display());
        std::fs::create_dir(&group).map_err(why)?;
        let made = Group(group.clone());
        std::fs::write(group.join(limit), bytes.to_string()).map_err(why)?;
        Ok(made)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its process has ended, and the kernel may still be at it.
        while std::fs::remove_dir(&self.0).is_err_and(|error| error.kind() == std::io::ErrorKind::ResourceBusy) {
            std::thread::yield_now();
        }
    }
}

/// A daemon with small budgets whose output nobody reads, its sockets, and its most memory in MiB, kept to that by what `fence` makes
/// of it: the beginning of a command of the shell.
fn small(directory: &Path, fence: impl FnOnce(u64) -> String) -> (Daemon, [PathBuf; 2], u64) {
    let sockets = ["datagram", "stream"].map(|name| directory.join(name));
    let keys = [
        ("DD_AGGREGATE_CONTEXT_LIMIT", "20000"),
        ("DD_BASENJI_CONTEXT_BYTES", "8388608"),
        ("DD_BASENJI_CELLS", "524288"),
        ("DD_BASENJI_BUCKET_SECS", "1"),
        ("DD_BASENJI_HISTORY", "always"),
        ("DD_BASENJI_HISTORY_LIMIT", "16777216"),
        ("DD_BASENJI_STOP_WAIT", "0"),
        ("DD_BASENJI_HTTP", "127.0.0.1:0"),
        ("DD_LOG_LEVEL", "warn"),
    ];
    let paths = sockets.each_ref().map(|path| path.to_str().expect("it is UTF-8"));
    let flags =
        ["--port", "0", "--config", "/dev/null", "--format", "json", "--socket", paths[0], "--stream-socket", paths[1]];
    let most = most(basenji().arg("config").args(flags).envs(keys));
    let mut command = Command::new("/bin/sh");
    let program = env!("CARGO_BIN_EXE_basenji");
    command.args(["-c", &format!("{}; exec \"$0\" \"$@\"", fence(most)), program, "run"]).args(flags);
    command.env_clear().envs(keys).env("DD_LOG_LEVEL", "info");
    let mut daemon = Daemon::start_with(&mut command, 3);
    daemon.wait_for_log("serving");
    (daemon, sockets, most)
}

#[test]
fn under_a_limit_of_its_addresses_the_daemon_refuses_and_counts_and_does_not_die() {
    everything_at_once(|most| format!("ulimit -v {}", most << 10));
}

#[test]
fn in_a_control_group_of_its_limit_the_daemon_refuses_and_counts_and_is_not_killed() {
    let mut group = None;
    if let Err(why) = Group::new(1 << 30) {
        eprintln!("skipped: no control group can be made here: {why}");
        return;
    }
    everything_at_once(|most| {
        let made = group.insert(Group::new(most << 20).expect("there was one"));
        format!("echo $$ > {}", made.0.join("cgroup.procs").display())
    });
}

/// Floods a daemon behind this fence.
fn everything_at_once(fence: impl FnOnce(u64) -> String) {
    let directory = tempfile::tempdir().expect("a directory");
    let (daemon, [datagram, stream], most) = small(directory.path(), fence);
    let (udp, http) = (daemon.address("udp").to_owned(), daemon.address("http").to_owned());
    let end = Instant::now() + FLOOD;
    let going = || Instant::now() < end;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
            datagrams(0).take_while(|_| going()).for_each(|datagram| drop(socket.send_to(&datagram, &udp)));
        });
        scope.spawn(|| {
            let socket = UnixDatagram::unbound().expect("a socket");
            socket.connect(&datagram).expect("the daemon listens");
            datagrams(1_000_000).take_while(|_| going()).for_each(|datagram| drop(socket.send(&datagram)));
        });
        scope.spawn(|| {
            let connect = |_| UnixStream::connect(&stream).expect("the daemon listens");
            let mut streams: Vec<_> = (0..STREAMS).map(connect).collect();
            let datagrams = datagrams(2_000_000).take_while(|_| going());
            for (number, datagram) in datagrams.enumerate() {
                let frame = [&(datagram.len() as u32).to_le_bytes()[..], &datagram].concat();
                streams[number % STREAMS].write_all(&frame).expect("the daemon reads");
            }
        });
        let http = &http;
        scope.spawn(move || {
            while going() {
                // A machine that stands still may take longer than the daemon waits for a request.
                let is_live = |_| get(http, "/live").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
                assert!((0..3).any(is_live), "no probe is answered");
            }
        });
        for path in ["/contexts", "/status", "/metrics", "/api/metrics", "/api/overview", "/api/cardinality"] {
            scope.spawn(move || while going() && get(http, path).is_some() {});
        }
    });
    let metrics = get(&http, "/metrics").expect("it lives");
    let refused = metrics.lines().filter(|line| line.starts_with("basenji_messages_refused_total"));
    let refused: f64 = refused.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum();
    assert!(refused > 0.0, "{metrics}");
    let taken = daemon.most_memory();
    assert!(taken <= most << 10, "it has taken {taken} KiB of {most} MiB");
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(matches!(status.code(), Some(0 | 1)), "{status} {log}");
}
