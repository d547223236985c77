//! What the live page costs: instructions and memory while nobody looks, and how long a sender waits while somebody does.
//!
//! The real daemon is measured. A sender on a Unix socket waits while the daemon does not read; its longest wait is that of
//! the socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Lines of one datagram, and bytes of it at most.
const LINES: usize = 25;

/// How long a sender is watched.
const WATCHED: Duration = Duration::from_secs(20);

/// Between two datagrams of that sender.
const PACE: Duration = Duration::from_micros(500);

fn main() {
    // Cargo's own flags mean nothing here.
    let directory = std::env::temp_dir().join(format!("basenji-page-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    unlooked(&directory);
    waits(&directory);
    std::fs::remove_dir_all(&directory).expect("it is ours");
}

/// A daemon with buckets of `interval` seconds.
struct Daemon {
    child: Child,
    socket: PathBuf,
    /// Where the page is served, if it is.
    page: Option<String>,
}

impl Daemon {
    fn start(directory: &Path, page: bool, interval: &str, through: &[&str]) -> Daemon {
        let socket = directory.join("dsd.socket");
        let program = [through, &[env!("CARGO_BIN_EXE_basenji")]].concat();
        let mut child = Command::new(program[0])
            .args(&program[1..])
            .args(["--port", "0", "--no-telemetry", "--format", "json", "--http", "127.0.0.1:0"])
            .args(["--bucket-secs", interval, &format!("--page={page}")])
            .arg("--socket")
            .arg(&socket)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon starts");
        let mut log = BufReader::new(child.stderr.take().expect("it was asked for")).lines();
        let mut line = |text: &str| log.by_ref().find_map(|line| line.ok().filter(|line| line.contains(text)));
        line("serving http=").expect("it serves");
        let page = page.then(|| line("live page is at").expect("it has a page"));
        let page = page.and_then(|line| Some(line.rsplit_once("http://")?.1.trim_end_matches('/').to_owned()));
        // Whoever reads nothing more stops the daemon's log.
        std::thread::spawn(move || log.for_each(drop));
        Daemon { child, socket, page }
    }

    fn client(&self) -> UnixDatagram {
        let client = UnixDatagram::unbound().expect("a socket");
        client.connect(&self.socket).expect("it listens");
        client
    }

    /// KiB that it has, and has had at most.
    fn memory(&self) -> [u64; 2] {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        ["VmRSS:", "VmHWM:"].map(|name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        })
    }

    fn stop(mut self) {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.is_ok_and(|status| status.success()));
        assert!(self.child.wait().expect("it ends").success());
    }
}

/// The datagrams of this many series.
fn datagrams(series: usize) -> Vec<String> {
    let line = |n: &usize| match n % 4 {
        0 => format!("bench.latency:{}|d|#user:{n}\n", n % 97),
        1 => format!("bench.depth:{n}|g|#user:{n}\n"),
        _ => format!("bench.calls:1|c|#user:{n}\n"),
    };
    let all: Vec<usize> = (0..series).collect();
    all.chunks(LINES).map(|part| part.iter().map(line).collect()).collect()
}

fn unlooked(directory: &Path) {
    const SERIES: usize = 10_000;
    const ROUNDS: usize = 5;
    println!("nobody looks: instructions a message under callgrind, {ROUNDS} times {SERIES} series; KiB after as much");
    println!("{:<10} {:>12} {:>12} {:>12}", "page", "instructions", "resident", "at most");
    for page in [false, true] {
        let count = |rounds: usize| {
            let out = directory.join("callgrind.out");
            let out_file = format!("--callgrind-out-file={}", out.display());
            let daemon = Daemon::start(directory, page, "3600", &["valgrind", "--tool=callgrind", "-q", &out_file]);
            let client = daemon.client();
            for datagram in (0..rounds).flat_map(|_| datagrams(SERIES)) {
                client.send(datagram.as_bytes()).expect("sent");
            }
            daemon.stop();
            let text = std::fs::read_to_string(&out).expect("callgrind has written");
            let line = text.lines().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")));
            line.and_then(|line| line.trim().parse::<u64>().ok()).expect("a sum")
        };
        // What the start, the first sight of each series and the end take is in both.
        let [one, all] = [1, 1 + ROUNDS].map(count);
        let each = (all as f64 - one as f64) / (ROUNDS * SERIES) as f64;
        let daemon = Daemon::start(directory, page, "1", &[]);
        let client = daemon.client();
        for datagram in (0..ROUNDS).flat_map(|_| datagrams(SERIES)) {
            client.send(datagram.as_bytes()).expect("sent");
            std::thread::sleep(PACE);
        }
        let [resident, most] = daemon.memory();
        daemon.stop();
        println!("{:<10} {each:>12.1} {resident:>12} {most:>12}", if page { "on" } else { "off" });
    }
}

fn waits(directory: &Path) {
    println!();
    println!(
        "a sender of {} datagrams a second, for {} s: how long it waits",
        1_000_000 / PACE.as_micros(),
        WATCHED.as_secs()
    );
    println!(
        "{:<10} {:<12} {:>12} {:>12} {:>12} {:>8}",
        "series", "looks", "99 % us", "99.9 % us", "longest us", "answers"
    );
    for series in [10_000, 100_000] {
        for looks in [false, true] {
            let daemon = Daemon::start(directory, true, "10", &[]);
            let client = daemon.client();
            let datagrams = datagrams(series);
            datagrams.iter().for_each(|datagram| drop(client.send(datagram.as_bytes())));
            let is_over = AtomicBool::new(false);
            let (waits, answers) = std::thread::scope(|scope| {
                let looking = scope.spawn(|| {
                    let mut answers = 0;
                    while looks && !is_over.load(Ordering::Relaxed) {
                        answers += look(daemon.page.as_deref().expect("it is on"));
                        std::thread::sleep(Duration::from_millis(400));
                    }
                    answers
                });
                let waits = sent(&client, &datagrams);
                is_over.store(true, Ordering::Relaxed);
                (waits, looking.join().expect("it looks"))
            });
            daemon.stop();
            let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
            let who = if looks { "one page" } else { "nobody" };
            println!("{series:<10} {who:<12} {:>12} {:>12} {:>12} {answers:>8}", at(0.99), at(0.999), at(1.0));
        }
    }
}

/// Microseconds that each of the datagrams has waited to be sent, sorted.
fn sent(client: &UnixDatagram, datagrams: &[String]) -> Vec<u128> {
    let start = Instant::now();
    let mut waits = Vec::new();
    for datagram in datagrams.iter().cycle() {
        let before = Instant::now();
        client.send(datagram.as_bytes()).expect("sent");
        waits.push(before.elapsed().as_micros());
        if start.elapsed() > WATCHED {
            break;
        }
        std::thread::sleep(PACE.saturating_sub(before.elapsed()));
    }
    waits.sort_unstable();
    waits
}

/// What a page asks for at a time; how many answers there were.
fn look(address: &str) -> usize {
    let targets = ["overview", "metrics?limit=200", "metric?name=bench.latency&kind=distribution&by=user", "said"];
    let answer = |target: &&str| {
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET /api/{target} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        Ok::<bool, std::io::Error>(text.starts_with(b"HTTP/1.1 200"))
    };
    targets.iter().filter(|target| answer(target).unwrap_or(false)).count()
}
