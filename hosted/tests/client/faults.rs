//! Under faults what is missing equals what the counters say is missing.

use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use basenji::client::{Aggregation, Fault, FaultLog, Lost, Memory, Mishap, Odds, Profile, Trouble};
use proptest::prelude::*;

use crate::common::{LONG, quiet, sorted, text};
use crate::server::{server, sums};

#[test]
fn what_a_plain_client_loses_is_counted_and_told() {
    let (memory, logs) = (Memory::new(), Arc::new(Mutex::new(Vec::<FaultLog>::new())));
    let (inner, kept) = (memory.clone(), logs.clone());
    let odds = Odds { block: 100, disconnect: 100, ..Odds::default() };
    let told = Arc::new(Mutex::new(0u64));
    let telling = told.clone();
    let client = quiet()
        .profile(Profile::Plain)
        .on_trouble(move |trouble| {
            if let Trouble::Lost { tally, .. } = trouble {
                *telling.lock().unwrap() += tally.datagrams;
            }
        })
        .transport(move || {
            let fault = Fault::seeded(inner.clone(), 7, odds);
            kept.lock().unwrap().push(fault.log());
            Box::new(fault)
        })
        .build()
        .unwrap();
    for n in 0..1000 {
        client.count("c", n, &[]);
    }
    let stats = client.stats();
    let lost: Vec<_> = logs.lock().unwrap().iter().flat_map(FaultLog::events).collect();
    assert!((100..300).contains(&lost.len()), "{}", lost.len());
    assert_eq!((stats.dropped_writer.packets, *told.lock().unwrap()), (lost.len() as u64, lost.len() as u64));
    assert_eq!(stats.dropped_writer.bytes, lost.iter().map(|(_, datagram)| datagram.len() as u64).sum::<u64>());
    assert_eq!((stats.sent.packets, stats.metrics.total()), (1000 - lost.len() as u64, 1000));
    let mut all: Vec<_> = lost.iter().flat_map(|(_, datagram)| text(datagram)).chain(sorted(&memory)).collect();
    all.sort();
    let mut expected: Vec<_> = (0..1000).map(|n| format!("c:{n}|c")).collect();
    expected.sort();
    assert_eq!(all, expected);
}

#[test]
fn what_a_full_socket_does_not_take_a_plain_client_drops_and_one_with_a_thread_sends_when_there_is_room() {
    const CALLS: i64 = 300;
    for background in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let told = Arc::new(AtomicU64::new(0));
        let telling = told.clone();
        let builder = quiet().profile(Profile::Plain).background(background).sender(|sender| sender.patience = LONG);
        let builder = builder.on_trouble(move |trouble| {
            assert!(matches!(trouble, Trouble::Lost { reason: Lost::Blocked, .. }), "{trouble:?}");
            telling.fetch_add(1, Ordering::Relaxed);
        });
        let client = builder.to(&format!("unixgram://{}", path.display())).unwrap().build().unwrap();
        // Nobody reads until all is called.
        (0..CALLS).for_each(|n| client.count("c", n, &[]));
        let before = client.stats();
        receiver.set_nonblocking(!background).unwrap();
        let mut arrived = 0;
        let expected = if background { CALLS as u64 } else { before.sent.packets };
        while arrived < expected {
            let mut buffer = [0; 64];
            let len = receiver.recv(&mut buffer).unwrap();
            let own = if background { Some(arrived) } else { None };
            assert!(own.is_none_or(|n| buffer[..len] == *format!("c:{n}|c\n").as_bytes()));
            arrived += 1;
        }
        assert!(client.flush());
        let (stats, lost) = (client.stats(), told.load(Ordering::Relaxed));
        assert_eq!((stats.sent.packets, stats.dropped_writer.packets), (arrived, lost), "{background}");
        assert_eq!(arrived + lost, CALLS as u64);
        assert_eq!(lost == 0, background, "the socket was full");
    }
}

#[test]
fn a_background_client_gets_everything_through_a_socket_that_is_full_or_gone_at_times() {
    let memory = Memory::new();
    let inner = memory.clone();
    let odds = Odds { block: 200, disconnect: 200, ..Odds::default() };
    let client = quiet()
        .sender(|sender| (sender.patience, sender.expiry) = (LONG, None))
        .transport(move || Box::new(Fault::seeded(inner.clone(), 11, odds)))
        .max_payload(50)
        .build()
        .unwrap();
    for n in 0..1000 {
        client.count(&format!("name{n}"), n, &[]);
    }
    assert!(client.wait_for_pending(LONG));
    let mut expected: Vec<_> = (0..1000).map(|n| format!("name{n}:{n}|c")).collect();
    expected.sort();
    assert_eq!(sorted(&memory), expected);
    assert_eq!(client.stats().dropped().packets, 0);
}

#[test]
fn what_a_full_queue_drops_is_what_is_missing() {
    let memory = Memory::new();
    let inner = memory.clone();
    // The first datagram stays in hand as long as the socket is full; the queue has room for 100 bytes.
    let client = quiet()
        .sender(|sender| (sender.queue_bytes, sender.patience) = (100, LONG))
        .transport(move || Box::new(Fault::scripted(inner.clone(), [Mishap::Block; 20])))
        .max_payload(20)
        .build()
        .unwrap();
    for n in 0..1000 {
        client.count(&format!("n{n}"), n, &[]);
    }
    assert!(client.wait_for_pending(LONG));
    let stats = client.stats();
    assert!(stats.dropped_queue.packets > 0 && stats.dropped_writer.packets == 0, "{stats:?}");
    let arrived = memory.datagrams();
    assert_eq!(stats.sent.packets, arrived.len() as u64);
    let bytes: usize = arrived.iter().map(Vec::len).sum();
    let called: usize = (0..1000).map(|n| format!("n{n}:{n}|c\n").len()).sum();
    assert_eq!(stats.dropped_queue.bytes, (called - bytes) as u64);
}

/// The whole lines of a datagram, and of the first `len` bytes of it.
fn whole(datagram: &[u8], len: usize) -> Vec<String> {
    let mut lines = text(datagram.get(..len).unwrap_or(datagram));
    lines.retain(|line| line.ends_with("|c"));
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_line_arrives_or_the_log_and_the_counters_say_why_not(
        seed: u64,
        odds in [0u16..200, 0..200, 0..200, 0..200, 0..200],
        payload in 20usize..200,
        way in 0..4,
        calls in 1i64..300,
    ) {
        let [drop, truncate, delay, block, disconnect] = odds;
        let odds = Odds { drop, truncate, delay, block, disconnect };
        let (memory, logs) = (Memory::new(), Arc::new(Mutex::new(Vec::<FaultLog>::new())));
        let (inner, kept) = (memory.clone(), logs.clone());
        let builder = quiet()
            .max_payload(payload)
            .sender(|sender| (sender.patience, sender.expiry) = (LONG, None))
            .transport(move || {
                let fault = Fault::seeded(inner.clone(), seed, odds);
                kept.lock().unwrap().push(fault.log());
                Box::new(fault)
            });
        let client = match way {
            0 => builder,
            1 => builder.aggregation(Aggregation::Off),
            2 => builder.profile(Profile::Plain),
            _ => builder.profile(Profile::Plain).background(true),
        };
        let client = client.build().unwrap();
        let mut called = Vec::new();
        let mut call = |name: String| {
            client.count(&name, 1, &[]);
            called.push(format!("{name}:1|c"));
        };
        (0..calls).for_each(|n| call(format!("name{n}")));
        // A datagram that is late arrives behind one that is not.
        for end in 0.. {
            call(format!("end{end}"));
            prop_assert!(client.wait_for_pending(LONG));
            if memory.lines().contains(&format!("end{end}:1|c")) {
                break;
            }
        }
        let log: Vec<_> = logs.lock().unwrap().iter().flat_map(FaultLog::events).collect();
        let stats = client.stats();
        let retries = way != 2;
        let (mut missing, mut silent, mut refused) = (Vec::new(), 0, 0);
        for (mishap, datagram) in &log {
            let arrived = match mishap {
                Mishap::Drop => 0,
                Mishap::Truncate(len) => *len,
                // Sent again, if there is a thread for that.
                Mishap::Block | Mishap::Disconnect if !retries => 0,
                _ => continue,
            };
            silent += u64::from(*mishap == Mishap::Drop);
            refused += u64::from(matches!(mishap, Mishap::Block | Mishap::Disconnect));
            let there = whole(datagram, arrived);
            missing.extend(whole(datagram, usize::MAX).into_iter().filter(|line| !there.contains(line)));
        }
        let datagrams = memory.datagrams();
        let mut all: Vec<_> = datagrams.iter().flat_map(|datagram| whole(datagram, usize::MAX)).chain(missing).collect();
        all.sort();
        called.sort();
        prop_assert_eq!(&all, &called);
        prop_assert_eq!(stats.metrics.total(), called.len() as u64);
        // One that was cut to nothing has arrived nowhere.
        let empty = log.iter().filter(|(mishap, _)| *mishap == Mishap::Truncate(0)).count() as u64;
        let arrived = datagrams.iter().filter(|datagram| !datagram.is_empty()).count() as u64;
        prop_assert_eq!(stats.sent.packets, arrived + silent + empty);
        prop_assert_eq!((stats.dropped_writer.packets, stats.dropped_queue.packets), (refused, 0));
    }
}

#[test]
fn what_a_plain_client_sends_while_its_server_is_gone_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    for scheme in ["unixgram", "unixstream"] {
        let path = directory.path().join(if scheme == "unixgram" { "datagram" } else { "stream" });
        let client =
            quiet().profile(Profile::Plain).to(&format!("{scheme}://{}", path.display())).unwrap().build().unwrap();
        let (mut arrived, mut calls) = (0.0, 0);
        for round in 0..3 {
            for _ in 0..50 {
                client.count("c", 1, &[]);
                calls += 1;
            }
            // Its socket file is made again, and removed at the end.
            let (server, sink) = server(directory.path());
            let sent = client.stats().sent.packets;
            // The connection comes back by itself.
            while client.stats().sent.packets < sent + 20 {
                client.count("c", 1, &[]);
                calls += 1;
            }
            server.stop();
            assert!(!path.exists(), "{scheme} {round}");
            arrived += sums(&sink).get("c").copied().unwrap_or_default();
        }
        let stats = client.stats();
        assert_eq!(arrived + stats.dropped_writer.packets as f64, f64::from(calls), "{scheme}: {stats:?}");
        assert!(stats.dropped_writer.packets >= 150, "{scheme}: {stats:?}");
    }
}
