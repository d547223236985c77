//! Parsing: every line of the corpus, its values summed as `f64`, its rate read, its tags walked; beside a peer in the same run.

#[path = "../../../tests/bench/passes.rs"]
mod passes;
mod peer;

use basenji_core::wire::{Message, Messages};
use divan::Bencher;
use passes::Subject;
use passes::input::CORPUS;

const BASENJI: Subject = Subject { name: "basenji", prepare: || (), pass: basenji };
const PEER: Subject = Subject { name: "peer", prepare: || (), pass: peer };

fn main() {
    assert_eq!(basenji(&CORPUS), peer(&CORPUS), "both must have read the same");
    passes::run(&[BASENJI, PEER]);
}

#[divan::bench(name = "basenji")]
fn time_basenji(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &BASENJI);
}

#[divan::bench(name = "peer")]
fn time_peer(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &PEER);
}

fn basenji(corpus: &[u8]) -> f64 {
    let mut seen = 0.0;
    for message in Messages::new(corpus) {
        if let Ok(Message::Metric(metric)) = message {
            seen += (metric.name.len() + metric.values.member().map_or(0, <[u8]>::len)) as f64;
            seen += metric.values.iter().sum::<f64>() + metric.sample_rate;
            seen += metric.tags.iter().map(|tag| tag.len() as f64).sum::<f64>();
        }
    }
    seen
}

fn peer(corpus: &[u8]) -> f64 {
    let mut seen = 0.0;
    for metric in peer::messages(corpus).flatten() {
        seen += (metric.name.len() + metric.values.member().map_or(0, str::len)) as f64;
        seen += metric.values.numbers().iter().sum::<f64>() + metric.sample_rate.unwrap_or(1.0);
        seen += metric.tags().map(|tag| tag.len() as f64).sum::<f64>();
    }
    seen
}
