//! The Agent's known answers, and properties of random sketches.

use super::{Sketch, Summary, mapping};
use proptest::prelude::*;
use std::{vec, vec::Vec};

fn sketch(values: impl IntoIterator<Item = f64>) -> Sketch<Vec<u64>> {
    let mut sketch = Sketch::new(vec![0; 4096]);
    for value in values {
        sketch.insert(value);
    }
    sketch
}

fn pairs(sketch: &Sketch<Vec<u64>>) -> Vec<(i16, u32)> {
    sketch.bins().map(|bin| (bin.key, bin.n)).collect()
}

#[test]
fn minus_50_to_50_makes_the_same_101_bins_in_any_order_and_by_merging() {
    let all = sketch((-50..=50).map(f64::from));
    assert_eq!(all.bins().len(), 101);
    let mut evens = sketch((-50..=50).filter(|i| i % 2 == 0).map(f64::from));
    let odds = sketch((-50..=50).filter(|i| i % 2 != 0).map(f64::from));
    evens.merge(&odds);
    assert_eq!(pairs(&evens), pairs(&all));
    assert_eq!(pairs(&sketch((-50..=50).rev().map(f64::from))), pairs(&all));
    assert_eq!(evens.summary().count, 101);
    assert_eq!(all.quantile(0.5), 0.0);
    assert_eq!(all.quantile(0.99), 48.98679737740127);
    for percent in 1..100 {
        let q = f64::from(percent) / 100.0;
        assert!((all.quantile(q) + all.quantile(1.0 - q)).abs() < 1e-6, "{percent}");
    }
}

#[test]
fn powers_of_gamma_have_a_bin_each_and_are_forgotten_on_clear() {
    let mut powers = sketch((0..10).map(|i| mapping::GAMMA.powi(i)));
    assert_eq!((powers.bins().len(), powers.summary().count), (10, 10));
    powers.clear();
    assert!(powers.is_empty());
    assert_eq!(powers, Sketch::new([0; 4]));
}

#[test]
fn the_99th_of_101_consecutive_keys_is_the_value_of_its_bin() {
    let keys = sketch((1..=101).map(mapping::value));
    assert_eq!(pairs(&keys), (1..=101).map(|key| (key, 1)).collect::<Vec<_>>());
    assert_eq!(keys.quantile(0.99), mapping::value(keys.bins().nth(99).unwrap().key));
}

#[test]
fn quantiles_of_0_to_100_are_those_of_the_agent() {
    let hundred = sketch((0..=100).map(f64::from));
    assert_eq!(hundred.bins().len(), 94);
    for (q, expected) in [
        (0.0, 0.0),
        (0.01, 1.0),
        (0.5, 49.75221608642316),
        (0.95, 95.41452700754016),
        (0.98, 98.41952553878349),
        (0.99, 99.18842808205522),
        (1.0, 100.0),
    ] {
        assert_eq!(hundred.quantile(q), expected, "{q}");
    }
}

#[test]
fn values_beyond_the_bins_have_quantiles_and_a_finite_average() {
    let wide = sketch([1e308, 1e308, -1e308]);
    assert_eq!((wide.quantile(0.0), wide.quantile(0.5), wide.quantile(1.0)), (-1e308, 1e308, 1e308));
    let average = wide.summary().avg;
    assert!((average / (1e308 / 3.0) - 1.0).abs() < 1e-9, "{average}");
    assert_eq!(wide.summary().sum, f64::INFINITY);

    let mut merged = sketch([-1e308; 7]);
    merged.merge(&sketch([1e308; 7]));
    assert!(merged.summary().avg.abs() < 1e293 && merged.summary().sum.is_nan());
    assert_eq!((merged.quantile(0.25), merged.quantile(0.75)), (-1e308, 1e308));

    // A step that is finite alone, and not together with the average before it.
    let mut far = sketch([-1.5e308]);
    far.insert_n(f64::MAX, 3.0);
    assert!((far.summary().avg / 9.7e307 - 1.0).abs() < 0.01, "{}", far.summary().avg);

    let mut weighed = Sketch::new([0; 8]);
    weighed.insert_n(-1.7e308, 3.0);
    weighed.insert_n(1.7e308, 3.0);
    assert!(weighed.summary().avg.abs() < 1e293);
}

#[test]
fn quantiles_outside_the_range_are_clamped() {
    let ones = sketch([1.0; 10]);
    assert_eq!(pairs(&ones), [(1338, 10)]);
    assert_eq!((ones.quantile(0.5), ones.quantile(0.95)), (1.0, 1.0));

    let two = sketch([1.0, 2.0]);
    assert_eq!(pairs(&two), [(1338, 1), (1383, 1)]);
    assert_eq!(two.quantile(0.5), 1.0);

    let three = sketch([1.0, 2.0, 32.0]);
    assert_eq!(pairs(&three), [(1338, 1), (1383, 1), (1562, 1)]);
    assert_eq!(three.quantile(0.5), 2.009103080990281);
    for q in [0.75, 0.9, 0.95, 0.99] {
        assert_eq!(three.quantile(q), 32.0);
    }

    let negative = sketch([-100.0, -100.0, -100.0, -100.0, -10.0, -10.0, -10.0, -10.0]);
    assert_eq!(pairs(&negative), [(-1635, 4), (-1487, 4)]);
    assert_eq!(negative.quantile(0.1), -100.0);
}

#[test]
fn a_share_outside_0_to_1_is_the_minimum_or_the_maximum() {
    let values = sketch([3.0, 1.0, 2.0]);
    for q in [0.0, -1.0, f64::NEG_INFINITY, f64::NAN] {
        assert_eq!(values.quantile(q), 1.0);
    }
    for q in [1.0, 2.0, f64::INFINITY] {
        assert_eq!(values.quantile(q), 3.0);
    }
    assert_eq!(sketch([]).quantile(0.5), 0.0);
}

#[test]
fn a_rank_beyond_the_bins_is_the_maximum() {
    let (mut summary, store) = sketch([1.0, 2.0]).into_parts();
    summary.count = 100;
    assert_eq!(Sketch::from_parts(summary, store).quantile(0.9), 2.0);
}

#[test]
fn whole_percents_of_101_values_have_whole_ranks() {
    let keys = sketch((1..=101).map(mapping::value));
    for percent in 1..100i16 {
        assert_eq!(keys.quantile(f64::from(percent) / 100.0), mapping::value(percent + 1));
    }
}

#[test]
fn a_sampled_value_counts_by_the_whole_part_of_its_weight() {
    let mut sampled = sketch([]);
    sampled.insert_n(2.0, 1.0 / 0.1);
    sampled.insert_n(2.0, 1.0 / 0.3);
    assert_eq!(pairs(&sampled), [(1383, 13)]);
    let Summary { count, sum, min, max, avg } = sampled.summary();
    assert_eq!((count, min, max, avg), (13, 2.0, 2.0, 2.0));
    assert!((sum - 2.0 * (10.0 + 1.0 / 0.3)).abs() < 1e-9);
}

#[test]
fn absurd_weights_saturate_or_change_nothing() {
    let mut absurd = sketch([]);
    for n in [0.0, 0.999, -5.0, f64::NAN, f64::NEG_INFINITY] {
        absurd.insert_n(1.0, n);
    }
    assert!(absurd.is_empty());
    assert_eq!(absurd.bins().len(), 0);
    absurd.insert_n(1.0, f64::INFINITY);
    absurd.insert_n(1.0, 1e300);
    assert_eq!(absurd.summary().count, Summary::MOST);
    assert_eq!(absurd.bins().len(), 4096);
    assert_eq!(absurd.quantile(0.5), 1.0);
}

#[test]
fn values_that_are_not_finite_are_ignored() {
    let values = sketch([f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!(values, sketch([]));
}

#[test]
fn summaries_keep_count_sum_range_and_average() {
    let values = sketch([4.0, -2.0, 7.0]);
    let Summary { count, sum, min, max, avg } = values.summary();
    assert_eq!((count, sum, min, max, avg), (3, 9.0, -2.0, 7.0, 3.0));
    let mut merged = sketch([1.0]);
    merged.merge(&values);
    let Summary { count, sum, min, max, avg } = merged.summary();
    assert_eq!((count, sum, min, max, avg), (4, 10.0, -2.0, 7.0, 2.5));
    merged.merge(&sketch([]));
    assert_eq!(merged.summary().count, 4);
    let mut empty = sketch([]);
    empty.merge(&values);
    assert_eq!(empty, values);
}

#[test]
fn columns_hold_keys_and_counts_and_a_key_may_repeat() {
    let mut columns = sketch([]);
    for key in [0, 1, 2, 2, 3, 4, 5, 8, 9] {
        columns.insert(mapping::value(key));
    }
    columns.insert_n(mapping::value(10), f64::from(u32::MAX));
    assert_eq!(columns.keys().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 8, 9, 10]);
    assert_eq!(columns.counts().collect::<Vec<_>>(), [1, 1, 2, 1, 1, 1, 1, 1, u32::MAX]);
    let mut full = sketch([0.0]);
    full.insert_n(0.0, f64::from(u32::MAX));
    assert_eq!(full.keys().collect::<Vec<_>>(), [0, 0]);
    assert_eq!(full.counts().collect::<Vec<_>>(), [1, u32::MAX]);
}

/// A value that a sketch can be given, from ordinary to absurd.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e4..1e4f64, Just(0.0), Just(f64::MAX), Just(f64::MIN_POSITIVE)]
}

fn any_weight() -> impl Strategy<Value = f64> {
    prop_oneof![Just(1.0), 1.0..50.0f64, 1e9..1e13f64, any::<f64>()]
}

proptest! {
    #[test]
    fn quantiles_of_positive_values_are_close_to_the_value_of_that_rank(
        mut values in prop::collection::vec((-6.0..12.0f64).prop_map(|e| 10f64.powf(e)), 1..500),
        q in 0.0..=1.0f64,
    ) {
        let estimate = sketch(values.iter().copied()).quantile(q);
        values.sort_by(f64::total_cmp);
        let exact = values[(q * (values.len() - 1) as f64).round_ties_even() as usize];
        let error = estimate / exact - 1.0;
        prop_assert!(-1.0 / 128.0 < error && error < 3.0 / 128.0, "{estimate} for {exact}: {error}");
    }

    #[test]
    fn quantiles_of_values_in_bins_of_their_own_are_within_one_128th(
        keys in prop::collection::btree_set(500..5000i16, 1..200),
        offset in -0.49..0.49f64,
        q in 0.0..=1.0f64,
    ) {
        let values: Vec<f64> = keys.iter().map(|&key| mapping::value(key) * mapping::GAMMA.powf(offset)).collect();
        let estimate = sketch(values.iter().copied()).quantile(q);
        let exact = values[(q * (values.len() - 1) as f64).round_ties_even() as usize];
        prop_assert!((estimate / exact - 1.0).abs() < 1.0 / 128.0, "{estimate} for {exact}");
    }

    #[test]
    fn a_merge_of_parts_has_the_bins_of_the_whole(
        values in prop::collection::vec((any_value(), 1.0..50.0f64, any::<bool>()), 0..200),
        limit in 1..64usize,
    ) {
        let mut whole = Sketch::new(vec![0; limit]);
        let mut parts = [Sketch::new(vec![0; limit]), Sketch::new(vec![0; limit])];
        for (value, n, side) in values {
            whole.insert_n(value, n);
            parts[usize::from(side)].insert_n(value, n);
        }
        let [mut left, right] = parts;
        left.merge(&right);
        prop_assert_eq!(pairs(&left), pairs(&whole));
        let (left, whole) = (left.summary(), whole.summary());
        prop_assert_eq!((left.count, left.min, left.max), (whole.count, whole.min, whole.max));
    }

    #[test]
    fn no_sequence_of_operations_panics_or_breaks_the_order_of_bins(
        operations in prop::collection::vec((0..5u8, any_value(), any_weight(), 0.0..1.0f64), 0..60),
        limit in 0..20usize,
    ) {
        let mut sketch = Sketch::new(vec![u64::MAX; limit]);
        let mut other = Sketch::new(vec![7; 3]);
        for (operation, value, n, q) in operations {
            match operation {
                0 => sketch.insert(value),
                1 => sketch.insert_n(value, n),
                2 => other.insert_n(value, n),
                3 => sketch.merge(&other),
                _ => other.merge(&sketch),
            }
            prop_assert!(sketch.bins().len() <= limit);
            prop_assert!(sketch.bins().map(|bin| bin.key).is_sorted());
            prop_assert!(sketch.bins().all(|bin| bin.n > 0));
            let Summary { min, max, .. } = sketch.summary();
            let quantile = sketch.quantile(q);
            prop_assert!(min <= quantile && quantile <= max);
        }
    }

    #[test]
    fn any_words_are_harmless(words in prop::collection::vec(any::<u64>(), 0..20), len in 0..30usize, key in any::<i16>(), n in any::<u64>(), q in any::<f64>()) {
        let mut store = super::Store::from_parts(words, len);
        store.insert(key, n);
        let summary = Summary { count: n, sum: q, min: q, max: -q, avg: q };
        Sketch::from_parts(summary, store).quantile(q);
    }
}
