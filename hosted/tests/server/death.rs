//! Threads that die, by code that is not the server's: the only way that is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::Metric;
use basenji::server::{Amount, Bucket, Builder, Death, Editor, MemorySink, Rules, Server};

use crate::common::{sums, udp_client, wait_for};

/// Panics over a metric called `boom`, and over aggregates once it is armed.
#[derive(Default)]
struct Mines {
    armed: Arc<AtomicBool>,
}

struct Mine;

impl Rules for Mines {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(Mine)
    }

    fn shows(&self, _: &[u8], _: Aggregate) -> bool {
        assert!(!self.armed.load(Ordering::Relaxed), "an aggregate too many");
        true
    }
}

impl Editor for Mine {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        assert_ne!(metric.name, b"boom");
        Some(*metric)
    }
}

fn mined(workers: usize, rules: Mines) -> (Builder, Receiver<Death>) {
    let (told, deaths) = channel();
    let builder = Server::builder().rules(rules).on_death(move |death| told.send(death.clone()).unwrap());
    let builder = builder.config(|config| {
        config.workers = workers;
        config.telemetry = false;
        config.aggregation.bucket_secs = 86400;
    });
    (builder, deaths)
}

#[test]
fn a_dead_worker_is_told_of_and_what_all_workers_hold_is_flushed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let sink = MemorySink::default();
    let (builder, deaths) = mined(2, Mines::default());
    // Of two workers the second one has the Unix socket.
    let server = builder.udp("127.0.0.1:0").unwrap().unix_datagram(&path).start(sink.clone()).unwrap();
    let unix = std::os::unix::net::UnixDatagram::unbound().unwrap();
    unix.send_to(b"a:1|c", &path).unwrap();
    let udp = udp_client(&server);
    udp.send(b"a:2|c").unwrap();
    wait_for(&server, |stats| stats.messages.total() == 2);
    assert!(server.monitor().is_running());
    udp.send(b"a:4|c\nboom:1|c").unwrap();
    let death = deaths.recv().unwrap();
    assert!(!server.monitor().is_running());
    assert!(death.thread.starts_with("basenji-in-") && death.why.contains("assertion"), "{death:?}");
    server.stop();
    assert_eq!(sums(&sink)["a#"], 7.0);
}

#[test]
fn a_dead_flusher_is_told_of_and_what_the_workers_hold_is_flushed() {
    let sink = MemorySink::default();
    let rules = Mines::default();
    let armed = Arc::clone(&rules.armed);
    let (builder, deaths) = mined(1, rules);
    let server = builder.udp("127.0.0.1:0").unwrap().start(sink.clone()).unwrap();
    let udp = udp_client(&server);
    udp.send(b"a:1|c\nh:1|h").unwrap();
    wait_for(&server, |stats| stats.messages.total() == 2);
    armed.store(true, Ordering::Relaxed);
    server.flush();
    assert_eq!(deaths.recv().unwrap().thread, "basenji-flush");
    assert!(!server.monitor().is_running());
    server.stop();
    assert_eq!((sums(&sink)["a#"], sums(&sink)["h#"]), (1.0, 1.0));
}

#[test]
fn a_stop_waits_for_a_sink_no_longer_than_it_may_and_counts_what_that_has_not_taken() {
    let (open, gate) = channel::<()>();
    let sink = move |_: &Bucket| gate.recv().unwrap_or_default();
    let builder = Server::builder().config(|config| {
        config.telemetry = false;
        config.stop_wait = Duration::from_millis(50);
    });
    let server = builder.udp("127.0.0.1:0").unwrap().start(sink).unwrap();
    let udp = udp_client(&server);
    udp.send(b"a:1|c\nb:1|c\n_e{1,1}:t|x\n_sc|c|0").unwrap();
    wait_for(&server, |stats| stats.messages.total() == 4);
    let monitor = server.monitor();
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() >= Duration::from_millis(50));
    let stats = &monitor.sinks()[0];
    let all = Amount { series: 2, events: 1, checks: 1 };
    assert_eq!((stats.abandoned, stats.dropped, stats.taken, stats.shown), (all, all, Amount::default(), all));
    drop(open);
}

#[test]
fn a_stop_waits_for_a_hook_or_a_tap_that_never_returns_no_longer_than_it_may() {
    let stop = |tap: bool, builder: Builder| {
        let (tell, told) = channel();
        // It waits for a message that never comes.
        let wait = move || {
            let (_open, gate) = channel::<()>();
            tell.send(()).unwrap();
            gate.recv().unwrap_or_default();
        };
        let builder = builder.config(|config| config.stop_wait = Duration::from_millis(50)).udp("127.0.0.1:0").unwrap();
        let builder = if tap { builder.on_datagram(move |_| wait()) } else { builder.on_parse_error(move |_| wait()) };
        let server = builder.start(MemorySink::default()).unwrap();
        udp_client(&server).send(b"bad line").unwrap();
        told.recv().unwrap();
        let begun = Instant::now();
        server.stop();
        begun.elapsed()
    };
    let of_hook = stop(false, Server::builder());
    assert!(of_hook < Duration::from_secs(20), "{of_hook:?}");
    let of_tap = stop(true, Server::builder());
    assert!(of_tap < Duration::from_secs(50), "{of_tap:?}");
}
