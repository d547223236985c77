//! Each setting of the builder, away from its default, changes what the client does; and the defaults are those that are told.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use basenji::client::{
    Aggregation, Builder, Client, Dialect, Environment, Lost, Memory, Overflow, Profile, Retry, SenderConfig,
    TransportOptions, Trouble,
};
use basenji::core::wire::Cardinality;
use basenji::server::Memory as Budget;

use crate::common::{LONG, into, quiet};

type Change = fn(Builder) -> Builder;

/// The datagrams of a client that has made a few calls, each as its lines.
fn datagrams(change: Change) -> Vec<String> {
    let memory = Memory::new();
    let client = change(into(&memory)).build().unwrap();
    for _ in 0..2 {
        client.count("visits", 1, &["page:home"]);
        client.count("other", 1, &[]);
    }
    client.close_within(LONG);
    memory.datagrams().iter().map(|datagram| String::from_utf8_lossy(datagram).trim_end().replace('\n', " ")).collect()
}

#[test]
fn each_setting_changes_what_is_sent() {
    let changes: [(Change, &[&str]); 17] = [
        (|builder| builder, &["visits:2|c|#page:home other:2|c"]),
        (|builder| builder.prefix("shop"), &["shop.visits:2|c|#page:home shop.other:2|c"]),
        (|builder| builder.prefix("shop."), &["shop.visits:2|c|#page:home shop.other:2|c"]),
        (|builder| builder.suffix("eu"), &["visits.eu:2|c|#page:home other.eu:2|c"]),
        (|builder| builder.tag("t:1"), &["visits:2|c|#page:home,t:1 other:2|c|#t:1"]),
        (|builder| builder.cardinality(Cardinality::Low), &["visits:2|c|#page:home|card:low other:2|c|card:low"]),
        (|builder| builder.container_id("ci-1"), &["visits:2|c|#page:home|c:ci-1 other:2|c|c:ci-1"]),
        (|builder| builder.environment(outside()), &["visits:2|c|#page:home,from:outside other:2|c|#from:outside"]),
        (
            |builder| builder.environment(outside()).origin_detection(true).root("/nowhere"),
            &["visits:2|c|#page:home,from:outside|e:it-false other:2|c|#from:outside|e:it-false"],
        ),
        (|builder| builder.dialect(Dialect::HOT_SHOTS_TELEGRAF), &["visits,page=home:2|c other:2|c"]),
        (
            |builder| builder.aggregation(Aggregation::Off),
            &["visits:1|c|#page:home other:1|c visits:1|c|#page:home other:1|c"],
        ),
        (|builder| builder.max_payload(25), &["visits:2|c|#page:home", "other:2|c"]),
        (
            |builder| builder.profile(Profile::Plain),
            &["visits:1|c|#page:home", "other:1|c", "visits:1|c|#page:home", "other:1|c"],
        ),
        (|builder| builder.profile(Profile::Plain).sample_rate(1e-12), &[]),
        (
            |builder| builder.memory(Budget { contexts: 1, bytes: 1 << 20, cells: 1 << 10 }),
            &["other:1|c other:1|c visits:2|c|#page:home"],
        ),
        (|builder| builder.change_memory(|memory| memory.contexts = 1), &["other:1|c other:1|c visits:2|c|#page:home"]),
        (|builder| builder.environment(disabled()), &[]),
    ];
    for (at, (change, expected)) in changes.into_iter().enumerate() {
        assert_eq!(datagrams(change), expected, "number {at}");
    }
}

fn outside() -> Environment {
    Environment::from_iter([("DD_TAGS", "from:outside"), ("DD_EXTERNAL_ENV", "it-false")])
}

fn disabled() -> Environment {
    Environment::from_iter([("DD_DOGSTATSD_DISABLE", "true")])
}

#[test]
fn the_clients_own_counters_are_sent_when_and_as_they_are_wanted() {
    let memory = Memory::new();
    let builder = into(&memory).profile(Profile::Plain).telemetry(true).telemetry_client("shop", "7");
    let client = builder.telemetry_interval(Duration::from_millis(1)).build().unwrap();
    let is_told = || memory.lines().iter().any(|line| line.contains("client:shop,client_version:7"));
    while !is_told() {
        client.count("visits", 1, &[]);
    }
}

#[test]
fn the_settings_of_the_queue_and_of_the_transport_reach_them() {
    let directory = tempfile::tempdir().unwrap();
    let told = |change: Change, expected: Lost| {
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = told.clone();
        let builder = quiet().profile(Profile::Plain).background(true).on_trouble(move |trouble| {
            if let Trouble::Lost { reason, .. } = trouble {
                telling.lock().unwrap().push(*reason);
            }
        });
        let client =
            change(builder.to(&format!("unixstream://{}/s", directory.path().display())).unwrap()).build().unwrap();
        // The thread that sends may have taken the first before the second one comes.
        while !told.lock().unwrap().contains(&expected) {
            client.count("a.name.of.some.length", 1, &[]);
            client.count("another", 1, &[]);
            std::thread::yield_now();
        }
        client.close_within(Duration::ZERO);
    };
    told(|builder| builder.sender(|sender| sender.queue_bytes = 30), Lost::Overflow);
    told(
        |builder| builder.sender(|sender| (sender.queue_bytes, sender.overflow) = (30, Overflow::DropNewest)),
        Lost::Overflow,
    );
    told(|builder| builder.sender(|sender| sender.expiry = Some(Duration::from_millis(1))), Lost::Expired);
    let _listener = std::os::unix::net::UnixListener::bind(directory.path().join("s")).unwrap();
    told(|builder| builder.transport_options(|options| options.longest_frame = 10), Lost::TooLong);
}

#[test]
fn the_end_of_a_client_takes_as_long_as_it_may_where_nobody_takes_what_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let address = format!("unixstream://{}/s", directory.path().display());
    // A little more than the default.
    let most = Duration::from_millis(1300);
    let client = quiet().sender(|sender| sender.stop_timeout = most).to(&address).unwrap().build().unwrap();
    client.count("visits", 1, &[]);
    let start = Instant::now();
    client.close();
    assert!(start.elapsed() >= most, "{:?}", start.elapsed());
}

#[test]
fn the_defaults_are_those_that_the_documentation_tells() {
    let sender = SenderConfig::default();
    assert_eq!((sender.queue_bytes, sender.overflow), (1 << 20, Overflow::DropOldest));
    let second = Duration::from_secs(1);
    assert_eq!((sender.expiry, sender.patience, sender.stop_timeout), (Some(10 * second), second, second));
    let options = TransportOptions::default();
    assert_eq!(options.retry, Retry { first: Duration::from_millis(10), most: second });
    let numbers = (options.send_buffer, options.longest_frame, options.segmentation, options.lookup_every);
    assert_eq!(numbers, (32 << 10, 8192, true, 60 * second));
    // A datagram holds what fits 8192 bytes, and over UDP 1432.
    let memory = Memory::new();
    let client = into(&memory).aggregation(Aggregation::Off).build().unwrap();
    (0..2000).for_each(|_| client.count("some.name", 1, &[]));
    client.close_within(LONG);
    let longest = memory.datagrams().iter().map(Vec::len).max().unwrap();
    assert!((8192 - 14..=8192).contains(&longest), "{longest}");
    let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = format!("udp://{}", receiver.local_addr().unwrap());
    let client: Client = quiet().aggregation(Aggregation::Off).to(&address).unwrap().build().unwrap();
    (0..200).for_each(|_| client.count("some.name", 1, &[]));
    client.close_within(LONG);
    let len = receiver.recv(&mut [0; 65_536]).unwrap();
    assert!((1432 - 14..=1432).contains(&len), "{len}");
}
