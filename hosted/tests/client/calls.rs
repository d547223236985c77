//! Calls, by name and by handle, and what leaves.

use basenji::client::{Aggregation, CheckCall, Client, Environment, EventCall, Memory, MetricCall, Profile, Value};
use basenji::core::wire::MetricKind;

use crate::common::{LONG, into, quiet, samples_of, sorted};

#[test]
fn calls_gather_until_a_flush_and_leave_in_one_datagram() {
    let memory = Memory::new();
    let client = into(&memory).prefix("shop.").tag("env:dev").build().unwrap();
    for _ in 0..3 {
        client.count("visits", 2, &["page:home"]);
        client.gauge("queue", 2.5, &[]);
        client.set("users", "me", &[]);
        client.histogram("h", 1.0, &[]);
        client.distribution("d", 1.0, &[]);
        client.timing("t", 1.0, &[]);
    }
    client.event(&EventCall::new(b"title", b"text"));
    client.service_check(&CheckCall::new(b"up", Value::I64(0)));
    assert_eq!(memory.datagrams().len(), 0);
    assert!(client.flush());
    assert_eq!(memory.datagrams().len(), 1);
    let expected = [
        "_e{5,4}:title|text|#env:dev",
        "_sc|up|0|#env:dev",
        "shop.d:1:1:1|d|#env:dev",
        "shop.h:1:1:1|h|#env:dev",
        "shop.queue:2.5|g|#env:dev",
        "shop.t:1:1:1|ms|#env:dev",
        "shop.users:me|s|#env:dev",
        "shop.visits:6|c|#page:home,env:dev",
    ];
    assert_eq!(sorted(&memory), expected);
    let stats = client.stats();
    assert_eq!((stats.metrics.total(), stats.events, stats.service_checks), (18, 1, 1));
    assert_eq!((stats.sent.packets, stats.dropped().packets, stats.aggregated_contexts.total()), (1, 0, 6));
}

#[test]
fn a_plain_client_sends_a_datagram_a_call_from_the_calling_thread() {
    let memory = Memory::new();
    let client = into(&memory).profile(Profile::Plain).build().unwrap();
    client.count("a", 1, &[]);
    client.count("a", 1, &["x", "y"]);
    client.metric(&MetricCall { sample_rate: 0.0, ..MetricCall::new(b"b", MetricKind::Gauge, Value::Text(b"1.50")) });
    let handle = client.counter("h", &[]);
    handle.add(3);
    assert_eq!(memory.lines(), ["a:1|c\n", "a:1|c|#x,y\n", "b:1.50|g\n"].map(str::trim_end));
    client.flush();
    assert_eq!(memory.lines().last().map(String::as_str), Some("h:3|c"));
    assert_eq!(client.stats().sent.packets, 4);
}

#[test]
fn handles_gather_what_calls_by_name_do() {
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let (counter, gauge) = (client.counter("c", &["x", "y,z"]), client.gauge_handle("g", &[]));
    let samples = client.distribution_handle("d", &[]);
    client.count("c", 1, &["y_z", "x"]);
    counter.add(2);
    counter.increment();
    gauge.set(1.0);
    gauge.set(7.5);
    for value in 0..500 {
        samples.record(f64::from(value % 2));
    }
    drop((samples, gauge));
    client.flush();
    let lines = sorted(&memory);
    assert_eq!(lines[0], "c:4|c|#y_z,x");
    let values = samples_of(lines.iter().filter(|line| line.starts_with('d')));
    assert_eq!((values, lines.last().map(String::as_str)), (500.0, Some("g:7.5|g")));
    assert_eq!(client.stats().metrics.total(), 1 + 2 + 1 + 500);
    client.flush();
    assert_eq!(sorted(&memory), lines);
    counter.decrement();
    client.flush();
    assert!(sorted(&memory).contains(&"c:-1|c|#y_z,x".to_owned()));
}

#[test]
fn a_counter_is_exact_beyond_what_a_double_holds() {
    const MOST: i64 = 1 << 53;
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let counter = client.counter("handle", &[]);
    counter.add(MOST);
    counter.add(1);
    client.count("name", MOST + 1, &[]);
    client.count("name", MOST + 1, &[]);
    client.series(MetricKind::Count, "series", &[]).call(Value::I64(-MOST - 3));
    for value in [MOST, 1, 1, 1] {
        client.count("sum", value, &[]);
    }
    // The lanes of two threads are merged.
    let client = &client;
    std::thread::scope(|scope| {
        for value in [MOST, 3] {
            scope.spawn(move || client.count("threads", value, &[]));
        }
    });
    assert!(client.flush());
    let lines = [
        "handle:9007199254740993|c",
        "name:9007199254740993|c",
        "name:9007199254740993|c",
        "series:-9007199254740995|c",
        "sum:9007199254740995|c",
        "threads:9007199254740995|c",
    ];
    assert_eq!(sorted(&memory), lines);
    assert_eq!(client.stats().metrics.total(), 11);
}

#[test]
fn eight_threads_lose_nothing() {
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let (counter, samples) = (client.counter("handle", &[]), client.timing_handle("samples", &[]));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..20_000 {
                    client.count("name", 1, &["a:b", "c:d"]);
                    counter.add(1);
                    if n % 200 == 0 {
                        samples.record(1.0);
                    }
                }
            });
        }
        for _ in 0..20 {
            client.flush();
        }
    });
    client.flush();
    let sum = |start: &str| -> i64 {
        let lines = sorted(&memory).into_iter().filter(|line| line.starts_with(start));
        lines.map(|line| line[start.len()..line.find('|').unwrap()].parse::<i64>().unwrap()).sum()
    };
    assert_eq!((sum("name:"), sum("handle:")), (160_000, 160_000));
    let lines = sorted(&memory);
    assert_eq!(samples_of(lines.iter().filter(|line| line.starts_with("samples:"))), 800.0);
    assert_eq!(client.stats().metrics.get(MetricKind::Count), 320_000);
}

#[test]
fn more_threads_than_lanes_share_the_last_one() {
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let samples = client.distribution_handle("d", &[]);
    let barrier = std::sync::Barrier::new(40);
    std::thread::scope(|scope| {
        for _ in 0..40 {
            scope.spawn(|| {
                client.count("c", 1, &[]);
                barrier.wait();
                client.count("c", 1, &[]);
                samples.record(1.0);
            });
        }
    });
    client.flush();
    let lines = sorted(&memory);
    assert_eq!(lines[0], "c:80|c");
    assert_eq!(lines[1..].iter().map(|line| line.matches(':').count()).sum::<usize>(), 40);
}

#[test]
fn without_aggregation_lines_fill_datagrams() {
    let memory = Memory::new();
    let client = into(&memory).aggregation(Aggregation::Off).max_payload(1432).build().unwrap();
    for n in 0..1000 {
        client.count("page.views", n, &["env:dev"]);
    }
    client.flush();
    let datagrams = memory.datagrams();
    let (_, full) = datagrams.split_last().unwrap();
    assert!(full.iter().all(|datagram| datagram.len() > 1400 && datagram.len() <= 1432));
    assert_eq!(sorted(&memory).len(), 1000);
}

#[test]
fn the_environment_names_what_code_does_not() {
    let variables = [
        ("DD_TAGS", "team:a,env:x"),
        ("DD_ENV", "prod"),
        ("DD_SERVICE", "web"),
        ("DD_EXTERNAL_ENV", "it-false"),
        ("DD_CARDINALITY", "low"),
    ];
    let memory = Memory::new();
    let environment = Environment::from_iter(variables);
    let client =
        into(&memory).environment(environment).origin_detection(true).root("/nowhere").tag("service:db").build();
    client.unwrap().count("c", 1, &[]);
    assert_eq!(memory.lines(), ["c:1|c|#team:a,env:prod,service:db|e:it-false|card:low"]);

    let memory = Memory::new();
    let client = into(&memory).environment(Environment::default()).origin_detection(false).container_id("ci-1").build();
    client.unwrap().count("c", 1, &[]);
    assert_eq!(memory.lines(), ["c:1|c|c:ci-1"]);

    let memory = Memory::new();
    let disabled = Environment::from_iter([("DD_DOGSTATSD_DISABLE", "true")]);
    let client = into(&memory).environment(disabled).build().unwrap();
    client.count("c", 1, &[]);
    assert!(client.flush() && memory.datagrams().is_empty());
}

#[test]
fn the_counters_are_there_at_any_time_and_count_what_cannot_be_written() {
    let client = quiet().transport(|| Box::new(basenji::client::Null)).build().unwrap();
    client.count("c", 1, &[]);
    client.count("", 1, &[]);
    client.gauge("g", f64::NAN, &[]);
    assert!(client.wait_for_pending(LONG));
    let stats = client.stats();
    assert_eq!((stats.metrics.total(), stats.dropped_on_receive, stats.sent.packets), (3, 2, 1));
}

#[test]
fn clones_are_one_client() {
    let memory = Memory::new();
    let client = into(&memory).build().unwrap();
    let clone: Client = client.clone();
    clone.count("c", 1, &[]);
    drop(clone);
    assert!(memory.datagrams().is_empty());
    drop(client);
    assert_eq!(memory.lines(), ["c:1|c"]);
}
