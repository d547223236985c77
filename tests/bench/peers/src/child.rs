//! A process that measures one subject: `one SUBJECT TARGET THREADS CALLS`, and a line for the parent.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::peers::{self, Ours};
use crate::subject::{Running, Start, Target};

/// Calls of each thread that come before the clock starts: its contexts are known then.
pub(crate) const WARM: usize = 1000;

/// How a line for the parent begins.
pub(crate) const MARK: &str = "measured ";

pub(crate) fn run(arguments: &[String]) {
    let [name, target, threads, calls] = arguments else { panic!("one SUBJECT TARGET THREADS CALLS") };
    let subject = peers::all(Ours::Rust).into_iter().find(|subject| subject.name == name.as_str()).expect("a subject");
    let target: Target = target.parse().expect("a target");
    let (threads, calls): (usize, usize) = (threads.parse().expect("a number"), calls.parse().expect("a number"));
    let Start::Here(start) = subject.start else { panic!("{name} is another program") };
    let running = start(&target);
    let (wall, before) = measure(running.as_ref(), threads, calls / threads);
    running.finish();
    let busy = rest() - before;
    println!("{MARK}{wall} {}", busy.as_secs_f64() * 1e9 / calls as f64);
}

/// The nanoseconds of a call on its thread, and the processor time before the first.
fn measure(running: &dyn Running, threads: usize, calls: usize) -> (f64, Duration) {
    let (warm, go) = (Barrier::new(threads + 1), Barrier::new(threads + 1));
    thread::scope(|scope| {
        let work = || {
            running.calls(WARM);
            warm.wait();
            go.wait();
            let start = Instant::now();
            running.calls(calls);
            start.elapsed().as_secs_f64() * 1e9 / calls as f64
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        warm.wait();
        let before = busy();
        go.wait();
        let times = workers.into_iter().map(|worker| worker.join().expect("no call panics"));
        (times.sum::<f64>() / threads as f64, before)
    })
}

/// The processor time of this process.
fn busy() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The processor time of this process once no thread of it has worked for a while.
fn rest() -> Duration {
    let mut last = busy();
    loop {
        thread::sleep(Duration::from_millis(100));
        let now = busy();
        if now - last < Duration::from_micros(500) {
            return last;
        }
        last = now;
    }
}
