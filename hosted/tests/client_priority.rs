//! A thread of a high real-time priority does not wait for ever for one of a lower priority on the same core.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use basenji::client::{Client, Environment, Memory};

/// Pins this thread to the first core that it may run on, and gives it this priority among real-time threads; 0 is none. Whether it may.
fn pin(priority: i32) -> bool {
    // SAFETY: the pointers are those of structures on this stack, which the calls read or fill.
    unsafe {
        let mut cores: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size_of_val(&cores), &raw mut cores) != 0 {
            return false;
        }
        let first = (0..libc::CPU_SETSIZE as usize).find(|core| libc::CPU_ISSET(*core, &cores)).unwrap_or_default();
        libc::CPU_ZERO(&mut cores);
        libc::CPU_SET(first, &mut cores);
        let policy = if priority > 0 { libc::SCHED_FIFO } else { libc::SCHED_OTHER };
        let parameters = libc::sched_param { sched_priority: priority };
        libc::sched_setaffinity(0, size_of_val(&cores), &raw const cores) == 0
            && libc::pthread_setschedparam(libc::pthread_self(), policy, &raw const parameters) == 0
    }
}

#[test]
fn a_real_time_thread_that_finds_a_lane_taken_lets_the_ordinary_thread_finish_on_the_same_core() {
    let may = std::thread::spawn(|| pin(10)).join().unwrap();
    if !may {
        assert!(std::env::var_os("BASENJI_NO_SKIP").is_none(), "this process may not have real-time threads");
        eprintln!("skipped: this process may not have real-time threads");
        return;
    }
    let memory = Memory::new();
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    let client = builder.transport(move || Box::new(memory.clone())).build().unwrap();
    let (client, stop) = (&client, &AtomicBool::new(false));
    const CALLS: u64 = 100_000;
    let started = Instant::now();
    let ordinary = std::thread::scope(|scope| {
        // It takes the lanes again and again, and is interrupted while it holds one.
        let ordinary = scope.spawn(|| {
            pin(0);
            let mut flushes = 0u32;
            while !stop.load(Ordering::Relaxed) {
                client.flush_within(Duration::ZERO);
                let _ = client.stats();
                flushes += 1;
            }
            flushes
        });
        let real_time = scope.spawn(|| {
            pin(10);
            for n in 0..CALLS {
                client.count("c", 1, &[]);
                if n % 50 == 0 {
                    // The ordinary thread gets the core for a moment, and loses it wherever it is.
                    std::thread::sleep(Duration::from_micros(10));
                }
            }
        });
        real_time.join().unwrap();
        stop.store(true, Ordering::Relaxed);
        ordinary.join().unwrap()
    });
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    assert!(ordinary > 0);
    assert_eq!(client.stats().metrics.total(), CALLS);
}
