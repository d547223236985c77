//! `/status`: what the daemon is, where it listens and what it has counted.

use serde_json::{Map, Value, json};

use super::accounts;
use super::look::Look;
use crate::sink::Line;

/// One object. Counters that have parts are objects themselves, with the parts that are not 0.
pub(super) fn json(look: &Look) -> Vec<u8> {
    let mut counters = Map::new();
    look.monitor.stats().for_each(|number| {
        let name = number.name.trim_start_matches("basenji.").to_owned();
        match number.tag {
            None => {
                counters.insert(name, number.value.into());
            }
            Some((_, part)) => {
                let parts = counters.entry(name).or_insert_with(|| Value::Object(Map::new()));
                if let Some(parts) = parts.as_object_mut().filter(|_| number.value > 0) {
                    parts.insert(part, number.value.into());
                }
            }
        }
    });
    let listeners = look.listeners.iter();
    let listeners: Vec<_> = listeners
        .map(|listener| json!({"kind": listener.kind.name(), "address": listener.address.to_string()}))
        .collect();
    let object = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_seconds": look.start.elapsed().as_secs(),
        "running": look.monitor.is_running(),
        "listeners": listeners,
        "sinks": look.board.lines(&look.monitor).iter().map(Line::json).collect::<Vec<_>>(),
        "forwarding": look.forward.as_ref().map(|forward| forward.json()),
        "accounts": accounts::accounts(&look.monitor),
        "refused": accounts::refused(&look.monitor),
        "counters": counters,
    });
    object.to_string().into_bytes()
}
