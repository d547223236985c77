//! A core client whose memory grows: of one lane, or the central one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use basenji_core::client::{Client as Core, Counters};
use basenji_core::wire::MetricKind;

use crate::client::config::Config;
use crate::client::thread::LANES;
use crate::memory::{Growing, Memory};

/// A core client whose memory grows.
pub(crate) type Gatherer = Core<Growing, Vec<u8>, Arc<[u8]>>;

/// One of a lane.
pub(crate) fn of_lane(config: &Config) -> Gatherer {
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let seed = config.seed ^ SEEDS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    gatherer(config, config.memory, seed, false)
}

/// The one that takes in what all lanes have gathered.
pub(crate) fn central(config: &Config) -> Gatherer {
    // Each lane may hold different contexts, and none may be lost when the lanes are merged.
    let Memory { contexts, bytes, cells } = config.memory;
    let all = |part: usize| part.saturating_mul(LANES).min(u32::MAX as usize);
    let memory = Memory { contexts: all(contexts), bytes: all(bytes), cells: all(cells) };
    gatherer(config, memory, config.seed, true)
}

fn gatherer(config: &Config, memory: Memory, seed: u64, is_central: bool) -> Gatherer {
    let mut common = config.common.clone();
    common.telemetry = common.telemetry.filter(|_| is_central);
    Core::new(Growing::new(memory), vec![0; config.lines()], common, config.options(seed))
}

/// Adds the calls that a lane client has counted.
pub(crate) fn add(counters: &mut Counters, more: &Counters) {
    for kind in MetricKind::ALL {
        counters.metrics.add(kind, more.metrics.get(kind));
    }
    counters.events += more.events;
    counters.service_checks += more.service_checks;
    counters.dropped_on_receive += more.dropped_on_receive;
}
