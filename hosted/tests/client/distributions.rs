//! Many samples of a context: what a server says of them is what was called.

use basenji::OwnedSketch;
use basenji::client::Client;
use basenji::server::{MemorySink, Point};

use crate::common::quiet;
use crate::server::server;

/// Normal numbers, by adding up uniform ones.
struct Normal(u64);

impl Iterator for Normal {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let uniform = |_| {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        };
        Some((0..12).map(uniform).sum::<f64>() - 6.0)
    }
}

/// A fast client that sends to a server what `calls` calls, and what the server then has.
fn received(calls: impl FnOnce(&Client)) -> MemorySink {
    let directory = tempfile::tempdir().unwrap();
    let (server, sink) = server(directory.path());
    // A stream, since it waits for its reader.
    let address = format!("unixstream://{}", directory.path().join("stream").display());
    let client = quiet().to(&address).unwrap().build().unwrap();
    calls(&client);
    assert!(client.flush());
    assert_eq!(client.stats().dropped().packets, 0);
    client.close();
    server.stop();
    sink
}

/// The sample of this rank among sorted ones, as the Agent rounds it.
fn exact(sorted: &[f64], quantile: f64) -> f64 {
    sorted[(quantile * (sorted.len() - 1) as f64).round_ties_even() as usize]
}

/// Makes samples of a distribution from normal numbers.
type Shape = fn(f64) -> f64;

const QUANTILES: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

#[test]
fn a_hundred_thousand_samples_have_their_count_minimum_maximum_and_quantiles_at_the_server() {
    let shapes: [(&str, Shape); 4] = [
        ("long tail", |normal| normal.exp() * 20.0),
        ("narrow", |normal| 100.0 + normal),
        ("tiny", |normal| normal.abs() * 1e-6 + 1e-7),
        ("huge", |normal| normal.exp() * 1e15),
    ];
    for (name, shape) in shapes {
        let mut samples: Vec<f64> = Normal(7).take(100_000).map(shape).collect();
        let sink = received(|client| samples.iter().for_each(|&sample| client.distribution(name, sample, &["a:b"])));
        samples.sort_by(f64::total_cmp);
        let (buckets, sum) = (sink.buckets(), samples.iter().sum::<f64>());
        let series: Vec<_> = buckets.iter().flat_map(|bucket| bucket.series()).collect();
        let [series] = &series[..] else { panic!("{name}: {} series", series.len()) };
        let Point::Distribution(sketch) = series.point else { panic!("{name} is no distribution") };
        let summary = sketch.summary();
        assert_eq!((summary.count, summary.min, summary.max), (100_000, samples[0], samples[99_999]), "{name}");
        assert!((summary.sum / sum - 1.0).abs() < 0.001, "{name}: {}", summary.sum / sum);
        let mut direct = OwnedSketch::default();
        samples.iter().for_each(|&sample| direct.add(sample, 1.0));
        assert!(sketch.bins().eq(direct.bins()), "{name}");
        // Where all samples lie in a few bins, the quantiles are those that the Agent's interpolation makes of these.
        for quantile in QUANTILES.into_iter().filter(|_| name != "narrow") {
            let error = sketch.quantile(quantile) / exact(&samples, quantile) - 1.0;
            assert!(error.abs() < 0.0085, "{name}: p{} is off by {:.2} %", quantile * 100.0, error * 100.0);
        }
    }
}

#[test]
fn histograms_and_timings_of_many_samples_have_their_count_too() {
    let samples: Vec<f64> = Normal(3).take(10_000).map(|normal| normal * 100.0).collect();
    let sink = received(|client| {
        for &sample in &samples {
            client.histogram("h", sample, &[]);
            client.timing("t", sample.abs(), &[]);
            client.histogram("zeros", 0.0, &[]);
        }
    });
    let (low, high) = samples.iter().fold((0.0, 0.0), |(low, high): (f64, f64), &one| (low.min(one), high.max(one)));
    let buckets = sink.buckets();
    for series in buckets.iter().flat_map(|bucket| bucket.series()) {
        let Point::Histogram(histogram) = series.point else { panic!("{series:?}") };
        let summary = histogram.summary;
        let expected = match series.name {
            b"h" => (10_000, low, high),
            b"t" => (10_000, samples.iter().map(|one| one.abs()).fold(f64::MAX, f64::min), high.max(-low)),
            _ => (10_000, 0.0, 0.0),
        };
        assert_eq!((summary.count, summary.min, summary.max), expected);
    }
    assert_eq!(buckets.iter().flat_map(|bucket| bucket.series()).count(), 3);
}

#[test]
fn samples_of_several_threads_and_handles_are_all_counted() {
    let sink = received(|client| {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    let handle = client.distribution_handle("d", &[]);
                    for sample in Normal(thread).take(5000) {
                        handle.record(sample.exp());
                        client.distribution("d", sample.exp(), &[]);
                    }
                });
            }
        });
    });
    let buckets = sink.buckets();
    let counts = buckets.iter().flat_map(|bucket| bucket.series()).map(|series| match series.point {
        Point::Distribution(sketch) => sketch.summary().count,
        point => panic!("{point:?}"),
    });
    assert_eq!(counts.sum::<u64>(), 40_000);
}
