//! Buckets on their way to the sink.

use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use crate::common::{Place, expected, sums, text, udp_client, udp_server, wait_for};
use basenji::core::wire::MetricKind;
use basenji::server::{Bucket, Config, MemorySink, Point, Server};

/// The settings of most tests here: buckets of a second, and nothing of the server's own.
fn each_second(config: &mut Config) {
    config.aggregation.bucket_secs = 1;
    config.telemetry = false;
}

#[test]
fn a_bucket_is_flushed_when_it_is_over_and_stamped_with_its_start() {
    let sink = MemorySink::default();
    let server = Server::builder().udp("127.0.0.1:0").unwrap().config(each_second).start(sink.clone()).unwrap();
    udp_client(&server).send(b"a:1|c\nb:2|g\nc:u|s").unwrap();
    let (bucket, flushed_at) = sink.wait(|buckets| {
        let bucket = buckets.iter().find(|bucket| bucket.series().len() > 0)?;
        Some((bucket.clone(), bucket.flushed_at()))
    });
    for series in bucket.series() {
        assert_eq!(series.interval, 1);
        assert!(series.timestamp < flushed_at.as_secs(), "the bucket is over");
    }
    let points: Vec<_> = bucket.series().map(|series| (text(series.name), series.kind)).collect();
    let points: Vec<_> = points.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    assert_eq!(points, [("a", MetricKind::Count), ("b", MetricKind::Gauge), ("c", MetricKind::Set)]);
    // The counter goes on with zeros, the others do not.
    let zeros = sink.wait(|buckets| buckets.iter().rfind(|later| later.flushed_at() > flushed_at).cloned());
    let zeros: Vec<_> = zeros.series().map(|series| (text(series.name), format!("{:?}", series.point))).collect();
    assert_eq!(zeros, [("a".to_owned(), "Count(0.0)".to_owned())]);
}

#[test]
fn a_flush_on_demand_hands_over_what_was_sent_before_and_returns_when_the_sink_has_it() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    let client = udp_client(&server);
    for round in 1..=20 {
        // More than one receive call takes.
        (0..100).for_each(|_| assert!(client.send(b"a:1|c\nb:1|d").is_ok()));
        client.send(b"_e{1,1}:t|u").unwrap();
        server.flush();
        assert_eq!(sums(&sink), expected([("a#", 100.0 * f64::from(round)), ("b#", 100.0 * f64::from(round))]));
        assert_eq!(sink.buckets().iter().flat_map(Bucket::events).count(), round as usize);
    }
    server.stop();
    assert_eq!(sums(&sink), expected([("a#", 2000.0), ("b#", 2000.0)]));
}

#[test]
fn flushes_on_demand_from_several_threads_return_also_while_the_server_stops() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    udp_client(&server).send(b"a:1|c").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..50).for_each(|_| server.flush()));
        }
    });
    assert!(server.stop().flushes >= 200);
    assert_eq!(sums(&sink), expected([("a#", 1.0)]));
}

#[test]
fn stopping_flushes_open_buckets_and_timestamped_points() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    udp_client(&server).send(b"a:1|c\nb:2|g|T1700000000\na:4|c\nd:1:2:3|ms\nd:10|ms|@0.5").unwrap();
    server.stop();
    assert_eq!(sums(&sink), expected([("a#", 5.0), ("b#", 2.0), ("d#", 26.0)]));
    let buckets = sink.buckets();
    let point = buckets.iter().flat_map(Bucket::series).find(|series| series.name == b"b").unwrap();
    assert_eq!(point.timestamp, 1_700_000_000);
    let Point::Histogram(histogram) = buckets.iter().flat_map(Bucket::series).find(|s| s.name == b"d").unwrap().point
    else {
        panic!("not a histogram")
    };
    let aggregates: Vec<_> =
        histogram.aggregates.iter().map(|(aggregate, value)| (aggregate.to_string(), *value)).collect();
    let names: Vec<_> = aggregates.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(names, [("max", 10.0), ("median", 3.0), ("avg", 5.2), ("count", 5.0), ("95percentile", 10.0)]);
    assert_eq!((histogram.summary.min, histogram.summary.max), (1.0, 10.0));
}

#[test]
fn histograms_have_sketches_while_they_are_wanted() {
    let sink = MemorySink::default();
    let wanted = Arc::new(AtomicBool::new(true));
    let builder = Server::builder().udp("127.0.0.1:0").unwrap().config(|config| config.telemetry = false);
    let server = builder.sketch_histograms(Arc::clone(&wanted)).start(sink.clone()).unwrap();
    let client = udp_client(&server);
    // More than are kept one by one, and a few.
    let many: Vec<String> = (0..40)
        .map(|n| format!("many:{}|h", (0..200).map(|m| (n * 200 + m).to_string()).collect::<Vec<_>>().join(":")))
        .collect();
    for line in many.iter().map(String::as_str).chain(["few:5:1:5|ms|@0.5", "few:0|ms"]) {
        client.send(line.as_bytes()).unwrap();
        server.flush();
    }
    wanted.store(false, Ordering::Relaxed);
    client.send(b"few:1|ms").unwrap();
    server.flush();
    client.send(b"few:1|ms").unwrap();
    server.stop();
    let mut few = Vec::new();
    let mut many = 0;
    for bucket in sink.buckets() {
        for series in bucket.series() {
            let Point::Histogram(histogram) = series.point else { continue };
            let counts = histogram.sketch.map(|sketch| {
                assert_eq!(sketch.summary(), histogram.summary);
                sketch.counts().map(u64::from).sum::<u64>()
            });
            match series.name {
                b"few" => few.push(counts),
                _ => many += counts.unwrap(),
            }
        }
    }
    assert_eq!(many, 8000);
    assert_eq!(few.first(), Some(&Some(6)));
    assert_eq!(few.last(), Some(&None), "{few:?}");
}

#[test]
fn a_sender_that_never_stops_does_not_keep_a_server_from_stopping() {
    let place = Place::new();
    let sink = MemorySink::default();
    let server = Server::builder().unix_datagram(&place.path).start(sink.clone()).unwrap();
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let client = UnixDatagram::unbound().unwrap();
            client.connect(&place.path).unwrap();
            let mut sent = 0.0;
            while client.send(b"a:1|c").is_ok() {
                sent += 1.0;
            }
            sent
        });
        wait_for(&server, |stats| stats.datagrams.total() > 100);
        let stats = server.stop();
        assert_eq!(sums(&sink)["a#"], stats.datagrams.total() as f64);
        // What the kernel still held when the socket was closed, after a second of reading, is all that is missing.
        assert!(sender.join().unwrap() - sums(&sink)["a#"] < 1000.0);
    });
}

#[test]
fn tags_come_out_sorted_and_once_and_a_host_tag_becomes_the_host() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            config.telemetry = false;
            config.tags = vec!["zone:1".into(), "env:dev".into()];
        })
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"a:1|c|#b,host:web-1,a,b,zone:1").unwrap();
    server.stop();
    let buckets = sink.buckets();
    let series = buckets.iter().flat_map(Bucket::series).next().unwrap();
    let tags: Vec<_> = series.tags.iter().map(text).collect();
    assert_eq!(tags, ["a", "b", "env:dev", "zone:1"]);
    assert_eq!(series.host, b"web-1");
}

#[test]
fn sketches_survive_the_way_to_the_sink() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    udp_client(&server).send(b"a:1:2:3:4:100|d").unwrap();
    server.stop();
    let buckets = sink.buckets();
    let Point::Distribution(sketch) = buckets.iter().flat_map(Bucket::series).next().unwrap().point else {
        panic!("not a distribution")
    };
    assert_eq!((sketch.summary().count, sketch.summary().sum), (5, 110.0));
    assert_eq!(sketch.bins().count(), 5);
    assert!((sketch.quantile(0.5) - 3.0).abs() < 0.03);
}

#[test]
fn a_slow_sink_stops_neither_receiving_nor_flushing() {
    let (entered, has_entered) = channel();
    let (release, released) = channel::<()>();
    let mut counted = 0.0;
    let (total, is_total) = channel();
    let sink = move |bucket: &Bucket| {
        let _ = entered.send(());
        let _ = released.recv();
        for series in bucket.series() {
            if let Point::Count(value) = series.point {
                counted += value;
            }
        }
        let _ = total.send(counted);
    };
    let server = Server::builder().udp("127.0.0.1:0").unwrap().config(each_second).start(sink).unwrap();
    // Goes before the server does, if an assertion fails.
    let release = release;
    let client = udp_client(&server);
    client.send(b"a:1|c").unwrap();
    has_entered.recv().unwrap();
    // The sink hangs. Two more buckets are flushed at least, each with something new.
    for round in 2..5 {
        client.send(b"a:1|c").unwrap();
        let stats = wait_for(&server, |stats| stats.datagrams.total() == round);
        let flushes = stats.flushes;
        wait_for(&server, |stats| stats.flushes > flushes);
    }
    assert!(server.stats().sink_queue >= 2);
    drop(release);
    let stats = server.stop();
    assert_eq!((stats.sink_queue, stats.sink_queue_bytes, stats.series_dropped), (0, 0, 0));
    assert_eq!(is_total.iter().last(), Some(4.0));
}

#[test]
fn what_waits_for_the_sink_is_bounded_and_the_oldest_goes_first() {
    let (entered, has_entered) = channel();
    let (release, released) = channel::<()>();
    let memory = MemorySink::default();
    let mut kept = memory.clone();
    let sink = move |bucket: &Bucket| {
        let _ = entered.send(());
        let _ = released.recv();
        basenji::server::Sink::bucket(&mut kept, &std::sync::Arc::new(bucket.clone()));
    };
    let config = |config: &mut Config| {
        each_second(config);
        config.sink_bytes = 1;
    };
    let server = Server::builder().udp("127.0.0.1:0").unwrap().config(config).start(sink).unwrap();
    let release = release;
    has_entered.recv().unwrap();
    let client = udp_client(&server);
    for round in 1..3 {
        client.send(format!("round{round}:1|g\n_e{{1,1}}:a|b\n_sc|x|0").as_bytes()).unwrap();
        let flushes = wait_for(&server, |stats| stats.datagrams.total() == round).flushes;
        // One flush may have been under way already.
        wait_for(&server, |stats| stats.flushes > flushes + 1);
    }
    drop(release);
    let stats = server.stop();
    let kept: Vec<_> = sums(&memory).into_keys().collect();
    assert_eq!(kept.len() as u64 + stats.series_dropped, 2);
    assert!(stats.series_dropped >= 1, "{stats:?}");
    assert_eq!(stats.series_dropped, stats.events_dropped);
    assert_eq!(stats.series_dropped, stats.checks_dropped);
}

#[test]
fn a_full_budget_refuses_new_series_keeps_known_ones_and_counts() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            config.telemetry = false;
            config.memory.contexts = 2;
        })
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"a:1|c\nb:1|c\nc:1|c\na:1|c\nd:1|c\nb:1|c").unwrap();
    let stats = server.stop();
    assert_eq!(sums(&sink), expected([("a#", 2.0), ("b#", 2.0)]));
    assert_eq!(crate::common::counts(&stats.refused), [("contexts", 2)]);
    assert_eq!(stats.contexts, 2);
}

#[test]
fn odd_values_and_rates_are_counted() {
    let server = udp_server(&MemorySink::default());
    udp_client(&server).send(b"a:NaN:1:inf|c\nb:1|c|@0\nb:1|c|@2\nc:-inf|g").unwrap();
    let stats = server.stop();
    assert_eq!((stats.skipped_values, stats.odd_rates), (3, 2));
}

#[test]
fn the_servers_own_counters_are_series() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| config.tags = vec!["env:dev".into()])
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"a:1|c\nb:1|g\nbad").unwrap();
    server.stop();
    let sums = sums(&sink);
    assert_eq!(sums["basenji.datagrams#env:dev,listener:udp"], 1.0);
    assert_eq!(sums["basenji.bytes#env:dev,listener:udp"], 15.0);
    assert_eq!(sums["basenji.messages#env:dev,kind:count"], 1.0);
    assert_eq!(sums["basenji.messages#env:dev,kind:gauge"], 1.0);
    assert_eq!(sums["basenji.parse_errors#env:dev,error:no_pipe"], 1.0);
    assert_eq!(sums["basenji.contexts#env:dev"], 2.0);
    assert!(!sums.contains_key("basenji.kernel_drops#env:dev"), "what has never happened is not shown");
}
