//! Log-normal samples from seeds, and how far a quantile is from theirs.

use std::f64::consts::TAU;
use std::iter;

/// How many samples a run has, and in how many runs, whose seeds count from 1.
pub const RUNS: [(usize, u64); 3] = [(2_000, 12), (100_000, 6), (1_000_000, 3)];

/// The quantiles that are looked at; the last is the maximum.
pub const QUANTILES: [f64; 5] = [0.5, 0.9, 0.99, 0.999, 1.0];

/// `count` log-normal milliseconds with three decimals, by the median and the spread of the logarithm.
pub fn log_normal(seed: u64, count: usize, median: f64, spread: f64) -> Vec<f64> {
    let mut state = seed;
    // SplitMix64: consecutive seeds are as good as any.
    let mut uniform = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut sample = move || {
        let normal = (-2.0 * (1.0 - uniform()).ln()).sqrt() * (TAU * uniform()).cos();
        ((median * (spread * normal).exp() * 1000.0).round() / 1000.0).max(0.001)
    };
    iter::repeat_with(&mut sample).take(count).collect()
}

/// The samples of a run: a median of 20 ms, and a tail.
pub fn of_run(count: usize, seed: u64) -> Vec<f64> {
    // Runs of each size have samples of their own.
    log_normal(seed.wrapping_add((count as u64) << 8), count, 20.0, 1.0)
}

/// The sample of this rank among sorted ones, as the Agent rounds it.
pub fn exact(sorted: &[f64], quantile: f64) -> f64 {
    sorted[(quantile * (sorted.len() - 1) as f64).round_ties_even() as usize]
}

/// By how many percent `estimate` is off, without its sign.
pub fn percent_off(estimate: f64, truth: f64) -> f64 {
    (estimate / truth - 1.0).abs() * 100.0
}
