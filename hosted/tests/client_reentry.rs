//! The program's own code, wherever a client calls it, calls everything of that client and of another one. Each case is a process, since some
//! of them end it; a case that hangs is killed and fails.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use basenji::client::{
    Aggregation, Builder, CheckCall, Client, Environment, EventCall, Memory, MetricCall, Profile, SendError, Transport,
    TransportKind, Value,
};
use basenji::core::wire::MetricKind;

/// Longer than any case takes, on a machine that is busy.
const LONG: Duration = Duration::from_secs(60);

/// The variable that makes this program a case.
const CASE: &str = "BASENJI_TEST_CASE";

/// How a client works.
const WAYS: [&str; 5] = ["plain", "plain-background", "fast", "fast-direct", "fast-lines"];

/// Where it calls the program.
const PLACES: [&str; 6] = ["trouble", "send", "send-shared", "maintain", "connect", "drop"];

/// What the program does there, beside calling everything.
const DEEDS: [&str; 4] = ["nothing", "close", "fork", "exit"];

#[test]
fn whatever_a_client_calls_may_call_everything_of_it_and_of_another_client() {
    let cases =
        WAYS.iter().flat_map(|way| PLACES.iter().flat_map(move |place| DEEDS.map(move |deed| (way, place, deed))));
    // Only threads that send themselves do so at the same time.
    let cases = cases.filter(|(way, place, _)| **place != "send-shared" || **way == "plain");
    let cases: Vec<_> = cases.map(|(way, place, deed)| format!("{way} {place} {deed}")).collect();
    let next = AtomicU32::new(0);
    let run = || {
        let mut wrong = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Relaxed) as usize) {
            wrong.extend(fault(case).map(|fault| format!("{case}: {fault}")));
        }
        wrong
    };
    // Most of a case is waiting.
    let wrong: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a case, if anything is.
fn fault(case: &str) -> Option<String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "a_case", "--nocapture"]).env(CASE, case).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            Some(status) if status.success() => return None,
            Some(status) => return Some(status.to_string()),
            None if started.elapsed() > LONG => {
                child.kill().unwrap();
                child.wait().unwrap();
                return Some("it hangs".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// The program's code: calls everything of both clients.
struct Program {
    deed: String,
    client: OnceLock<Client>,
    other: Client,
    times: AtomicU32,
}

impl Program {
    fn run(&self) {
        let time = self.times.fetch_add(1, Relaxed);
        if time >= 20 {
            return;
        }
        for client in self.client.get().into_iter().chain([&self.other]) {
            call_everything(client);
            match self.deed.as_str() {
                "close" if time == 5 => drop(client.close_within(Duration::from_millis(10))),
                "fork" if time.is_multiple_of(5) => fork(|| {
                    call_everything(client);
                    client.close_within(Duration::from_millis(10));
                }),
                "exit" if time == 5 => std::process::exit(0),
                _ => {}
            }
        }
    }
}

fn call_everything(client: &Client) {
    let name = "from.within";
    client.count(name, 1, &["a:b"]);
    client.gauge(name, 1.0, &[]);
    client.histogram(name, 1.0, &[]);
    client.distribution(name, 1.0, &[]);
    client.timing(name, 1.0, &[]);
    client.set(name, "me", &[]);
    client.event(&EventCall::new(b"title", b"text"));
    client.service_check(&CheckCall::new(b"check", Value::I64(0)));
    let call = MetricCall::new(name.as_bytes(), MetricKind::Count, Value::I64(1));
    client.metric(&call);
    client.sampled_metric(&MetricCall { sample_rate: 0.5, ..call });
    client.counter(name, &[]).add(1);
    client.gauge_handle(name, &[]).set(1.0);
    client.histogram_handle(name, &[]).record(1.0);
    let samples = client.distribution_handle(name, &[]);
    // Beyond what a handle keeps.
    (0..300).for_each(|n| samples.record(f64::from(n)));
    client.timing_handle(name, &[]).record(1.0);
    assert!(client.stats().metrics.total() > 0);
    client.flush_within(Duration::from_millis(1));
    client.flush_within(Duration::ZERO);
    drop(client.clone());
}

/// Runs `child` in a child of this process, and waits for it.
fn fork(child: impl FnOnce()) {
    // SAFETY: the child uses nothing but clients, which may be used after a fork, and ends at once.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            child();
            libc::_exit(0);
        }
        let mut status = 0;
        assert_eq!((libc::waitpid(pid, &mut status, 0), status), (pid, 0));
    }
}

/// A transport that is the program's: takes one datagram in three, and calls the program.
struct Own {
    place: &'static str,
    program: Arc<Program>,
    memory: Memory,
    sent: AtomicU32,
}

impl Own {
    fn at(&self, place: &str) {
        if self.place == place {
            self.program.run();
        }
    }

    fn refuses(&self) -> bool {
        !self.sent.fetch_add(1, Relaxed).is_multiple_of(3)
    }
}

impl Transport for Own {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        self.at("send");
        if self.refuses() {
            return Err(SendError::TooLong);
        }
        self.memory.send(datagram, now)
    }

    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        if self.place != "send-shared" {
            return None;
        }
        self.at("send-shared");
        Some(if self.refuses() { Err(SendError::TooLong) } else { self.memory.clone().send(datagram, Instant::now()) })
    }

    fn maintain(&mut self, _: Instant) -> Option<Instant> {
        self.at("maintain");
        None
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.at("drop");
    }
}

fn quiet() -> Builder {
    Client::builder().environment(Environment::default()).origin_detection(false).telemetry(false)
}

/// Not a test but a program, when it is told to be.
#[test]
fn a_case() {
    let Ok(case) = std::env::var(CASE) else { return };
    let [way, place, deed] = case.split(' ').collect::<Vec<_>>()[..] else { panic!("{case}") };
    let place = *PLACES.iter().find(|known| **known == place).unwrap();
    let other = quiet().profile(Profile::Plain).to("unixgram:///nobody").unwrap().build().unwrap();
    let program = Arc::new(Program { deed: deed.into(), client: OnceLock::new(), other, times: AtomicU32::new(0) });
    let (hooked, owned) = (program.clone(), program.clone());
    let builder = quiet().flush_interval(Duration::from_millis(2)).on_trouble(move |trouble| {
        let _ = trouble.to_string();
        if place == "trouble" {
            hooked.run();
        }
    });
    let builder = builder.transport(move || {
        if place == "connect" {
            owned.run();
        }
        let (program, memory) = (owned.clone(), Memory::new());
        Box::new(Own { place, program, memory, sent: AtomicU32::new(0) })
    });
    let builder = match way {
        "plain" => builder.profile(Profile::Plain),
        "plain-background" => builder.profile(Profile::Plain).background(true),
        "fast" => builder,
        "fast-direct" => builder.background(false).max_payload(100),
        _ => builder.background(false).aggregation(Aggregation::Off).max_payload(100),
    };
    let client = builder.build().unwrap();
    program.client.set(client.clone()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for n in 0..200 {
                    client.count("c", n, &[]);
                    if n % 20 == 0 {
                        client.flush_within(Duration::from_millis(1));
                    }
                }
            });
        }
    });
    let started = Instant::now();
    client.close_within(Duration::from_millis(100));
    assert!(started.elapsed() < LONG / 2);
    let ran = program.times.load(Relaxed);
    assert!(ran > 0, "the program's code was called {ran} times");
}
