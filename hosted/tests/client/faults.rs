//! Under faults what is missing equals what the counters say is missing.

use std::sync::{Arc, Mutex};

use basenji::client::{Fault, FaultLog, Memory, Mishap, Odds, Profile, Trouble};

use crate::common::{LONG, quiet, sorted, text};

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
fn a_background_client_gets_everything_through_a_socket_that_is_full_or_gone_at_times() {
    let memory = Memory::new();
    let inner = memory.clone();
    let odds = Odds { block: 200, disconnect: 200, ..Odds::default() };
    let client = quiet()
        .sender(|sender| (sender.patience, sender.expiry) = (LONG, None))
        .transport(move || Box::new(Fault::seeded(inner.clone(), 11, odds)))
        .payload(50)
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
        .payload(20)
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
