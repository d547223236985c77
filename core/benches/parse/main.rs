//! Parsing: every line of the corpus, its values summed as `f64`, its rate read, its tags walked; beside a peer in the same run.

mod peer;
#[path = "../../../tests/bench/support.rs"]
mod support;

use basenji_core::wire::{Message, Messages};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use support::{CORPUS, Subject};

const SUBJECTS: &[Subject] = &[("basenji", basenji), ("peer", peer)];

fn main() {
    assert_eq!(basenji(&CORPUS), peer(&CORPUS), "both must have read the same");
    support::run(SUBJECTS, divan::main);
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

fn time(bencher: Bencher<'_, '_>, pass: fn(&[u8]) -> f64) {
    bencher
        .counter(ItemsCount::new(support::messages()))
        .counter(BytesCount::new(CORPUS.len()))
        .bench(|| pass(divan::black_box(&CORPUS)));
}

#[divan::bench(name = "basenji")]
fn time_basenji(bencher: Bencher<'_, '_>) {
    time(bencher, basenji);
}

#[divan::bench(name = "peer")]
fn time_peer(bencher: Bencher<'_, '_>) {
    time(bencher, peer);
}
