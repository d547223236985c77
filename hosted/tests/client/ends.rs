//! The ends: of a client, of a process, and a fork.

use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use basenji::client::{Client, Environment, Memory, Profile};
use basenji::server::{Bucket, MemorySink, Server};

use crate::common::{into, quiet};
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
