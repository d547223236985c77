//! Tests of the store.

use super::{Bin, Store, mapping};
use std::{string::String, vec, vec::Vec};

const MAX: u64 = u32::MAX as u64;

/// A store of bins as sketch tables write them: `1:3 2:max 3:max-1`.
fn store(capacity: usize, text: &str) -> Store<Vec<u64>> {
    let words: Vec<u64> = text.split_whitespace().map(word).collect();
    let len = words.len();
    let mut storage = words;
    storage.resize(capacity.max(len), u64::MAX);
    Store::from_parts(storage, len)
}

fn word(bin: &str) -> u64 {
    let (key, n) = bin.split_once(':').unwrap();
    let n = match n.strip_prefix("max") {
        Some("") => u32::MAX,
        Some(minus) => u32::MAX - minus[1..].parse::<u32>().unwrap(),
        None => n.parse().unwrap(),
    };
    Bin { key: key.parse().unwrap(), n }.word()
}

fn text(store: &Store<Vec<u64>>) -> String {
    let bins: Vec<String> = store
        .bins()
        .map(|Bin { key, n }| match u32::MAX - n {
            0 => std::format!("{key}:max"),
            less @ 1..=9 => std::format!("{key}:max-{less}"),
            _ => std::format!("{key}:{n}"),
        })
        .collect();
    bins.join(" ")
}

fn total(store: &Store<Vec<u64>>) -> u64 {
    store.bins().map(|bin| u64::from(bin.n)).sum()
}

#[test]
fn keys_are_inserted_in_order_and_a_remainder_stands_before_full_bins() {
    for (start, keys, result) in [
        ("", vec![0, 0, 0, 1, 2, 5, 9], "0:3 1:1 2:1 5:1 9:1"),
        ("0:2", vec![-1, -2, -3], "-3:1 -2:1 -1:1 0:2"),
        ("0:2", vec![0, 0], "0:4"),
        ("0:max", vec![0], "0:1 0:max"),
        ("0:max 0:max", vec![0], "0:1 0:max 0:max"),
        ("0:1 0:max 0:max", vec![0, 0], "0:3 0:max 0:max"),
        ("1:1 3:1 4:1 5:1 6:1 7:1", vec![2, 3], "1:1 2:1 3:2 4:1 5:1 6:1 7:1"),
        ("1:1 3:1", vec![2, 2, 2], "1:1 2:3 3:1"),
        ("0:max-3", vec![0, 0, 0, 0, 0], "0:2 0:max"),
    ] {
        let mut one_by_one = store(16, start);
        for &key in &keys {
            one_by_one.insert(key, 1);
        }
        assert_eq!(text(&one_by_one), result, "{start} and {keys:?}");
    }
    let mut at_once = store(16, "0:max-3");
    at_once.insert(0, 5);
    assert_eq!(text(&at_once), "0:2 0:max");
}

#[test]
fn counts_that_fill_bins_exactly_leave_no_remainder() {
    let mut bins = store(8, "");
    bins.insert(3, MAX);
    assert_eq!(text(&bins), "3:max");
    bins.insert(3, MAX);
    assert_eq!(text(&bins), "3:max 3:max");
    bins.insert(4, 3 * MAX);
    assert_eq!(text(&bins), "3:max 3:max 4:max 4:max 4:max");
}

#[test]
fn merged_bins_add_up() {
    for (left, right, limit, result) in [
        ("1:1", "", 9, "1:1"),
        ("", "1:1", 9, "1:1"),
        ("1:3", "1:2", 9, "1:5"),
        ("1:max-1", "1:max-2", 9, "1:max-3 1:max"),
        ("1:1 2:1 3:1", "5:1 6:1 10:1", 9, "1:1 2:1 3:1 5:1 6:1 10:1"),
        ("0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 10:1", "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1", 3, "8:18 9:2 10:1"),
    ] {
        let mut into = store(limit, "");
        into.merge(&store(0, left));
        into.merge(&store(0, right));
        assert_eq!(text(&into), result, "{left} and {right}");
    }
}

#[test]
fn the_lowest_bins_collapse_at_the_limit_and_lose_only_what_a_bin_cannot_count() {
    for (limit, before, after, lost) in [
        (2, "5:10 6:20", "5:10 6:20", 0),
        (2, "0:2 1:3 2:4 3:5", "2:9 3:5", 0),
        (2, "-3:5 -2:3 -1:2 0:1", "-1:10 0:1", 0),
        (4, "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1", "6:7 7:1 8:1 9:1", 0),
        (1, "0:50000 1:50000 2:1", "2:100001", 0),
        (1, "0:max 1:1", "1:max", 1),
        (2, "1:max 2:max 3:max", "2:max 3:max", MAX),
        (3, "1:max 1:max 1:1 2:max 3:1 4:1", "2:max 3:1 4:1", 2 * MAX + 1),
    ] {
        let whole = store(0, before);
        let mut ascending = store(limit, "");
        ascending.merge(&whole);
        assert_eq!(text(&ascending), after, "{before} at {limit}");
        assert_eq!(total(&whole) - total(&ascending), lost, "{before} at {limit}");
        // Without losses the order does not matter.
        let mut descending = store(limit, "");
        for bin in whole.bins().rev() {
            descending.insert(bin.key, u64::from(bin.n));
        }
        if lost == 0 {
            assert_eq!(text(&descending), after, "{before} from the right at {limit}");
        }
    }
}

#[test]
fn a_key_below_all_others_in_a_full_store_counts_for_the_lowest() {
    let mut bins = store(2, "5:1 6:1");
    bins.insert(1, 4);
    assert_eq!(text(&bins), "5:5 6:1");
    bins.insert(1, 3 * MAX);
    assert_eq!(text(&bins), "5:max 6:1");
}

#[test]
fn many_equal_keys_need_one_bin() {
    let mut bins = store(4096, "");
    bins.insert(42, 4096 * 65_535 + 1);
    assert_eq!(text(&bins), "42:268431361");
}

#[test]
fn no_count_makes_more_bins_than_the_limit() {
    let mut bins = store(4096, "");
    for key in 1..=5000 {
        bins.insert(key, 4096 * MAX);
    }
    assert_eq!(bins.len(), 4096);
    assert!(bins.bins().all(|bin| bin == Bin { key: 5000, n: u32::MAX }));
    bins.insert(5000, u64::MAX);
    assert!(bins.bins().all(|bin| bin == Bin { key: 5000, n: u32::MAX }));
}

#[test]
fn a_store_without_room_counts_nothing() {
    let mut bins = Store::new([0u64; 0]);
    bins.insert(1, u64::MAX);
    assert!(bins.is_empty());
}

#[test]
fn a_borrowed_block_is_a_store() {
    let mut block = [u64::MAX; 8];
    let mut borrowed = Store::new(&mut block[2..6]);
    borrowed.insert(7, 1);
    borrowed.insert(5, 2);
    let len = borrowed.len();
    let again = Store::from_parts(&block[2..6], len);
    assert_eq!(again.bins().collect::<Vec<_>>(), [Bin { key: 5, n: 2 }, Bin { key: 7, n: 1 }]);
    assert_eq!(block[1], u64::MAX);
    assert_eq!(block[6], u64::MAX);
}

#[test]
fn a_length_beyond_the_storage_is_all_of_it() {
    let mut bins = Store::from_parts([Bin { key: 1, n: 1 }.word(), Bin { key: 2, n: 1 }.word()], 99);
    assert_eq!(bins.len(), 2);
    bins.insert(3, 1);
    assert_eq!(bins.bins().collect::<Vec<_>>(), [Bin { key: 2, n: 2 }, Bin { key: 3, n: 1 }]);
}

#[test]
fn values_together_are_counted_as_one_after_the_other() {
    // Around a mode, far from it, without a key of their own, of both signs; often enough for full bins.
    let values: Vec<f64> = (0..4000u32)
        .map(|at| match at % 9 {
            0 => -f64::from(at),
            1 => 0.0,
            2 => f64::from(at) * 1e60,
            3 => f64::from(at) * 1e-9,
            _ => f64::from(at % 97) + 40.0,
        })
        .collect();
    for n in [0, 1, 3, u64::from(u32::MAX) / 3, u64::from(u32::MAX), u64::from(u32::MAX) + 9] {
        for limit in [1, 30, 4096] {
            let (mut together, mut one_by_one) = (Store::new(vec![0; limit]), Store::new(vec![0; limit]));
            for some in values.chunks(250) {
                together.insert_all(some, n);
                some.iter().for_each(|&value| one_by_one.insert(mapping::key(value), n));
                assert!(together.bins().eq(one_by_one.bins()), "{n} {limit}");
            }
        }
    }
}
