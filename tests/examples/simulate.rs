//! Runs worlds from seeds: `simulate FIRST COUNT [SECONDS]` those from FIRST on, for at most so long; `simulate SEED` one.
//!
//! Ends with 1 and the shortest story found if one of them breaks a promise.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use basenji_tests::simulate;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>().expect("a whole number"));
    let first = numbers.next().unwrap_or(0);
    let count = numbers.next().unwrap_or(1);
    let end = numbers.next().map(|seconds| Instant::now() + Duration::from_secs(seconds));
    // What breaks is told below.
    std::panic::set_hook(Box::new(|_| {}));
    let (next, broken) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let start = Instant::now();
    let work = || {
        while broken.load(Ordering::Relaxed) == u64::MAX && end.is_none_or(|end| Instant::now() < end) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                break;
            }
            let seed = first.wrapping_add(place);
            if simulate::broken(&simulate::story::Story::of(seed)).is_some() {
                broken.fetch_min(seed, Ordering::Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let seeds = next.into_inner().min(count);
    println!("{seeds} worlds from seed {first} on in {:.1} s", start.elapsed().as_secs_f64());
    match broken.into_inner() {
        u64::MAX => ExitCode::SUCCESS,
        seed => {
            let (promise, story) = simulate::failure(seed).expect("it is the same again");
            println!("seed {seed} breaks a promise: {promise}\n{story:#?}");
            ExitCode::FAILURE
        }
    }
}
