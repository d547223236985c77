//! In steady state a client's calls ask the allocator for nothing: by name, aggregated or not, and by handle.
#![cfg(target_os = "linux")]

#[path = "support/counting.rs"]
mod counting;

use std::time::Duration;

use basenji::client::{Aggregation, Builder, Client, Environment, Null, Profile};
use counting::allocations;

#[test]
fn calls_allocate_nothing_and_neither_do_flushes() {
    type Change = fn(Builder) -> Builder;
    let ways: [(&str, Change); 3] = [
        ("aggregated", |builder| builder),
        ("buffered", |builder| builder.aggregation(Aggregation::Off)),
        ("plain", |builder| builder.profile(Profile::Plain)),
    ];
    for (way, change) in ways {
        let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
        let builder = builder.flush_interval(Duration::from_secs(3600)).transport(|| Box::new(Null));
        let client = change(builder).build().unwrap();
        let (counter, gauge) = (client.counter("c", &["a:b"]), client.gauge_handle("g", &[]));
        let samples = client.distribution_handle("d", &[]);
        let calls = || {
            for n in 0..1000 {
                client.count("page.views", 1, &["env:dev", "page:home"]);
                client.gauge("queue", f64::from(n), &["env:dev"]);
                client.timing("render", 1.5, &["env:dev"]);
                client.set("users", "me", &[]);
                counter.add(1);
                gauge.set(f64::from(n));
                samples.record(f64::from(n));
            }
            client.flush();
        };
        // Memory grows to what the load needs, some of it on the sender's thread, and then no more.
        let settled = (0..100).any(|_| {
            let before = allocations();
            (0..5).for_each(|_| calls());
            allocations() == before
        });
        assert!(settled, "{way}");
    }
}
