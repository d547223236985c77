//! The property of the stream's framing under random streams.

use basenji_tests::check;
use proptest::collection::vec;
use proptest::prelude::*;

/// A limit, a split, and frames of which some are too long, empty or cut.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let frame = (prop_oneof![4 => Just(0i32), 1 => -2..3i32], vec(any::<u8>(), 0..40)).prop_map(|(lie, payload)| {
        let announced = (payload.len() as i32 + lie).max(0) as u32;
        [&announced.to_le_bytes()[..], &payload].concat()
    });
    (20..60u8, any::<u8>(), vec(frame, 0..8), 0..3usize).prop_map(|(limit, split, frames, cut)| {
        let mut bytes = [vec![limit, split], frames.concat()].concat();
        bytes.truncate(bytes.len() - cut.min(bytes.len()));
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn frames_are_the_same_however_the_stream_is_split(bytes in prop_oneof![streams(), vec(any::<u8>(), 0..60), vec(0..4u8, 0..60)]) {
        check::framing_split(&bytes);
    }
}
