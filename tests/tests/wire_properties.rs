//! The properties of the wire under random bytes: any bytes, and lines that are mostly good.

use basenji_tests::check;
use basenji_tests::generate::{Choices, datagram};
use basenji_tests::naive::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

fn any_bytes() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..200).prop_map(Bytes)
}

/// Lines and their mistakes, made out of random choices.
fn datagrams() -> impl Strategy<Value = Bytes> {
    vec(any::<u8>(), 0..120).prop_map(|bytes| Bytes(datagram(&mut Choices::new(&bytes))))
}

/// Texts of the few bytes that mean something, where chance finds more than among all bytes.
fn protocol_bytes() -> impl Strategy<Value = Bytes> {
    vec(prop::sample::select(&b"_sce{}m:|#@T,\\n\r\n0123.-+x\xff"[..]), 0..60).prop_map(Bytes)
}

fn number_texts() -> impl Strategy<Value = Bytes> {
    "[-+]?(0[xX])?[0-9a-f_]{0,30}[.]?[0-9a-f_]{0,30}([eEpP][-+]?[0-9_]{0,5})?".prop_map(|text| Bytes(text.into_bytes()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop_oneof![any_bytes(), datagrams(), protocol_bytes()]) {
        check::never_panics(&bytes.0);
    }

    #[test]
    fn what_is_written_reads_as_the_same(bytes in prop_oneof![any_bytes(), datagrams(), protocol_bytes()]) {
        check::round_trip(&bytes.0);
    }

    #[test]
    fn the_core_equals_its_naive_twin(bytes in prop_oneof![any_bytes(), datagrams(), protocol_bytes(), number_texts()]) {
        check::equals_naive(&bytes.0);
    }

    #[test]
    fn a_cut_anywhere_harms_no_whole_line(bytes in prop_oneof![any_bytes(), datagrams(), protocol_bytes()]) {
        check::cut_anywhere(&bytes.0);
    }

    #[test]
    fn a_sanitised_message_is_one_line(bytes in prop_oneof![any_bytes(), datagrams(), protocol_bytes()]) {
        check::sanitised_is_one_line(&bytes.0);
    }
}
