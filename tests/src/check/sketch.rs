//! Properties of the sketch.

use basenji_core::sketch::{BIN_LIMIT, Bin, Sketch, mapping};

/// How much a quantile may be below and above the exact one, relative to it: half a bin, and one bin and a half; a whole bin below for the
/// lowest bin, where the interpolation starts at the minimum.
const BELOW: f64 = 0.0155;
const ABOVE: f64 = 0.0236;
/// Values below this are 0 to the sketch.
const ZERO: f64 = 1e-9;
/// Values above this have no bin of their own.
const LARGEST: f64 = 4e211;

/// Quantiles are as near to the exact ones as the width of a bin allows, the summary is exact, two sketches merge into the one
/// of all values, and a sketch with fewer bins keeps the highest ones.
///
/// A value counts `1 / rate` times; what is not finite or larger than 4e211 is left out.
pub fn sketch_error_bound(values: &[f64], rates: &[f64]) {
    let samples: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| value.abs() <= LARGEST)
        .map(|(index, &value)| {
            (value, 1.0 / rates.get(index).copied().filter(|rate| *rate > 1e-6 && *rate < 1.0).unwrap_or(1.0))
        })
        .collect();
    let sketch = of(&samples, BIN_LIMIT);
    summary_is_exact(&sketch, &samples);
    quantiles_are_near(&sketch, &samples);

    let (left, right) = samples.split_at(samples.len() / 2);
    let mut merged = of(left, BIN_LIMIT);
    merged.merge(&of(right, BIN_LIMIT));
    assert!(merged.bins().eq(sketch.bins()), "merged halves differ from the whole");
    summary_is_exact(&merged, &samples);

    for capacity in [1, 2, 7] {
        let small = of(&samples, capacity);
        let (small, all): (Vec<Bin>, Vec<Bin>) = (small.bins().collect(), sketch.bins().collect());
        assert_eq!(small.len(), all.len().min(capacity));
        assert!(all.ends_with(small.get(1..).unwrap_or_default()), "{capacity} bins: {small:?} of {all:?}");
        assert_eq!(total(&small), total(&all), "{capacity} bins lose counts");
    }
}

fn of(samples: &[(f64, f64)], capacity: usize) -> Sketch<Vec<u64>> {
    let mut sketch = Sketch::new(vec![0; capacity]);
    for &(value, times) in samples {
        if times == 1.0 {
            sketch.insert(value);
        } else {
            sketch.insert_n(value, times);
        }
    }
    sketch
}

fn total(bins: &[Bin]) -> u64 {
    bins.iter().map(|bin| u64::from(bin.n)).sum()
}

fn summary_is_exact(sketch: &Sketch<Vec<u64>>, samples: &[(f64, f64)]) {
    let summary = sketch.summary();
    let count: u64 = samples.iter().map(|(_, times)| *times as u64).sum();
    assert_eq!(summary.count, count);
    assert_eq!(total(&sketch.bins().collect::<Vec<_>>()), count);
    if samples.is_empty() {
        return;
    }
    let values = || samples.iter().map(|(value, _)| *value);
    assert_eq!(summary.min, values().fold(f64::INFINITY, f64::min));
    assert_eq!(summary.max, values().fold(f64::NEG_INFINITY, f64::max));
    let sum: f64 = samples.iter().map(|(value, times)| value * times).sum();
    let scale: f64 = samples.iter().map(|(value, times)| (value * times).abs()).sum();
    assert!((summary.sum - sum).abs() <= 1e-9 * scale, "sum {} is not {sum}", summary.sum);
}

fn quantiles_are_near(sketch: &Sketch<Vec<u64>>, samples: &[(f64, f64)]) {
    let mut sorted: Vec<(f64, u64)> = samples.iter().map(|(value, times)| (*value, *times as u64)).collect();
    sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
    let count = sketch.summary().count;
    for percent in (0..=100).filter(|_| count > 0) {
        let q = f64::from(percent) / 100.0;
        let rank = (q * (count - 1) as f64).round_ties_even() as u64;
        let mut below = 0;
        let exact = sorted
            .iter()
            .find(|(_, times)| {
                below += times;
                below > rank
            })
            .map_or(0.0, |(value, _)| *value);
        let (quantile, size) = (sketch.quantile(q), exact.abs());
        let off = if exact < 0.0 { exact - quantile } else { quantile - exact };
        let near = off >= -BELOW * size - ZERO && off <= ABOVE * size + ZERO;
        assert!(near, "quantile {q} of {sorted:?} is {quantile}, exactly {exact}");
    }
    for &(value, _) in samples.iter().filter(|(value, _)| value.abs() >= ZERO) {
        let representative = mapping::value(mapping::key(value));
        assert!((representative / value - 1.0).abs() < 0.0078, "the bin of {value} stands for {representative}");
    }
}
