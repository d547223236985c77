//! Recording: every line of the corpus parsed and aggregated, all contexts known, in the storage of a server.

#[path = "../../tests/bench/passes.rs"]
mod passes;

use std::sync::{LazyLock, Mutex, PoisonError};

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings, Source};
use basenji::core::wire::{Message, Messages};
use basenji::server::{Growing, Memory};
use divan::Bencher;
use passes::Subject;

/// Samples are dropped before each pass, contexts stay.
const RECORD: Subject = Subject { name: "record", prepare: clear, pass: record };

/// One bucket: time does not pass.
const NOW: Time = Time::from_secs(1_700_000_000);

static AGGREGATOR: LazyLock<Mutex<Aggregator<Growing>>> =
    LazyLock::new(|| Mutex::new(Aggregator::new(Growing::new(Memory::default()), Settings::new())));

fn main() {
    passes::run(&[RECORD]);
}

fn clear() {
    AGGREGATOR.lock().unwrap_or_else(PoisonError::into_inner).clear(NOW);
}

fn record(corpus: &[u8]) -> f64 {
    let mut aggregator = AGGREGATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let source = Source::default();
    for message in Messages::new(corpus) {
        if let Ok(Message::Metric(metric)) = message {
            aggregator.record(&metric, &source, NOW).expect("the budget is large enough for the corpus");
        }
    }
    aggregator.stats().contexts as f64
}

#[divan::bench(name = "record")]
fn time_record(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &RECORD);
}
