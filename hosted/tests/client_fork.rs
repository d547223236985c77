//! A process that forks while its clients work. In a process of its own: a child inherits the sockets of other tests.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use basenji::client::{Client, Environment, Profile};
use basenji::server::{MemorySink, Point, Server};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Runs `child` in a child of this process, which ends at once afterwards, and returns its exit status.
fn in_child(child: impl FnOnce() -> bool) -> i32 {
    // SAFETY: the child runs `child`, which takes no lock that another thread of this process may hold, and exits without running anything
    // of the test runner's.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(false);
        // SAFETY: ends this process.
        unsafe { libc::_exit(if done { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: the pointer is that of an integer on this stack.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    status
}

fn server() -> (Server, MemorySink, String) {
    let sink = MemorySink::default();
    let builder = Server::builder().udp("127.0.0.1:0").unwrap().config(|config| {
        config.telemetry = false;
        config.aggregation.bucket_secs = 86400;
    });
    let server = builder.start(sink.clone()).unwrap();
    let address = format!("udp://127.0.0.1:{}", server.port());
    (server, sink, address)
}

/// Name and sum of every series.
fn sums(sink: &MemorySink) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for bucket in sink.buckets() {
        for series in bucket.series() {
            let value = match series.point {
                Point::Count(value) => value,
                Point::Distribution(sketch) => sketch.summary().sum,
                _ => panic!("nothing else was called"),
            };
            *sums.entry(String::from_utf8_lossy(series.name).into_owned()).or_default() += value;
        }
    }
    sums
}

fn client(address: &str, profile: Profile) -> Client {
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    let builder = builder.profile(profile).flush_interval(LONG * 60).sender(|sender| sender.stop_timeout = LONG);
    builder.to(address).unwrap().build().unwrap()
}

#[test]
fn what_waits_at_a_fork_is_the_parents_and_both_go_on() {
    for profile in [Profile::Fast, Profile::Plain] {
        let (server, sink, address) = server();
        let client = client(&address, profile);
        let (counter, samples) = (client.counter("handle", &[]), client.distribution_handle("samples", &[]));
        let call = |n: i64| {
            client.count("name", n, &[]);
            counter.add(n);
            samples.record(n as f64);
        };
        call(1);
        let status = in_child(|| {
            call(10);
            let flushed = client.wait_for_pending(LONG);
            call(100);
            flushed && client.flush() && client.stats().dropped().packets == 0
        });
        assert_eq!(status, 0, "{profile:?}");
        call(1000);
        drop(client);
        server.stop();
        let expected = ["handle", "name", "samples"].map(|name| (name.to_owned(), 1111.0));
        assert_eq!(sums(&sink), BTreeMap::from(expected), "{profile:?}");
    }
}

#[test]
fn a_client_that_has_ended_has_ended_in_children_too() {
    for profile in [Profile::Fast, Profile::Plain] {
        let (server, sink, address) = server();
        let client = client(&address, profile);
        client.close();
        let status = in_child(|| {
            client.count("name", 1, &[]);
            client.flush() && client.stats().dropped().packets == 1
        });
        assert_eq!(status, 0, "{profile:?}");
        server.stop();
        assert_eq!(sums(&sink), BTreeMap::new(), "{profile:?}");
    }
}

#[test]
fn a_child_that_uses_nothing_but_a_handle_is_flushed_by_a_thread_of_its_own() {
    let (server, sink, address) = server();
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    let client = builder.flush_interval(Duration::from_millis(1)).to(&address).unwrap().build().unwrap();
    let counter = client.counter("handle", &[]);
    let status = in_child(|| {
        counter.add(5);
        while client.stats().sent.packets == 0 {
            std::thread::yield_now();
        }
        true
    });
    assert_eq!(status, 0);
    server.stop();
    assert_eq!(sums(&sink), BTreeMap::from([("handle".to_owned(), 5.0)]));
}

#[test]
fn a_child_that_calls_nothing_sends_nothing_and_a_busy_parent_keeps_no_child_waiting() {
    let (server, sink, address) = server();
    let client = client(&address, Profile::Fast);
    let samples = client.distribution_handle("samples", &[]);
    let stop = AtomicBool::new(false);
    let (calls, statuses) = std::thread::scope(|scope| {
        let busy: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut calls = 0;
                    while !stop.load(Ordering::Relaxed) {
                        client.count("name", 1, &[]);
                        samples.record(1.0);
                        calls += 1;
                        if calls % 500 == 0 {
                            client.flush();
                        }
                    }
                    calls
                })
            })
            .collect();
        let mut statuses = Vec::new();
        for round in 0..10 {
            statuses.push(in_child(|| {
                if round % 2 == 0 {
                    client.count("child", 1, &[]);
                    client.flush();
                }
                true
            }));
        }
        stop.store(true, Ordering::Relaxed);
        (busy.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>(), statuses)
    });
    assert_eq!(statuses, [0; 10]);
    drop(client);
    server.stop();
    let sums = sums(&sink);
    assert_eq!((sums["name"], sums["child"]), (calls as f64, 5.0));
}

#[test]
fn a_server_is_its_parents_and_nothing_of_a_child_waits_for_its_threads() {
    let (server, sink, address) = server();
    let monitor = server.monitor();
    let status = in_child(|| {
        server.flush();
        server.change(basenji::server::Change::default()).unwrap();
        let looks = (monitor.peek(10).is_none(), monitor.is_running(), server.stats().datagrams);
        // SAFETY: a copy of the value, whose original this process forgets.
        drop(unsafe { std::ptr::read(&server) });
        looks == (true, false, Default::default())
    });
    assert_eq!(status, 0);
    let client = client(&address, Profile::Plain);
    client.count("name", 1, &[]);
    server.stop();
    assert_eq!(sums(&sink), BTreeMap::from([("name".to_owned(), 1.0)]));
}
