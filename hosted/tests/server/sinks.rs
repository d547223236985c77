//! Several sinks: each has a thread, a queue and an account of its own.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use basenji::server::{Amount, Bucket, MemorySink, Server, Sink, SinkStats};

use crate::common::udp_client;

/// Takes a bucket and then waits until nobody holds the other end any more.
struct Stuck(Receiver<()>);

impl Sink for Stuck {
    fn bucket(&mut self, _: &Arc<Bucket>) {
        let _ = self.0.recv();
    }
}

fn stats(server: &Server, name: &str) -> SinkStats {
    server.sinks().into_iter().find(|sink| sink.name == name).expect("it has this sink")
}

/// How many series the sink has got.
fn series(buckets: &[Bucket]) -> u64 {
    buckets.iter().map(|bucket| bucket.series().len() as u64).sum()
}

fn builder(sink_bytes: usize) -> basenji::server::Builder {
    let udp = Server::builder().udp("127.0.0.1:0").unwrap();
    udp.config(|config| (config.telemetry, config.sink_bytes) = (false, sink_bytes))
}

#[test]
fn a_sink_that_is_stuck_delays_no_other_and_its_losses_are_counted() {
    let (go_on, wait) = channel();
    let memory = MemorySink::default();
    let server = builder(2000).sink("stuck", Stuck(wait)).sink("memory", memory.clone()).start_sinks().unwrap();
    let client = udp_client(&server);
    std::thread::scope(|scope| {
        for round in 1..=50 {
            client.send(b"a:1|g|T1700000000\n_sc|b|0\n_e{1,1}:c|d").unwrap();
            // This returns once every sink has taken the flush, so it waits for the stuck one.
            scope.spawn(|| server.flush());
            memory.wait(|buckets| (series(buckets) >= round).then_some(()));
        }
        let stuck = stats(&server, "stuck");
        assert_eq!(stuck.shown, Amount { series: 50, events: 50, checks: 50 });
        assert_eq!(stuck.shown, stuck.taken + stuck.dropped + stuck.waiting());
        assert!(stuck.bytes_waiting <= 2000 && stuck.dropped.series > 0 && stuck.waiting().series > 0, "{stuck:?}");
        assert_eq!(stats(&server, "memory").dropped, Amount::default());
        drop(go_on);
    });
    let monitor = server.monitor();
    let total = server.stop();
    let sinks = monitor.sinks();
    for sink in &sinks {
        assert_eq!(sink.shown, sink.taken + sink.dropped, "nothing waits after the end");
        assert_eq!(sink.shown.series, 50);
    }
    assert_eq!(total.series_dropped, sinks[0].dropped.series);
}

#[test]
fn what_a_stop_does_not_wait_for_is_counted_as_dropped() {
    let (go_on, wait) = channel();
    let patient = builder(1 << 20).config(|config| config.stop_wait = Duration::ZERO);
    let server = patient.sink("stuck", Stuck(wait)).start_sinks().unwrap();
    udp_client(&server).send(b"a:1|g|T1700000000\n_sc|b|0\n_e{1,1}:c|d").unwrap();
    let total = server.stop();
    assert_eq!((total.series_dropped, total.events_dropped, total.checks_dropped), (1, 1, 1));
    drop(go_on);
}

#[test]
fn a_sink_that_panics_gets_nothing_more_and_what_it_held_is_dropped() {
    let memory = MemorySink::default();
    let panics = |bucket: &Bucket| assert!(bucket.is_empty(), "this sink takes nothing");
    let server = builder(1 << 20).sink("panics", panics).sink("memory", memory.clone()).start_sinks().unwrap();
    for _ in 0..3 {
        udp_client(&server).send(b"a:1|g|T1700000000").unwrap();
        server.flush();
    }
    let panicked = stats(&server, "panics");
    assert_eq!((panicked.taken, panicked.dropped), (Amount::default(), Amount::SERIES));
    assert_eq!(panicked.waiting().series, 2);
    assert!(!panicked.is_running && stats(&server, "memory").is_running && !server.monitor().is_running());
    server.stop();
    assert_eq!(series(&memory.buckets()), 3);
}

#[test]
fn sinks_share_each_bucket_and_are_told_of_the_end_after_the_last() {
    /// What it was given, and whether it was told of the end.
    #[derive(Clone, Default)]
    struct Keeps(Arc<Mutex<(Vec<Arc<Bucket>>, bool)>>);
    impl Sink for Keeps {
        fn bucket(&mut self, bucket: &Arc<Bucket>) {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(!kept.1, "nothing comes after the end");
            kept.0.push(Arc::clone(bucket));
        }

        fn stop(&mut self) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        }
    }
    let sinks = [Keeps::default(), Keeps::default()];
    let server = builder(1 << 20).sink("first", sinks[0].clone()).sink("second", sinks[1].clone()).start_sinks();
    let server = server.unwrap();
    for _ in 0..5 {
        udp_client(&server).send(b"a:1|c").unwrap();
        server.flush();
    }
    server.stop();
    let [first, second] = sinks.map(|sink| std::mem::take(&mut *sink.0.lock().unwrap()));
    assert!(first.1 && second.1, "both were told of the end");
    assert!(first.0.len() >= 6);
    assert_eq!(first.0.len(), second.0.len());
    assert!(first.0.iter().zip(&second.0).all(|(one, other)| Arc::ptr_eq(one, other)));
    let series = first.0.iter().flat_map(|bucket| bucket.series());
    assert_eq!(series.filter(|series| matches!(series.point, basenji::server::Point::Count(1.0))).count(), 5);
}

#[test]
fn a_server_without_a_sink_receives_and_forgets() {
    let server = builder(1 << 20).start_sinks().unwrap();
    udp_client(&server).send(b"a:1|c").unwrap();
    server.flush();
    assert_eq!(server.sinks(), []);
    assert_eq!(server.stop().messages.total(), 1);
}
