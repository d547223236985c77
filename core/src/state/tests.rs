//! Known answers that the real engines have given or taken, and round trips.

use super::exponential::{SCHEMA, ZERO_THRESHOLD, index, key};
use super::{Fault, Form, StateError, most_bytes, read, read_uniques, write, write_uniques};
use crate::sketch::mapping::{BIAS, GAMMA, MAX_KEY, value};
use crate::sketch::{Sketch, Summary};
use crate::uniques::Uniques;
use proptest::prelude::*;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

fn sketch(values: &[f64]) -> Sketch<Vec<u64>> {
    let mut sketch = Sketch::new(vec![0; 4096]);
    values.iter().for_each(|value| sketch.insert(*value));
    sketch
}

fn written(sketch: &Sketch<Vec<u64>>, form: Form) -> Vec<u8> {
    let mut bytes = vec![0xaa; most_bytes(sketch, form)];
    let len = write(sketch, form, &mut bytes).unwrap();
    bytes.truncate(len);
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn again(sketch: &Sketch<Vec<u64>>, form: Form) -> Result<Sketch<Vec<u64>>, StateError> {
    read(&written(sketch, form), form, vec![7; 4096])
}

fn refused(bytes: &[u8], form: Form) -> (Fault, usize) {
    let error = read(bytes, form, [0; 16]).map(|_| ()).unwrap_err();
    (error.fault, error.offset)
}

#[test]
fn the_bytes_are_those_that_the_engines_have_taken() {
    // The sum is the one that these answers were made with.
    let (summary, store) = sketch(&[-100.0, 0.0, 1.0, 2.0, 3.0]).into_parts();
    let five = Sketch::from_parts(Summary { sum: -92.0, ..summary }, store);
    // A page that Prometheus 3.16 has scraped, without the name around it.
    assert_eq!(
        hex(&written(&five, Form::Prometheus)),
        "08051100000000000057c0280c31111360427914013e38014a0508d406100152010262021001620508800110016204084810016a03020000"
    );
    // What the Collector, Prometheus and VictoriaMetrics have taken, in the order of our fields.
    let otlp = hex(&written(&five, Form::Otlp));
    assert!(otlp.starts_with("2105000000000000002900000000000057c0300c390100000000000000426b0801126701"), "{otlp}");
    assert!(otlp.ends_with("014a0608d2061201016100000000000059c069000000000000084071111360427914013e"), "{otlp}");
    // The Agent's own module and payload.
    let agent = hex(&written(&sketch(&[1.0, 2.0]), Form::Agent));
    assert_eq!(
        agent,
        "100219000000000000f03f21000000000000004029000000000000f83f3100000000000008403a04f414ce1542020101"
    );
    // `hex(state)` of ClickHouse 26.9.
    assert_eq!(
        hex(&written(&sketch(&[1.0, 2.0]), Form::ClickHouse)),
        "02000000000040f03f000000000000000001040200000000000000f03f5a000000000000f03f030400040000000000000000"
    );
    assert_eq!(
        hex(&written(&sketch(&[-100.0, 0.0, 0.0, 1.0, 1.0, 1.0]), Form::ClickHouse)),
        "02000000000040f03f0000000000000000010401000000000000000840030401d204000000000000f03f040000000000000040"
    );
    // Our own, by hand: count, sum, minimum, maximum, average, two bins.
    let compact = written(&sketch(&[1.0, 2.0]), Form::Compact);
    assert_eq!(
        hex(&compact[..compact.len() - 4]),
        "ba5e0101020000000000000840000000000000f03f0000000000000040000000000000f83f02f414012d01"
    );
    assert_eq!(hex(&written(&sketch(&[]), Form::Compact))[..10], *"ba5e010100");
}

#[test]
fn what_clickhouse_writes_for_no_values_and_for_neighbours_is_read() {
    let empty = "02000000000040f03f0000000000000000010c00feffffff0f02030c00feffffff0f02040000000000000000";
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    assert!(read(&bytes(empty), Form::ClickHouse, [0; 4]).unwrap().is_empty());
    let neighbours = "02000000000040f03f0000000000000000010c030002000000000000f03f00000000000000000000000000000040030400040000000000000000";
    let read = read(&bytes(neighbours), Form::ClickHouse, [0; 4]).unwrap();
    assert_eq!(read.bins().map(|bin| (bin.key, bin.n)).collect::<Vec<_>>(), [(1338, 1), (1340, 2)]);
    assert_eq!((read.summary().count, read.summary().min, read.summary().max), (3, 1.0, value(1340)));
}

#[test]
fn no_two_keys_share_a_bucket_and_each_bucket_gives_its_key_back() {
    let bound = |index: i32| f64::from(index) / f64::from(1 << SCHEMA);
    for k in 1..=MAX_KEY {
        let at = index(k);
        assert!(k == MAX_KEY || index(k + 1) > at, "{k}");
        let logarithm = value(k).log2();
        assert!(bound(at - 1) < logarithm + 1e-12 && logarithm <= bound(at) + 1e-12, "{k}");
        // No value of the bin is further from what the bucket stands for than 1.33 %.
        let middle = bound(at) - 0.5 / f64::from(1 << SCHEMA);
        let furthest = (logarithm - middle).abs() + GAMMA.log2() / 2.0;
        assert!(furthest.exp2() - 1.0 < 0.0134, "{k}");
        assert_eq!(key(at.into(), SCHEMA.into()), k);
    }
    assert_eq!((index(BIAS), index(BIAS + 1), index(1)), (0, 2, -1913));
    assert!((f64::from(index(1) - 1) / f64::from(1 << SCHEMA)).exp2() > ZERO_THRESHOLD);
    assert_eq!(ZERO_THRESHOLD, 4.970927044560725e-10);
    for (odd, schema) in [(i64::MIN, 0), (i64::MAX, i64::MIN), (0, i64::MAX), (i64::MAX, 64)] {
        assert!(key(odd, schema) >= 0);
    }
}

#[test]
fn corrupt_states_are_refused_with_a_reason_and_a_place() {
    let good = written(&sketch(&[1.0, 2.0, 700.0]), Form::Compact);
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        refused(&bytes, Form::Compact)
    };
    assert_eq!(refused(b"", Form::Compact), (Fault::Cut, 0));
    assert_eq!(changed(0, b'{'), (Fault::Form, 0));
    assert_eq!(changed(2, 2), (Fault::Kind, 2));
    assert_eq!(changed(3, 9), (Fault::Version, 3));
    // One value in the summary less than there are bins.
    assert_eq!(changed(6, 1), (Fault::Checksum, good.len() - 4));
    // No bin counts nothing.
    assert_eq!(changed(40, 0), (Fault::Number, 40));
    for len in 0..good.len() {
        assert!(read(&good[..len], Form::Compact, [0; 16]).is_err(), "{len} bytes");
    }
    let longer: Vec<u8> = good.iter().copied().chain([0]).collect();
    assert_eq!(refused(&longer, Form::Compact), (Fault::Trailing, good.len() - 4));

    // Keys 1338 and 1337; a count without a key; counts that are more than all.
    assert_eq!(refused(b"\x10\x02\x3a\x04\xf4\x14\xf2\x14\x42\x02\x01\x01", Form::Agent), (Fault::Order, 6));
    assert_eq!(refused(b"\x10\x02\x3a\x02\xf4\x14\x42\x02\x01\x01", Form::Agent), (Fault::Count, 9));
    assert_eq!(refused(b"\x10\x01\x3a\x02\xf4\x14\x42\x01\x02", Form::Agent), (Fault::Count, 0));
    assert_eq!(refused(b"\x11\x01", Form::Agent), (Fault::Cut, 2));
    assert_eq!(refused(b"\x0d\0\0\0\0\x0b", Form::Agent), (Fault::Field, 5));
    assert_eq!(refused(b"\x42\x00\x42\x04\x12\x02\x80\x80", Form::Otlp), (Fault::Cut, 8));
    assert_eq!(refused(b"\x62\x02\x10\x05\x6a\x01\x02", Form::Prometheus), (Fault::Count, 0));
    assert_eq!(refused(b"\x21\0\0\0\0\0\0\0\0", Form::Prometheus), (Fault::Field, 0));
    assert_eq!(refused(b"\x01", Form::ClickHouse), (Fault::Form, 0));
    assert_eq!(refused(&[2, 0, 0, 0, 0, 0, 0, 0, 0], Form::ClickHouse), (Fault::Width, 1));
}

#[test]
fn too_few_bytes_are_full_and_enough_are_enough() {
    let most = f64::from(u32::MAX);
    let mut wide = sketch(&[f64::MAX, f64::MIN, 1e-9, -1e200, 0.0]);
    (0..3000).for_each(|n| wide.insert_n(1.1_f64.powi(n % 300) - 50.0, most));
    for &form in Form::ALL {
        for sketch in [&wide, &sketch(&[]), &sketch(&[1.0])] {
            let bytes = written(sketch, form);
            for len in (0..bytes.len()).step_by(bytes.len() / 50 + 1) {
                assert!(write(sketch, form, &mut vec![0; len]).is_err(), "{form:?} in {len} bytes");
            }
        }
    }
}

#[test]
fn a_smaller_storage_collapses_as_a_smaller_sketch_does() {
    let values: Vec<f64> = (1..500).map(f64::from).collect();
    let all = sketch(&values);
    let mut small = Sketch::new([0; 16]);
    small.merge(&all);
    let read = read(&written(&all, Form::Compact), Form::Compact, [0; 16]).unwrap();
    assert!(read == small);
}

#[test]
fn uniques_travel_in_as_few_bytes_as_they_need_and_are_refused_when_corrupt() {
    for members in [0, 1, 10, 1000, 100_000] {
        let mut uniques = Uniques::new(vec![0; 2048]);
        (0..members).for_each(|member: u32| uniques.insert(&member.to_le_bytes()));
        let mut bytes = vec![0; 16_384 + 16];
        let len = write_uniques(&uniques, &mut bytes).unwrap();
        assert!(len <= 16 + (2 * members as usize + members.min(300) as usize).min(16_384), "{members}: {len}");
        assert!(read_uniques(&bytes[..len], vec![0; 2048]).unwrap() == uniques);
        let mut folded = Uniques::new([0; 64]);
        assert!(folded.merge(&uniques));
        assert!(read_uniques(&bytes[..len], [0; 64]).unwrap() == folded);
        let error = read_uniques(&bytes[..len], vec![0; 4096]).map(|_| ()).unwrap_err();
        assert_eq!((error.fault, error.offset), (Fault::Width, 4));
        for cut in (0..len).step_by(len / 20 + 1) {
            assert!(read_uniques(&bytes[..cut], vec![0; 2048]).is_err());
            assert!(write_uniques(&uniques, &mut vec![0; cut]).is_err());
        }
        bytes[len / 2] ^= 1;
        assert!(read_uniques(&bytes[..len], vec![0; 2048]).is_err(), "{members}");
    }
}

/// A value that a sketch can be given, from ordinary to absurd.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e4..1e4f64, Just(0.0), Just(f64::MAX), Just(f64::MIN_POSITIVE)]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        values in prop::collection::vec((any_value(), prop_oneof![9 => 1.0..50.0f64, 1 => 1e9..1e13f64]), 0..200),
    ) {
        let mut whole = sketch(&[]);
        values.iter().for_each(|(value, n)| whole.insert_n(*value, *n));
        for form in [Form::Compact, Form::Agent] {
            let (read, sum) = (again(&whole, form).unwrap(), whole.summary().sum);
            // A sum that is no number is not equal to itself.
            prop_assert!(read == whole || sum.is_nan() && read.summary().sum.is_nan() && read.bins().eq(whole.bins()));
        }
        let is_finite = |bin: &crate::sketch::Bin| bin.key.abs() <= MAX_KEY;
        for form in [Form::Otlp, Form::Prometheus, Form::ClickHouse] {
            let read = again(&whole, form).unwrap();
            // ClickHouse counts in doubles.
            let is_exact = form != Form::ClickHouse || whole.summary().count < 1 << 53;
            prop_assert!(!is_exact || read.bins().eq(whole.bins().filter(is_finite)), "{:?}", form);
            let Summary { count, sum, min, max, .. } = whole.summary();
            if form == Form::Otlp && count > 0 {
                let other = read.summary();
                prop_assert_eq!((other.count, other.sum.to_bits(), other.min, other.max), (count, sum.to_bits(), min, max));
            }
        }
    }

    #[test]
    fn a_changed_byte_of_a_compact_state_is_found(values in prop::collection::vec(any_value(), 0..50), at in any::<usize>(), bit in 0..8u8) {
        let mut bytes = written(&sketch(&values), Form::Compact);
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(read(&bytes, Form::Compact, [0; 64]).is_err());
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200), limit in 0..20usize) {
        for &form in Form::ALL {
            if let Ok(read) = read(&bytes, form, vec![0; limit]) {
                prop_assert!(read.bins().map(|bin| bin.key).is_sorted());
            }
        }
        let _ = read_uniques(&bytes, [0; 2]);
    }
}
