//! `cargo xtask fleet`: many daemons in one process, flush by flush through the sinks that a daemon has, without sockets.
//!
//! A plan says what each of them receives in each flush, when it dies and when it returns.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings as Aggregation, Source};
use basenji::core::wire::Metric;
use basenji::server::{Amount, Bucket, Growing, Memory};
use serde::Deserialize;

use super::{Installed, build};
use crate::config::{Environment, Settings};

/// The variable with the plan's path.
const PLAN: &str = "BASENJI_FLEET_PLAN";

#[derive(Deserialize)]
struct Plan {
    /// From one flush to the next, at least a second.
    pause_ms: u64,
    /// How long to wait at the end for all to be delivered.
    patience_secs: u64,
    daemons: Vec<Daemon>,
}

#[derive(Deserialize)]
struct Daemon {
    variables: BTreeMap<String, String>,
    /// The lines of each flush.
    flushes: Vec<Vec<String>>,
    /// Before this flush it stops, whatever its receivers do.
    dies: Option<usize>,
    /// Before this one it starts again, with what it has left on disk.
    returns: Option<usize>,
}

/// A daemon that lives.
struct Life {
    settings: Settings,
    sinks: Vec<Installed>,
}

impl Daemon {
    fn start(&self) -> Life {
        let environment = Environment::of(&self.variables);
        let (settings, mut warnings) = environment.settings().expect("the variables are good");
        let sinks = build(&settings, &mut warnings).expect("the sinks can be built");
        Life { settings, sinks }
    }
}

impl Life {
    fn flush(&mut self, lines: &[String]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let settings = Aggregation { bucket_secs: 1, set_members: true, ..Aggregation::default() };
        let mut aggregator = Aggregator::new(Growing::new(Memory::default()), settings);
        let now = Time::from_secs(now);
        for line in lines {
            let metric = Metric::parse(line.as_bytes()).expect("the line is good");
            aggregator.record(&metric, &Source::default(), now).expect("there is room");
        }
        let mut bucket = Bucket::at(now.plus_millis(1000));
        bucket.extend(aggregator.flush_all(now.plus_millis(1000)));
        let bucket = Arc::new(bucket);
        self.sinks.iter_mut().for_each(|sink| sink.sink.bucket(&bucket));
    }

    /// What waits in all of its sinks.
    fn held(&self) -> Amount {
        self.sinks.iter().flat_map(|sink| sink.health.rows()).map(|row| row.tally.held).sum()
    }

    fn stop(mut self) {
        self.sinks.iter().for_each(|sink| sink.health.prepare_stop());
        self.sinks.iter_mut().for_each(|sink| sink.sink.stop());
        for row in self.sinks.iter().flat_map(|sink| sink.health.rows()) {
            let lost = row.tally.dropped_in_all();
            assert_eq!(
                lost,
                Amount::default(),
                "{} of {}: {:?}",
                row.target,
                self.settings.host.hostname.value,
                row.tally
            );
        }
    }
}

#[test]
#[ignore = "a fleet: cargo xtask fleet"]
fn many_daemons() {
    let path = std::env::var(PLAN).expect("cargo xtask fleet makes a plan");
    let text = std::fs::read(path).expect("the plan");
    let plan: Plan = serde_json::from_slice(&text).expect("a plan");
    let mut lives: Vec<Option<Life>> = plan.daemons.iter().map(|daemon| Some(daemon.start())).collect();
    let flushes = plan.daemons.iter().map(|daemon| daemon.flushes.len()).max().unwrap_or(0);
    println!("started");
    for number in 0..flushes {
        let start = Instant::now();
        let dying = lives.iter_mut().zip(&plan.daemons).filter(|(_, daemon)| daemon.dies == Some(number));
        let dying: Vec<Life> = dying.filter_map(|(life, _)| life.take()).collect();
        thread::scope(|scope| dying.into_iter().for_each(|life| drop(scope.spawn(|| life.stop()))));
        for (life, daemon) in lives.iter_mut().zip(&plan.daemons) {
            if daemon.returns == Some(number) {
                *life = Some(daemon.start());
            }
            if let (Some(life), Some(lines)) = (life, daemon.flushes.get(number)) {
                life.flush(lines);
            }
        }
        println!("flush {number}");
        thread::sleep(Duration::from_millis(plan.pause_ms).saturating_sub(start.elapsed()).max(Duration::from_secs(1)));
    }
    let lives: Vec<Life> = lives.into_iter().flatten().collect();
    let start = Instant::now();
    while lives.iter().any(|life| life.held() != Amount::default()) {
        let held: Amount = lives.iter().map(Life::held).sum();
        assert!(start.elapsed() < Duration::from_secs(plan.patience_secs), "{held:?} still wait");
        thread::sleep(Duration::from_millis(100));
    }
    thread::scope(|scope| lives.into_iter().for_each(|life| drop(scope.spawn(|| life.stop()))));
    println!("delivered");
}
