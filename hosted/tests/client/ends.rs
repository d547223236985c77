//! The ends: of a client, of a process, and a fork.

use std::process::Command;
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::time::{Duration, Instant};

use basenji::client::{
    Aggregation, Client, Environment, Memory, Profile, SendError, Transport, TransportKind, close_all,
};
use basenji::server::{Bucket, MemorySink, Server};

use crate::common::{LONG, into, quiet};
use crate::server::sums;

#[test]
fn dropping_a_client_sends_what_its_calls_and_handles_have_gathered() {
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let handle = client.counter("handle", &[]);
    client.count("name", 1, &[]);
    handle.add(2);
    drop(client);
    assert_eq!(crate::common::sorted(&memory), ["handle:2|c", "name:1|c"]);
    // Nobody takes this any more, and nobody minds.
    handle.add(1);
}

#[test]
fn what_is_called_after_the_end_is_lost_and_counted() {
    for (profile, background) in [(Profile::Fast, true), (Profile::Fast, false), (Profile::Plain, false)] {
        let memory = Memory::new();
        let client = into(&memory).profile(profile).background(background).build().unwrap();
        let handle = client.counter("handle", &[]);
        client.count("before", 1, &[]);
        client.close();
        client.count("after", 1, &[]);
        handle.add(1);
        assert!(client.flush());
        assert_eq!(memory.lines(), ["before:1|c"], "{profile:?}, {background}");
        let stats = client.stats();
        let lost = if profile == Profile::Fast { 1 } else { 2 };
        assert_eq!((stats.metrics.total(), stats.sent.packets, stats.dropped().packets), (3, 1, lost));
    }
}

#[test]
fn a_client_flushes_by_itself() {
    let memory = Memory::new();
    let client = into(&memory).flush_interval(Duration::from_millis(1)).build().unwrap();
    client.count("c", 1, &[]);
    assert!(memory.wait_for(1, crate::common::LONG));
    assert_eq!(memory.lines(), ["c:1|c"]);
}

/// The address that the process below sends to.
const ADDRESS: &str = "BASENJI_TEST_ADDRESS";

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| quiet().to(&std::env::var(ADDRESS).unwrap()).unwrap().build().unwrap());

/// Not a test but a program, when it is told to be: it ends without a flush.
#[test]
fn a_process_that_ends() {
    if std::env::var_os(ADDRESS).is_some() {
        CLIENT.counter("handle", &[]).add(2);
        std::thread::scope(|scope| {
            scope.spawn(|| CLIENT.count("thread", 3, &[]));
        });
        CLIENT.count("name", 1, &[]);
        std::process::exit(0);
    }
}

#[test]
fn a_client_in_a_static_sends_what_waits_when_its_process_ends() {
    let sink = MemorySink::default();
    let server = Server::builder().udp("127.0.0.1:0").unwrap().config(|config| config.telemetry = false);
    let server = server.start(sink.clone()).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ends::a_process_that_ends"])
        .env(ADDRESS, format!("udp://127.0.0.1:{}", server.port()))
        .status();
    assert!(status.unwrap().success());
    server.stop();
    assert_eq!(sums(&sink), [("handle", 2.0), ("name", 1.0), ("thread", 3.0)].map(|(n, v)| (n.to_owned(), v)).into());
}

/// Not a test but a program, when it is told to be: it ends without the C library's knowledge.
#[test]
fn a_process_that_ends_at_once() {
    if std::env::var_os(ADDRESS).is_some() {
        let other = quiet().to(&std::env::var(ADDRESS).unwrap()).unwrap().build().unwrap();
        CLIENT.count("name", 1, &[]);
        other.counter("handle", &[]).add(2);
        close_all(LONG);
        CLIENT.count("after", 1, &[]);
        assert_eq!((CLIENT.stats().sent.packets, other.stats().sent.packets), (1, 1));
        // SAFETY: it ends the process.
        unsafe { libc::_exit(0) };
    }
}

#[test]
fn all_clients_can_be_closed_before_an_end_that_nobody_is_told_of() {
    let sink = MemorySink::default();
    let server = Server::builder().udp("127.0.0.1:0").unwrap().config(|config| config.telemetry = false);
    let server = server.start(sink.clone()).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ends::a_process_that_ends_at_once"])
        .env(ADDRESS, format!("udp://127.0.0.1:{}", server.port()))
        .status();
    assert!(status.unwrap().success());
    server.stop();
    assert_eq!(sums(&sink), [("handle", 2.0), ("name", 1.0)].map(|(n, v)| (n.to_owned(), v)).into());
}

#[test]
fn an_address_that_nobody_listens_on_disturbs_no_call_and_no_end() {
    let server = Server::builder().udp("127.0.0.1:0").unwrap().start(|_: &Bucket| {}).unwrap();
    let address = format!("udp://127.0.0.1:{}", server.port());
    server.stop();
    let client = Client::builder().environment(Environment::default()).to(&address).unwrap().build().unwrap();
    for _ in 0..100 {
        client.count("c", 1, &[]);
        client.flush();
    }
    let stats = client.stats();
    assert_eq!(stats.metrics.total(), 100);
    assert!(stats.sent.packets + stats.dropped().packets <= 100);
}

/// A transport that does not come back until it is told to.
#[derive(Clone, Default)]
struct Stuck(Arc<(Mutex<StuckState>, Condvar)>);

#[derive(Default)]
struct StuckState {
    entered: bool,
    released: bool,
}

impl Stuck {
    fn wait_for(&self, done: impl Fn(&StuckState) -> bool) {
        let (state, changed) = &*self.0;
        let wait = changed.wait_timeout_while(state.lock().unwrap(), LONG, |state| !done(state));
        assert!(!wait.unwrap().1.timed_out());
    }

    fn change(&self, change: impl Fn(&mut StuckState)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }
}

impl Transport for Stuck {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, _: &[u8], _: Instant) -> Result<(), SendError> {
        self.change(|state| state.entered = true);
        self.wait_for(|state| state.released);
        Ok(())
    }
}

#[test]
fn a_transport_that_does_not_come_back_holds_up_no_flush_and_no_close_and_what_is_left_is_counted() {
    const CALLS: u64 = 50;
    for (profile, background) in
        [(Profile::Fast, true), (Profile::Fast, false), (Profile::Plain, true), (Profile::Plain, false)]
    {
        let (stuck, way) = (Stuck::default(), (profile, background));
        let theirs = stuck.clone();
        let builder = quiet().profile(profile).background(background).aggregation(Aggregation::Off).max_payload(10);
        let client = builder.transport(move || Box::new(theirs.clone())).build().unwrap();
        std::thread::scope(|scope| {
            // Without a thread that sends, whoever calls or flushes first is held up, by a transport that breaks its promise.
            let first = scope.spawn(|| {
                client.count("c", 0, &[]);
                client.flush_within(LONG);
            });
            stuck.wait_for(|state| state.entered);
            (1..CALLS).for_each(|n| client.count("c", n as i64, &[]));
            let started = Instant::now();
            assert!(!client.flush_within(Duration::from_millis(20)), "{way:?}");
            assert!(!client.close_within(Duration::from_millis(20)), "{way:?}");
            assert!(!client.close_within(Duration::ZERO), "{way:?}");
            assert!(started.elapsed() < Duration::from_secs(10), "{way:?}: {:?}", started.elapsed());
            let stats = client.stats();
            // The one in its hands is lost, or still waits.
            let lost = stats.dropped().packets;
            assert_eq!((stats.metrics.total(), stats.sent.packets), (CALLS, 0), "{way:?}");
            assert_eq!(lost, if background { CALLS } else { CALLS - 1 }, "{way:?}: {stats:?}");
            stuck.change(|state| state.released = true);
            first.join().unwrap();
            // It turns out that it was sent.
            while client.stats().sent.packets < 1 {
                std::thread::yield_now();
            }
            let stats = client.stats();
            assert_eq!((stats.sent.packets, stats.dropped().packets), (1, CALLS - 1), "{way:?}");
        });
    }
}

#[test]
fn closing_a_client_whose_server_is_gone_or_full_takes_no_longer_than_it_may() {
    let directory = tempfile::tempdir().unwrap();
    let full = directory.path().join("full");
    let _reads_nothing = std::os::unix::net::UnixDatagram::bind(&full).unwrap();
    for path in [directory.path().join("gone"), full] {
        for (profile, background) in [(Profile::Fast, true), (Profile::Plain, true), (Profile::Plain, false)] {
            let address = format!("unixgram://{}", path.display());
            let client = quiet().profile(profile).background(background).aggregation(Aggregation::Off).max_payload(10);
            let client = client.to(&address).unwrap().build().unwrap();
            (0..5000).for_each(|n| client.count("c", n, &[]));
            let started = Instant::now();
            client.close_within(Duration::ZERO);
            assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
            let settled = || {
                let stats = client.stats();
                stats.sent.packets + stats.dropped().packets == 5000
            };
            while !settled() {
                std::thread::yield_now();
            }
        }
    }
}
