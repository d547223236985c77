//! What our client tells of itself is what datadog-go tells after the same calls: names, tags and values of all of its lines.
//!
//! The lines of datadog-go are those that `cargo xtask interop go` has the real one send and the daemon show.

use std::collections::BTreeMap;
use std::fs;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use basenji::client::{Aggregation, CheckCall, Client, Dialect, Environment, EventCall, MetricCall, Value};
use basenji_core::wire::{Message, Messages, MetricKind, Tags};
use basenji_tests::bare::root;
use serde_json::Value as Json;

const PREFIX: &str = "datadog.dogstatsd.client.";

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Name and tags of each line of datadog-go over UDP, and its value or the least that it may be.
fn expected() -> BTreeMap<String, (bool, f64)> {
    let path = root().join("tests/interop/clients/go/datadog/expected.jsonl");
    let text = fs::read_to_string(path).expect("what datadog-go sends");
    let line = |line: &str| {
        let series: Json = serde_json::from_str(line).expect("a line of JSON");
        let name = series["metric"].as_str().filter(|name| name.starts_with(PREFIX))?;
        let tags = series["tags"].as_array().expect("tags");
        let mut tags: Vec<String> = tags.iter().map(|tag| over_udp(tag.as_str().expect("a tag"))).collect();
        tags.sort();
        let value = &series["value"];
        let least = value["$at_least"].as_f64();
        let number = least.or_else(|| value.as_f64()).expect("a number");
        Some((format!("{name}|#{}", tags.join(",")), (least.is_some(), number)))
    };
    text.lines().filter_map(line).collect()
}

/// A tag that is another one over each transport.
fn over_udp(tag: &str) -> String {
    match tag.split_once("{udp:") {
        Some((key, rest)) => format!("{key}{}", rest.split('|').next().expect("a value")),
        None => tag.to_owned(),
    }
}

/// The calls of the first client of `tests/interop/clients/go/datadog/main.go`.
fn calls(client: &Client) {
    client.count("views", 1, &["page:home"]);
    client.count("views", 4, &["page:home"]);
    client.count("views", -1, &["page:home"]);
    client.gauge("queue", 7.0, &[]);
    client.gauge("queue", -42.5, &[]);
    [1.0, 2.0, 3.0, 4.0, 10.0, 10.0].into_iter().for_each(|value| client.histogram("size", value, &["unit:kb"]));
    [1.0, 2.0, 3.0, 4.0, 5.0].into_iter().for_each(|value| client.distribution("load", value, &["core:0"]));
    [320.0, 80.5].into_iter().for_each(|millis| client.timing("time", millis, &[]));
    ["alice", "bob", "alice"].into_iter().for_each(|user| client.set("users", user, &[]));
    let past = |kind, value, seconds| MetricCall {
        timestamp: Some(Value::I64(seconds)),
        ..MetricCall::new(b"past", kind, Value::I64(value))
    };
    client.metric(&past(MetricKind::Gauge, 9, 1_700_000_000));
    client.metric(&past(MetricKind::Count, 4, 1_700_000_010));
    let sampled = |name, kind| MetricCall { sample_rate: 0.5, ..MetricCall::new(name, kind, Value::I64(1)) };
    for _ in 0..200 {
        client.metric(&sampled(b"incr", MetricKind::Count));
        client.metric(&sampled(b"sampled", MetricKind::Distribution));
    }
    client.event(&EventCall { tags: Tags::Text(b"by:ci"), ..EventCall::new("Déploy 2".as_bytes(), b"v2 a\nfailed") });
    client.event(&EventCall::new(b"Rollback", b"v1"));
    client.service_check(&CheckCall { message: Some(b"no answer"), ..CheckCall::new(b"db.up", Value::I64(2)) });
}

#[test]
fn every_line_of_datadog_gos_telemetry_is_ours_too_and_no_other() {
    let expected = expected();
    assert!(expected.len() > 20, "datadog-go tells {} numbers", expected.len());
    let of = |key: &str| expected.keys().find_map(|line| line.split(key).nth(1)?.split(',').next());
    let version = of("client_version:").expect("its version").to_owned();
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(LONG)).unwrap();
    let address = format!("udp://{}", receiver.local_addr().unwrap());
    let builder = Client::builder().environment(Environment::default()).origin_detection(false);
    let builder = builder.aggregation(Aggregation::Basic).dialect(Dialect::DATADOG_GO).prefix("go.").tag("env:test");
    let builder = builder.telemetry_client("go", &version).telemetry_interval(Duration::from_millis(1));
    let client = builder.flush_interval(LONG * 60).to(&address).unwrap().build().unwrap();
    calls(&client);

    let sent = expected.keys().find(|line| line.contains("client.packets_sent|")).expect("it tells of its packets");
    let (mut told, mut buffer, mut received) = (BTreeMap::<String, f64>::new(), [0; 2048], 0);
    let start = Instant::now();
    // A report tells of the datagrams that left before it.
    while told.get(sent).copied().unwrap_or_default() < 1.0 {
        assert!(start.elapsed() < LONG, "no report");
        assert!(client.flush());
        while received < client.stats().sent.packets {
            let len = receiver.recv(&mut buffer).unwrap();
            received += 1;
            for message in Messages::new(&buffer[..len]) {
                let Ok(Message::Metric(metric)) = message else { continue };
                let name = String::from_utf8(metric.name.to_vec()).unwrap();
                if name.starts_with(PREFIX) {
                    let tags = metric.tags.iter().map(|tag| String::from_utf8(tag.to_vec()).unwrap());
                    let mut tags: Vec<String> = tags.collect();
                    tags.sort();
                    let key = format!("{name}|#{}", tags.join(","));
                    *told.entry(key).or_default() += metric.values.iter().sum::<f64>();
                }
            }
        }
    }

    let keys = |of: Vec<&String>| of.into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(keys(told.keys().collect()), keys(expected.keys().collect()));
    for (key, (is_least, number)) in &expected {
        let ours = told.get(key).copied().unwrap_or_default();
        assert!(if *is_least { ours >= *number } else { ours == *number }, "{key}: {ours}, datadog-go tells {number}");
    }
}
