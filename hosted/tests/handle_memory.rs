//! What a handle takes, as the allocator is asked for it.
#![cfg(target_pointer_width = "64")]

#[path = "support/counting.rs"]
mod counting;

use std::time::Duration;

use basenji::client::{Client, Counter, Environment, Gauge, Null, SampleHandle, Series, Value};
use basenji::core::wire::MetricKind;
use counting::bytes;

const HANDLES: usize = 1024;

/// Most bytes of a handle until a second thread calls it, its text of some 40 bytes and its place in the client's list among them.
const MOST: u64 = 200;

const NAME: &str = "page.views";
const TAGS: &[&str] = &["env:prod", "endpoint:checkout"];

fn client() -> Client {
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    builder.flush_interval(Duration::from_secs(3600)).transport(|| Box::new(Null)).build().unwrap()
}

/// The bytes of a handle that was called by one thread.
fn each<T>(client: &Client, make: fn(&Client) -> T, call: fn(&T)) -> u64 {
    // The first one brings what the client itself keeps.
    call(&make(client));
    let before = bytes();
    let handles: Vec<T> = (0..HANDLES).map(|_| make(client)).collect();
    handles.iter().for_each(call);
    let after = bytes() - (handles.capacity() * size_of::<T>()) as u64;
    (after - before) / HANDLES as u64
}

#[test]
fn a_handle_takes_little_until_a_second_thread_calls_it() {
    let client = client();
    let series = |client: &Client| client.series(MetricKind::Count, NAME, TAGS);
    let all = [
        ("counter", each(&client, |client| client.counter(NAME, TAGS), |counter: &Counter| counter.add(1))),
        ("gauge", each(&client, |client| client.gauge_handle(NAME, TAGS), |gauge: &Gauge| gauge.set(1.5))),
        (
            "samples",
            each(
                &client,
                |client| client.distribution_handle(NAME, TAGS),
                |samples: &SampleHandle| (0..4).for_each(|n| samples.record(f64::from(n))),
            ),
        ),
        ("series", each(&client, series, |series: &Series| series.call(Value::I64(1)))),
    ];
    println!("{all:?}");
    assert!(all.iter().all(|&(_, bytes)| bytes < MOST), "{all:?}");

    let counter = client.counter(NAME, TAGS);
    counter.add(1);
    let before = bytes();
    std::thread::scope(|scope| scope.spawn(|| counter.add(1)).join().unwrap());
    assert!(bytes() - before > 31 * 128, "the second thread has made lanes");
}
