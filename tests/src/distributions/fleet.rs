//! Twenty hosts, two of which are slow, and what dashboards say of all their samples together.
//!
//! What others do is worked out by their rules, at their best: percentiles of a host are exact here.

use basenji::OwnedSketch;
use basenji::core::state::exponential::{SCHEMA, index};

use super::samples::{QUANTILES, exact, log_normal, percent_off};

/// The upper ends of the buckets that a histogram of Prometheus' clients and of statsd_exporter has by default, in milliseconds.
const CLASSIC: [f64; 11] = [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10_000.0];

/// By how many percent each way is off at each of [`QUANTILES`]; `None` where it does not know.
pub type Row = (&'static str, Vec<Option<f64>>);

/// Each host's samples: eighteen with 10,000 around 20 ms, two with 2,000 around 200 ms.
fn hosts() -> Vec<Vec<f64>> {
    (1..=20)
        .map(|host| if host > 18 { log_normal(host, 2_000, 200.0, 0.5) } else { log_normal(host, 10_000, 20.0, 0.5) })
        .collect()
}

/// All ways, the best last.
pub fn rows() -> Vec<Row> {
    let mut hosts = hosts();
    let mut all: Vec<f64> = hosts.concat();
    all.sort_by(f64::total_cmp);
    hosts.iter_mut().for_each(|samples| samples.sort_by(f64::total_cmp));
    let mut merged = OwnedSketch::default();
    for samples in &hosts {
        let mut sketch = OwnedSketch::default();
        samples.iter().for_each(|&sample| sketch.add(sample, 1.0));
        merged.merge(&sketch);
    }
    let of_hosts = |quantile: f64| hosts.iter().map(move |samples| exact(samples, quantile));
    let row = |name, estimate: &dyn Fn(f64) -> Option<f64>| {
        let off = |quantile: &f64| estimate(*quantile).map(|value| percent_off(value, exact(&all, *quantile)));
        (name, QUANTILES.iter().map(off).collect())
    };
    let native: Vec<Bucket> = merged.bins().map(|bin| native(index(bin.key), f64::from(bin.n))).collect();
    let classic = classic(&all);
    vec![
        row("average of the hosts' percentiles", &|quantile| Some(of_hosts(quantile).sum::<f64>() / 20.0)),
        row("highest of the hosts' percentiles", &|quantile| of_hosts(quantile).max_by(f64::total_cmp)),
        row("classic buckets of Prometheus, summed", &|quantile| below_one(quantile, |rank| by_line(&classic, rank))),
        row("native histograms of schema 6, summed", &|quantile| below_one(quantile, |rank| by_power(&native, rank))),
        row("sketches, merged", &|quantile| Some(merged.quantile(quantile))),
    ]
}

/// Where samples lie, and how many.
struct Bucket {
    above: f64,
    up_to: f64,
    count: f64,
}

fn native(index: i32, count: f64) -> Bucket {
    let end = |index: i32| (f64::from(index) / f64::from(1 << SCHEMA)).exp2();
    Bucket { above: end(index - 1), up_to: end(index), count }
}

fn classic(sorted: &[f64]) -> Vec<Bucket> {
    let mut above = 0.0;
    let buckets = CLASSIC.iter().map(|&up_to| {
        let count = sorted.iter().filter(|sample| **sample > above && **sample <= up_to).count() as f64;
        Bucket { above: std::mem::replace(&mut above, up_to), up_to, count }
    });
    buckets.collect()
}

/// Buckets know no maximum.
fn below_one(quantile: f64, estimate: impl Fn(f64) -> f64) -> Option<f64> {
    (quantile < 1.0).then(|| estimate(quantile))
}

/// `histogram_quantile` of classic buckets: samples lie evenly in a bucket.
fn by_line(buckets: &[Bucket], quantile: f64) -> f64 {
    let (bucket, share) = at(buckets, quantile);
    bucket.above + (bucket.up_to - bucket.above) * share
}

/// `histogram_quantile` of native ones, since Prometheus 3: their logarithms do.
fn by_power(buckets: &[Bucket], quantile: f64) -> f64 {
    let (bucket, share) = at(buckets, quantile);
    bucket.above * (bucket.up_to / bucket.above).powf(share)
}

/// The bucket in which this share of all samples ends, and the share of the bucket that is below.
fn at(buckets: &[Bucket], quantile: f64) -> (&Bucket, f64) {
    let rank = quantile * buckets.iter().map(|bucket| bucket.count).sum::<f64>();
    let mut below = 0.0;
    for bucket in buckets {
        if below + bucket.count >= rank && bucket.count > 0.0 {
            return (bucket, (rank - below) / bucket.count);
        }
        below += bucket.count;
    }
    (buckets.last().expect("there are buckets"), 1.0)
}
