//! A client's calls, into nowhere: nanoseconds a call, on one thread and on two at once, flushes included.
//!
//! Each number is the best of many short rounds, so that a busy machine disturbs it little.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use basenji::client::{Aggregation, Builder, Client, Environment, Null, Profile};

const CALLS: u32 = 20_000;
const ROUNDS: usize = 300;

fn main() {
    println!("{:44} {:>9} {:>9}", "nanoseconds a call", "1 thread", "2 threads");
    let fast = client(|builder| builder);
    let counter = fast.counter("page.views", &["env:dev", "page:home"]);
    row("handle: counter", &fast, |_| counter.add(1));
    let gauge = fast.gauge_handle("queue", &["env:dev", "page:home"]);
    row("handle: gauge", &fast, |n| gauge.set(f64::from(n)));
    let samples = fast.distribution_handle("render", &["env:dev", "page:home"]);
    row("handle: distribution", &fast, |n| samples.record(f64::from(n)));
    row("by name, aggregated: count, 2 tags", &fast, |_| fast.count("page.views", 1, &["env:dev", "page:home"]));
    row("by name, aggregated: distribution, 2 tags", &fast, |n| {
        fast.distribution("render", f64::from(n), &["env:dev", "page:home"]);
    });
    let lines = client(|builder| builder.aggregation(Aggregation::Off).background(false));
    row("by name, buffered: count, 2 tags", &lines, |_| lines.count("page.views", 1, &["env:dev", "page:home"]));
    let plain = client(|builder| builder.profile(Profile::Plain));
    row("by name, a datagram a call: count, 2 tags", &plain, |_| {
        plain.count("page.views", 1, &["env:dev", "page:home"]);
    });
}

fn client(change: impl FnOnce(Builder) -> Builder) -> Client {
    let builder = Client::builder().environment(Environment::default()).transport(|| Box::new(Null));
    change(builder).flush_interval(Duration::from_millis(100)).build().expect("threads can be had")
}

fn row(name: &str, client: &Client, call: impl Fn(u32) + Sync) {
    let best = |threads: usize| {
        let rounds = (0..ROUNDS).map(|_| {
            let barrier = Barrier::new(threads);
            let each = || {
                barrier.wait();
                let begin = Instant::now();
                (0..CALLS).for_each(&call);
                begin.elapsed()
            };
            let longest = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(each)).collect();
                threads.into_iter().filter_map(|thread| thread.join().ok()).max()
            });
            let begin = Instant::now();
            client.flush();
            (longest.unwrap_or_default() + begin.elapsed()).as_nanos() as f64 / f64::from(CALLS)
        });
        rounds.fold(f64::INFINITY, f64::min)
    };
    println!("{name:44} {:>9.1} {:>9.1}", best(1), best(2));
}
