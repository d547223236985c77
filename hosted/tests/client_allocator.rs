//! An allocator that counts by the client, which allocates: a call from within a call is taken or dropped and counted, and never hangs.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use basenji::client::{Aggregation, Client, Counter, Environment, Memory, Profile, SampleHandle};

struct Counting;

static CLIENT: OnceLock<Client> = OnceLock::new();
static HANDLES: OnceLock<(Counter, SampleHandle)> = OnceLock::new();
static CALLS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The allocator's own allocations are not counted, as any allocator has to see to.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: memory is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if let (Some(client), Ok(false)) = (CLIENT.get(), INSIDE.try_with(|inside| inside.replace(true))) {
            client.count("allocations", 1, &[]);
            if let Some((counter, samples)) = HANDLES.get() {
                // Their memory for further threads and samples is made within such a call.
                counter.add(1);
                samples.record(1.0);
            }
            CALLS.fetch_add(1, Relaxed);
            let _ = INSIDE.try_with(|inside| inside.set(false));
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The variable that makes this program a case.
const CASE: &str = "BASENJI_TEST_CASE";

#[test]
fn an_allocator_may_count_with_the_client_that_allocates() {
    if let Ok(way) = std::env::var(CASE) {
        return run(&way);
    }
    for way in ["fast", "lines", "plain", "direct", "background"] {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let mut child = command.args(["--nocapture"]).env(CASE, way).spawn().unwrap();
        let started = std::time::Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if started.elapsed() > Duration::from_secs(30) {
                child.kill().unwrap();
                panic!("{way}: it hangs");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{way}");
    }
}

fn run(way: &str) {
    let memory = Memory::new();
    let inner = memory.clone();
    let builder = Client::builder().environment(Environment::default()).origin_detection(false).max_payload(200);
    let builder = builder.transport(move || Box::new(inner.clone())).telemetry_interval(Duration::from_millis(1));
    let builder = match way {
        "fast" => builder.flush_interval(Duration::from_millis(1)),
        "lines" => builder.aggregation(Aggregation::Off).flush_interval(Duration::from_millis(1)),
        "plain" => builder.profile(Profile::Plain),
        "background" => builder.profile(Profile::Plain).background(true),
        _ => builder.aggregation(Aggregation::Off).background(false),
    };
    let client = builder.build().unwrap();
    HANDLES.set((client.counter("counter", &[]), client.timing_handle("sizes", &[]))).unwrap();
    CLIENT.set(client.clone()).unwrap();
    let calls: u64 = std::thread::scope(|scope| {
        // More threads than there are lanes.
        let threads: Vec<_> = (0..40)
            .map(|thread| {
                let client = &client;
                scope.spawn(move || {
                    let handle = client.distribution_handle("d", &[]);
                    for n in 0..200 {
                        client.count(&format!("name{thread}.{n}"), 1, &["some:tag"]);
                        handle.record(f64::from(n));
                        if n % 50 == 0 {
                            client.flush_within(Duration::from_millis(1));
                        }
                    }
                    200
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    client.flush();
    let (stats, theirs) = (client.stats(), CALLS.load(Relaxed));
    // Calls that are dropped for coming from within another one are counted as dropped alone.
    let called = stats.metrics.total() + stats.dropped_on_receive;
    assert!(called >= calls && theirs > 1000, "{called} {theirs}");
    assert!(stats.dropped_on_receive <= 2 * theirs, "{stats:?}");
}
