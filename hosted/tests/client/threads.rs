//! Threads that call and send at the same time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use basenji::client::{Memory, Profile, SendError, Transport, TransportKind};

use crate::common::{LONG, into, quiet, sorted};

#[test]
fn what_many_threads_of_a_plain_client_call_arrives_once() {
    let memory = Memory::new();
    let client = into(&memory).profile(Profile::Plain).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..40 {
            let client = &client;
            scope.spawn(move || {
                for n in 0..100 {
                    client.count("c", thread * 100 + n, &["a:b"]);
                }
            });
        }
    });
    let mut expected: Vec<_> = (0..4000).map(|n| format!("c:{n}|c|#a:b")).collect();
    expected.sort();
    assert_eq!(sorted(&memory), expected);
    assert!(memory.datagrams().iter().all(|datagram| datagram.ends_with(b"|c|#a:b\n")));
    let stats = client.stats();
    assert_eq!((stats.metrics.total(), stats.sent.packets, stats.dropped().packets), (4000, 4000, 0));
}

/// A system call that ends when two threads are in it.
#[derive(Clone, Default)]
struct Meeting(Arc<(Mutex<usize>, Condvar)>);

impl Transport for Meeting {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, _: &[u8], _: Instant) -> Result<(), SendError> {
        unreachable!("the connection stands")
    }

    fn send_shared(&self, _: &[u8]) -> Option<Result<(), SendError>> {
        let (inside, met) = &*self.0;
        let mut inside = inside.lock().unwrap();
        *inside += 1;
        met.notify_all();
        let met = met.wait_timeout_while(inside, LONG, |inside| *inside < 2).unwrap();
        Some(if met.1.timed_out() { Err(SendError::WouldBlock) } else { Ok(()) })
    }
}

#[test]
fn threads_of_a_plain_client_do_not_wait_for_each_others_system_calls() {
    let meeting = Meeting::default();
    let client = quiet().profile(Profile::Plain).transport(move || Box::new(meeting.clone())).build().unwrap();
    std::thread::scope(|scope| {
        for name in ["a", "b"] {
            let client = &client;
            scope.spawn(move || client.count(name, 1, &[]));
        }
    });
    assert_eq!((client.stats().sent.packets, client.stats().dropped().packets), (2, 0));
}

#[test]
fn counters_never_go_back_and_know_each_call_that_has_returned() {
    for builder in [into(&Memory::new()), into(&Memory::new()).profile(Profile::Plain)] {
        let client = builder.telemetry(true).telemetry_interval(Duration::from_millis(1)).build().unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        client.flush();
                    }
                });
            }
            let mut wrong = Vec::new();
            for n in 0..20_000 {
                client.count("c", 1, &[]);
                if client.stats().metrics.total() != n + 1 {
                    wrong.push((n, client.stats().metrics.total()));
                }
            }
            is_over.store(true, Ordering::Relaxed);
            assert!(wrong.is_empty(), "{} times, {:?}", wrong.len(), wrong.first());
        });
    }
}
