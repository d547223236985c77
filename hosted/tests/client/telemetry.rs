//! What a client tells of itself, to a real server.

use std::time::{Duration, Instant};

use basenji::client::{Aggregation, Builder, CheckCall, Client, EventCall, Memory, Profile, Value};

use crate::common::{LONG, into, quiet};
use crate::server::{server, sums};

/// 115 metrics of three contexts, an event and two service checks.
fn calls(client: &Client) {
    for n in 0..100 {
        client.count("c", n, &["a:1"]);
    }
    for n in 0..10 {
        client.gauge("g", f64::from(n), &[]);
    }
    for n in 0..5 {
        client.distribution("d", f64::from(n), &[]);
    }
    client.event(&EventCall::new(b"title", b"text"));
    client.service_check(&CheckCall::new(b"up", Value::I64(0)));
    client.service_check(&CheckCall::new(b"up", Value::I64(2)));
}

/// Flushes until a report has left that is younger than all calls.
fn report(client: &Client) {
    assert!(client.wait_for_pending(LONG));
    let (before, start) = (client.stats().sent.packets, Instant::now());
    while client.stats().sent.packets == before {
        assert!(start.elapsed() < LONG, "no report");
        assert!(client.wait_for_pending(LONG));
    }
}

#[test]
fn a_server_receives_the_counters_of_a_client_named_and_tagged_as_the_go_client_does() {
    type Change = fn(Builder) -> Builder;
    let ways: [(Change, Option<f64>); 2] =
        [(|builder| builder, Some(3.0)), (|builder| builder.aggregation(Aggregation::Off), None)];
    for (transport, tag) in [("udp", "udp"), ("unixgram", "uds"), ("unixstream", "uds-stream")] {
        for (change, contexts) in ways {
            let directory = tempfile::tempdir().unwrap();
            let (server, sink) = server(directory.path());
            let address = match transport {
                "udp" => format!("udp://127.0.0.1:{}", server.port()),
                "unixstream" => format!("unixstream://{}", directory.path().join("stream").display()),
                _ => format!("unixgram://{}", directory.path().join("datagram").display()),
            };
            let builder = quiet().to(&address).unwrap().prefix("not.on.these.").tag("team:a").telemetry(true);
            let client = change(builder.telemetry_interval(Duration::from_millis(1))).build().unwrap();
            calls(&client);
            report(&client);
            let stats = client.stats();
            drop(client);
            server.stop();
            let (sums, version) = (sums(&sink), env!("CARGO_PKG_VERSION"));
            let told = |name: &str, kind: &str| {
                let tags = format!("client:rust,client_transport:{tag},client_version:{version},");
                sums.get(&format!("datadog.dogstatsd.client.{name}{tags}{kind}team:a")).copied()
            };
            for (name, number) in [
                ("metrics", Some(115.0)),
                ("metrics_by_type", None),
                ("events", Some(1.0)),
                ("service_checks", Some(2.0)),
                ("metric_dropped_on_receive", Some(0.0)),
                ("packets_dropped", Some(0.0)),
                ("packets_dropped_queue", Some(0.0)),
                ("packets_dropped_writer", Some(0.0)),
                ("bytes_dropped", Some(0.0)),
                ("bytes_dropped_queue", Some(0.0)),
                ("bytes_dropped_writer", Some(0.0)),
                ("aggregated_context", contexts),
            ] {
                assert_eq!(told(name, ""), number, "{name} over {transport}");
            }
            // The last report tells of what had left before it.
            assert!(told("packets_sent", "").is_some_and(|sent| sent >= 1.0 && sent <= stats.sent.packets as f64));
            assert!(told("bytes_sent", "").is_some_and(|sent| sent > 50.0 && sent <= stats.sent.bytes as f64));
            for (kind, calls) in [
                ("count", 100.0),
                ("distribution", 5.0),
                ("gauge", 10.0),
                ("histogram", 0.0),
                ("set", 0.0),
                ("timing", 0.0),
            ] {
                let kind_tag = format!("metrics_type:{kind},");
                assert_eq!(told("metrics_by_type", &kind_tag), Some(calls), "{kind} over {transport}");
                let expected = contexts.map(|_| if calls > 0.0 { 1.0 } else { 0.0 });
                assert_eq!(told("aggregated_context_by_type", &kind_tag), expected, "{kind} over {transport}");
            }
        }
    }
}

#[test]
fn without_telemetry_the_counters_are_the_same_and_nothing_is_told() {
    let counters = [true, false].map(|on| {
        let memory = Memory::new();
        let client = into(&memory).telemetry(on).build().unwrap();
        calls(&client);
        assert!(client.flush());
        assert!(!memory.lines().iter().any(|line| line.starts_with("datadog.")));
        client.stats()
    });
    assert_eq!(counters[0], counters[1]);
}

#[test]
fn who_wraps_the_client_names_it_in_its_telemetry() {
    let memory = Memory::new();
    let builder = into(&memory).telemetry(true).telemetry_interval(Duration::from_millis(1));
    let client = builder.telemetry_client("py", "0.56.0").build().unwrap();
    client.count("c", 1, &[]);
    report(&client);
    drop(client);
    let tags = "client:py,client_version:0.56.0,client_transport:custom";
    assert!(memory.lines().contains(&format!("datadog.dogstatsd.client.metrics:1|c|#{tags}")));
}

#[test]
fn a_plain_client_tells_between_its_calls() {
    let memory = Memory::new();
    let client = into(&memory)
        .profile(Profile::Plain)
        .telemetry(true)
        .telemetry_interval(Duration::from_millis(1))
        .build()
        .unwrap();
    let (mut calls, start) = (0u64, Instant::now());
    let reports = || memory.lines().iter().filter(|line| line.starts_with("datadog.dogstatsd.client.metrics:")).count();
    while reports() < 3 {
        assert!(start.elapsed() < LONG, "no reports");
        client.count("c", 1, &[]);
        calls += 1;
    }
    let told: u64 = memory
        .lines()
        .iter()
        .filter_map(|line| {
            line.strip_prefix("datadog.dogstatsd.client.metrics:")?.split('|').next()?.parse::<u64>().ok()
        })
        .sum();
    assert_eq!((told, client.stats().metrics.total()), (calls, calls));
}
