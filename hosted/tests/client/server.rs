//! From a client to a server: what the server's series say equals what was called.

use std::collections::{BTreeMap, BTreeSet};

use basenji::client::{Aggregation, Builder, Profile};
use basenji::server::{MemorySink, Point, Server};

use crate::common::{LONG, quiet};

/// Name, tags and number of every series over all buckets: the sum of counts and samples, how many members, the last gauge.
pub(crate) fn sums(sink: &MemorySink) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for bucket in sink.buckets() {
        for series in bucket.series() {
            let tags: Vec<_> = series.tags.iter().map(String::from_utf8_lossy).collect();
            let name = format!("{}{}", String::from_utf8_lossy(series.name), tags.join(","));
            let sum: &mut f64 = sums.entry(name).or_default();
            match series.point {
                Point::Count(value) => *sum += value,
                Point::Gauge(value) => *sum = value,
                Point::Set(members) => *sum += members as f64,
                Point::Histogram(histogram) => *sum += histogram.summary.sum,
                Point::Distribution(sketch) => *sum += sketch.summary().sum,
            }
        }
    }
    sums
}

/// A day in one bucket.
pub(crate) fn server(directory: &std::path::Path) -> (Server, MemorySink) {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .unix_datagram(directory.join("datagram"))
        .unix_stream(directory.join("stream"))
        .config(|config| {
            config.telemetry = false;
            config.aggregation.bucket_secs = 86400;
        })
        .start(sink.clone())
        .unwrap();
    (server, sink)
}

/// Makes calls by a small generator, and works out what a server is to say of them.
fn program(client: &basenji::client::Client, seed: u64) -> BTreeMap<String, f64> {
    let (mut expected, mut members) = (BTreeMap::<String, f64>::new(), BTreeSet::new());
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..2000 {
        let (kind, name, value) = (draw(6), draw(5), draw(100));
        let tags = [&[][..], &["a:1", "b"], &["b", "a:1"]][draw(3) as usize];
        let name =
            format!("{}.{name}", ["count", "gauge", "histogram", "distribution", "timing", "set"][kind as usize]);
        let key = if tags.is_empty() { name.clone() } else { format!("{name}a:1,b") };
        let number = value as f64;
        let sum = expected.entry(key.clone()).or_default();
        match kind {
            0 => client.count(&name, value as i64, tags),
            1 => client.gauge(&name, number, tags),
            2 => client.histogram(&name, number, tags),
            3 => client.distribution(&name, number, tags),
            4 => client.timing(&name, number, tags),
            _ => client.set(&name, &value.to_string(), tags),
        }
        match kind {
            1 => *sum = number,
            5 => *sum += if members.insert((key, value)) { 1.0 } else { 0.0 },
            _ => *sum += number,
        }
        if draw(500) == 0 {
            client.flush();
        }
    }
    expected
}

#[test]
fn the_series_of_a_server_are_what_was_called_on_every_transport_aggregated_or_not() {
    type Change = fn(Builder) -> Builder;
    let ways: [(&str, Change); 4] = [
        ("fast", |builder| builder),
        ("basic", |builder| builder.aggregation(Aggregation::Basic)),
        ("lines", |builder| builder.aggregation(Aggregation::Off)),
        ("plain", |builder| builder.profile(Profile::Plain).background(true)),
    ];
    for transport in ["udp", "unixgram", "unix", "unixstream"] {
        for (seed, (way, change)) in (0..).zip(ways) {
            let directory = tempfile::tempdir().unwrap();
            let (server, sink) = server(directory.path());
            let address = match transport {
                "udp" => format!("udp://127.0.0.1:{}", server.port()),
                "unixstream" => format!("unixstream://{}", directory.path().join("stream").display()),
                _ => format!("{transport}://{}", directory.path().join("datagram").display()),
            };
            let builder = quiet().to(&address).unwrap().sender(|sender| sender.patience = LONG);
            let client = change(builder).build().unwrap();
            let expected = program(&client, seed);
            assert!(client.wait_for_pending(LONG), "{transport} {way}");
            let stats = client.stats();
            assert_eq!((stats.metrics.total(), stats.dropped().packets), (2000, 0), "{transport} {way}");
            let received = server.stop();
            assert_eq!(received.datagrams.total(), stats.sent.packets, "{transport} {way}");
            assert_eq!(sums(&sink), expected, "{transport} {way}");
        }
    }
}

#[test]
fn a_restart_of_the_server_loses_nothing_of_a_client_on_a_unix_socket() {
    let directory = tempfile::tempdir().unwrap();
    for transport in ["datagram", "stream"] {
        let path = directory.path().join(transport);
        let scheme = if transport == "stream" { "unixstream" } else { "unixgram" };
        let client = quiet()
            .to(&format!("{scheme}://{}", path.display()))
            .unwrap()
            .sender(|sender| (sender.patience, sender.expiry) = (LONG, None))
            .build()
            .unwrap();
        let mut total = 0.0;
        for round in 1..=3 {
            // Called while there is no server.
            client.count("c", round, &[]);
            client.wait_for_pending(std::time::Duration::ZERO);
            let (server, sink) = server(directory.path());
            client.count("c", 1, &[]);
            assert!(client.wait_for_pending(LONG), "{transport}");
            server.stop();
            let sum = sums(&sink).get("c").copied().unwrap_or_default();
            assert_eq!(sum, round as f64 + 1.0, "{transport}");
            total += sum;
        }
        assert_eq!((total, client.stats().dropped().packets), (9.0, 0), "{transport}");
    }
}
