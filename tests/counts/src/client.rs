//! Calls of a client, which nothing flushes meanwhile.

use std::hint::black_box;
use std::time::Duration;

use basenji::client::{Client, Environment, Null};

use super::prepare::Prepare;

pub(super) const OPERATIONS: &[(&str, Prepare)] = &[
    ("count by a handle", || {
        let client = client();
        let counter = client.counter("shop.checkout.requests", &TAGS);
        Box::new(move || {
            let _alive = &client;
            counter.add(black_box(1));
        })
    }),
    ("128 samples by a handle", || {
        let client = client();
        let handle = client.distribution_handle("shop.checkout.render", &TAGS);
        let mut number = 0u32;
        Box::new(move || {
            let _alive = &client;
            for _ in 0..128 {
                number = (number + 1) % 4000;
                handle.record(black_box(f64::from(number) * 0.25));
            }
        })
    }),
    ("count by name with two tags", || {
        let client = client();
        Box::new(move || client.count(black_box("shop.checkout.requests"), 1, black_box(&TAGS)))
    }),
    ("count by a literal with two tags", || {
        let client = client();
        Box::new(
            move || basenji::count!(client, "shop.checkout.requests", black_box(1), "method" => "get", "status" => "200"),
        )
    }),
    ("a sample by name with two tags", || {
        let client = client();
        let mut number = 0u32;
        Box::new(move || {
            number = (number + 1) % 4000;
            client.distribution(black_box("shop.checkout.render"), f64::from(number) * 0.25, black_box(&TAGS));
        })
    }),
];

const TAGS: [&str; 2] = ["method:get", "status:200"];

/// A client that sends nowhere, and not before it ends.
fn client() -> Client {
    let builder = Client::builder().environment(Environment::default()).transport(|| Box::new(Null));
    builder.telemetry(false).flush_interval(Duration::from_secs(3600)).build().expect("threads can be had")
}
