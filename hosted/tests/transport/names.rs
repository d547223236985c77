//! Names that are looked up, by a resolver that the test has in hand.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use basenji::client::{Lookup, Transport, TransportOptions, Udp};

use crate::common::{LONG, disconnected, options, receive, send, udp_receiver};

/// What a name resolves to, and how often it was asked for.
#[derive(Clone, Default)]
struct Names {
    answer: Arc<Mutex<Vec<SocketAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn set(&self, address: SocketAddr) {
        *self.answer.lock().unwrap() = vec![address];
    }

    fn clear(&self) {
        self.answer.lock().unwrap().clear();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn options(&self) -> TransportOptions {
        let names = self.clone();
        let lookup = Lookup::new(move |host, _| {
            assert_eq!(host, "agent");
            names.asked.fetch_add(1, Ordering::SeqCst);
            Ok(names.answer.lock().unwrap().clone())
        });
        TransportOptions { lookup, ..options() }
    }
}

/// Calls `maintain` for `now` until the lookup that is running is done.
fn settle(udp: &mut Udp, names: &Names, now: Instant, asked: usize) {
    while names.asked() < asked {
        udp.maintain(now);
        std::thread::yield_now();
    }
}

/// Sends until what arrives first says that the address was changed.
fn wait_for_peer(udp: &mut Udp, now: Instant, peer: SocketAddr) {
    let start = Instant::now();
    while udp.peer() != Some(peer) {
        assert!(start.elapsed() < LONG);
        let _ = udp.send(b"x", now);
        std::thread::yield_now();
    }
}

#[test]
fn a_name_is_looked_up_off_the_callers_thread_and_waiting_brings_its_address() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let caller = std::thread::current().id();
    let answer = receiver.local_addr().unwrap();
    let lookup = Lookup::new(move |_, _| {
        assert_ne!(std::thread::current().id(), caller);
        Ok(vec![answer])
    });
    let mut udp = Udp::new("agent", port, &TransportOptions { lookup, ..options() });
    udp.wait(LONG);
    send(&mut udp, "a").unwrap();
    assert_eq!(receive(&receiver), "a");
}

#[test]
fn before_the_answer_there_is_no_connection_and_an_error_that_names_the_host() {
    let (release, hold) = std::sync::mpsc::channel::<SocketAddr>();
    let hold = Mutex::new(hold);
    let lookup =
        Lookup::new(move |_, _| hold.lock().unwrap().recv().map(|answer| vec![answer]).map_err(io::Error::other));
    let mut udp = Udp::new("agent", 1, &TransportOptions { lookup, ..options() });
    let error = send(&mut udp, "a").unwrap_err();
    assert_eq!(error.to_string(), "there is no connection: agent is still being looked up");
    let (receiver, _) = udp_receiver("127.0.0.1:0");
    release.send(receiver.local_addr().unwrap()).unwrap();
    udp.wait(LONG);
    // The answer ends the interval that the missing one has begun.
    send(&mut udp, "b").unwrap();
    assert_eq!(receive(&receiver), "b");
}

#[test]
fn a_name_is_looked_up_again_after_the_interval_and_the_socket_follows() {
    let (old, port) = udp_receiver("127.0.0.1:0");
    let (new, _) = udp_receiver("127.0.0.1:0");
    let names = Names::default();
    names.set(old.local_addr().unwrap());
    let mut udp = Udp::new("agent", port, &names.options());
    udp.wait(LONG);
    let start = Instant::now();
    udp.send(b"a", start).unwrap();
    assert_eq!(receive(&old), "a");

    names.set(new.local_addr().unwrap());
    let due = udp.maintain(start).unwrap();
    assert!(due > start + Duration::from_secs(59) && due <= start + Duration::from_secs(61));
    assert_eq!(names.asked(), 1, "not before the interval is over");
    udp.maintain(due);
    settle(&mut udp, &names, due, 2);
    wait_for_peer(&mut udp, due, new.local_addr().unwrap());
    assert_eq!(udp.counters().connections, 2);
}

#[test]
fn an_answer_that_still_has_the_address_in_use_changes_nothing() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let (other, _) = udp_receiver("127.0.0.1:0");
    let names = Names::default();
    names.set(receiver.local_addr().unwrap());
    let mut udp = Udp::new("agent", port, &names.options());
    udp.wait(LONG);
    let mut now = Instant::now();
    udp.send(b"a", now).unwrap();
    *names.answer.lock().unwrap() = vec![other.local_addr().unwrap(), receiver.local_addr().unwrap()];
    for asked in 2..5 {
        now = udp.maintain(now).unwrap().max(now);
        settle(&mut udp, &names, now, asked);
        udp.wait(Duration::ZERO);
        udp.send(b"b", now).unwrap();
    }
    assert_eq!(udp.peer(), Some(receiver.local_addr().unwrap()));
    assert_eq!(udp.counters().connections, 1);
}

#[test]
fn a_lookup_without_an_answer_keeps_the_address_and_one_at_the_start_is_repeated() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let names = Names::default();
    let mut udp = Udp::new("agent", port, &names.options());
    udp.wait(LONG);
    let mut now = Instant::now();
    let (retry_at, _) = disconnected(udp.send(b"a", now));
    names.set(receiver.local_addr().unwrap());
    now = retry_at + Duration::from_secs(2);
    settle(&mut udp, &names, now, 2);
    wait_for_peer(&mut udp, now, receiver.local_addr().unwrap());

    names.clear();
    now = udp.maintain(now).unwrap();
    settle(&mut udp, &names, now, 3);
    udp.send(b"b", now).unwrap();
    assert_eq!(udp.peer(), Some(receiver.local_addr().unwrap()));
}

#[test]
fn a_refusal_brings_the_next_lookup_forward() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let (new, _) = udp_receiver("127.0.0.1:0");
    let names = Names::default();
    names.set(receiver.local_addr().unwrap());
    let mut udp = Udp::new("agent", port, &names.options());
    udp.wait(LONG);
    drop(receiver);
    names.set(new.local_addr().unwrap());
    let start = Instant::now();
    while udp.counters().refused == 0 {
        udp.send(b"lost", start).unwrap();
    }
    let now = start + Duration::from_secs(2);
    assert!(udp.maintain(start).unwrap() < now);
    settle(&mut udp, &names, now, 2);
    wait_for_peer(&mut udp, now, new.local_addr().unwrap());
}
