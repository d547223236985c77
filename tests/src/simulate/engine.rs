//! The server of a story, and the law of its accounts.

use basenji::server::{Config, Engine, Kind, MessageKind, Stats};

use super::story::World;

/// The law of accounts.
pub(super) fn check_law(stats: &Stats) -> Result<(), String> {
    for &kind in MessageKind::ALL {
        let parts = [
            &stats.shown_messages,
            &stats.refused_messages,
            &stats.skipped_messages,
            &stats.filtered_messages,
            &stats.waiting_messages,
        ]
        .map(|part| part.get(kind));
        let received = stats.messages.get(kind);
        if parts.iter().fold(0, |sum: u64, part| sum.wrapping_add(*part)) != received {
            let kind = kind.name();
            return Err(format!("{kind}: received {received}, shown, refused, skipped, filtered, waiting {parts:?}"));
        }
    }
    Ok(())
}

/// The server of a world.
pub(super) fn engine(world: &World) -> Engine {
    let mut config = Config::default();
    config.workers = world.workers;
    [config.memory.contexts, config.memory.bytes, config.memory.cells] = world.budget;
    config.aggregation.bucket_secs = world.bucket_secs;
    [config.aggregation.context_expiry_secs, config.aggregation.counter_expiry_secs] = world.expiry;
    config.aggregation.histogram_exact_samples = world.exact_samples;
    config.aggregation.seed = world.hash_seed;
    config.receive_buffer = 65507;
    config.event_bytes = world.event_bytes;
    config.sink_bytes = world.sink_bytes;
    config.copy_histograms = world.copies.then(|| "copy.".to_owned());
    config.timestamps = world.timestamps;
    config.telemetry = false;
    let sinks = ["first", "slow", "slower"].map(str::to_owned);
    Engine::new(config, None, sinks).expect("the settings are good")
}
