//! The properties of aggregation under random operations.

use basenji_tests::check;
use basenji_tests::generate::{Choices, script};
use basenji_tests::naive::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

/// Operations made out of random choices.
fn scripts() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..600).prop_map(|bytes| Bytes(script(&mut Choices::new(&bytes))))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_aggregator_equals_its_naive_twin(script in scripts()) {
        check::aggregate_ops(&script.0);
    }

    #[test]
    fn two_merged_aggregators_are_one(script in scripts()) {
        check::merge_is_single(&script.0);
    }

    #[test]
    fn memory_that_is_too_small_refuses_and_counts(script in scripts()) {
        check::small_memory_counts_what_it_refuses(&script.0);
    }
}
