//! The properties of the sketch under random values and sample rates.

use basenji_tests::check;
use proptest::collection::vec;
use proptest::prelude::*;

/// Values of all sizes, and crowds of values near each other.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let wide = vec(
        prop_oneof![(-9.0..12.0f64).prop_map(|size| 10f64.powf(size)), any::<f64>(), (-50..50i32).prop_map(f64::from)],
        0..200,
    );
    let narrow = (0.1..1e6f64, vec(1.0..1.1f64, 1..200))
        .prop_map(|(base, factors)| factors.iter().map(|factor| base * factor).collect());
    let negative = vec(-1e3..1e3f64, 0..200);
    prop_oneof![wide, narrow, negative]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quantiles_are_within_the_width_of_a_bin(values in values()) {
        check::sketch_error_bound(&values, &[]);
    }

    #[test]
    fn sampled_values_count_as_often_as_their_rate_says(values in values(), rates in vec(0.001..1.2f64, 0..200)) {
        check::sketch_error_bound(&values, &rates);
    }
}
