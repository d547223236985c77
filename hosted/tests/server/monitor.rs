//! A look into a running server.

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use basenji::server::MemorySink;

use crate::common::{udp_client, udp_server, wait_for};

#[test]
fn a_monitor_sees_counters_and_contexts_and_outlives_the_server() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    let monitor = server.monitor();
    assert!(monitor.is_running());
    udp_client(&server).send(b"a:1|c|#x,y\na:1|c|#x\nb:1|g\nb:1|g").unwrap();
    server.flush();
    assert_eq!(monitor.stats().messages.total(), 4);
    let contexts = monitor.contexts(Vec::new(), |lines, context| {
        lines.push(format!("{} {}", context.name.escape_ascii(), context.tags.iter().count()));
    });
    let mut lines = contexts.unwrap();
    lines.sort();
    assert_eq!(lines, ["a 1", "a 2", "b 0"]);
    let stats = server.stop();
    assert_eq!(monitor.stats(), stats);
    assert!(!monitor.is_running());
    assert_eq!(monitor.contexts(0, |count, _| *count += 1), None);
}

#[test]
fn a_look_at_many_contexts_keeps_neither_a_flush_nor_a_stop_waiting() {
    const CONTEXTS: u64 = 10_000;
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    let (monitor, client) = (server.monitor(), udp_client(&server));
    for number in 0..CONTEXTS {
        client.send(format!("a:1|c|#n:{number}").as_bytes()).unwrap();
        if number % 100 == 99 {
            wait_for(&server, |stats| stats.messages.total() > number);
        }
    }
    server.flush();
    assert_eq!(monitor.contexts(0, |count, _| *count += 1), Some(CONTEXTS));
    // A flush has its turn before a look that takes its time has ended.
    let (begun, begins) = channel();
    let looking = thread::spawn({
        let monitor = monitor.clone();
        move || {
            monitor.contexts(0, move |count, _| {
                *count += 1;
                let _ = begun.send(());
                thread::sleep(Duration::from_micros(20));
            })
        }
    });
    begins.recv().unwrap();
    server.flush();
    assert!(!looking.is_finished(), "the flush has waited for the look");
    assert_eq!(looking.join().unwrap(), Some(CONTEXTS));
    // A stop does not wait for the rest of a look.
    let (begun, begins) = channel();
    let looking = thread::spawn({
        let monitor = monitor.clone();
        move || {
            monitor.contexts((), move |(), _| {
                let _ = begun.send(());
                thread::sleep(Duration::from_micros(100));
            })
        }
    });
    begins.recv().unwrap();
    server.stop();
    assert_eq!(looking.join().unwrap(), None, "the stop has waited for all of them");
}
