//! In steady state a client's calls ask the allocator for nothing: by name, aggregated or not, and by handle.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use basenji::client::{Aggregation, Builder, Client, Environment, Null, Profile};

/// Counts what is asked of the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

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
        let (counter, gauge) = (client.counter_handle("c", &["a:b"]), client.gauge_handle("g", &[]));
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
        // Until memory has grown to what the load needs, twice, for what is gathered and what is flushed.
        (0..5).for_each(|_| calls());
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        (0..5).for_each(|_| calls());
        assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0, "{way}");
    }
}
