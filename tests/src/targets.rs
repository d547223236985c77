//! The fuzz targets: what each does with an input. libFuzzer and the replay of `fuzz/seeds` call these.

use crate::check;
use crate::generate::{Choices, datagram};

/// What a target does with an input.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also its file in `fuzz/fuzz_targets` and its folder in `fuzz/seeds`.
pub const ALL: [(&str, Target); 9] = [
    ("parse", parse),
    ("round_trip", round_trip),
    ("differential", differential),
    ("aggregate", aggregate),
    ("framing", framing),
    ("client", client),
    ("c_client", c_client),
    ("c_core", c_core),
    ("states", states),
];

/// A datagram: nothing panics, and a cut harms no whole line.
pub fn parse(bytes: &[u8]) {
    check::never_panics(bytes);
    check::cut_anywhere(bytes);
}

/// A datagram: what is written reads as the same. Parts of messages, cut at `\x00`: sanitised, they are one line.
pub fn round_trip(bytes: &[u8]) {
    check::round_trip(bytes);
    check::round_trip(&datagram(&mut Choices::new(bytes)));
    check::sanitised_is_one_line(bytes);
}

/// A datagram, a number or the text of an origin field: the core and its naive twin agree.
pub fn differential(bytes: &[u8]) {
    check::equals_naive(bytes);
    check::equals_naive(&datagram(&mut Choices::new(bytes)));
}

/// Operations, see [`crate::script`]: the aggregator equals a naive one, so do two that are merged, and one of too little memory counts what it
/// refuses.
pub fn aggregate(bytes: &[u8]) {
    check::aggregate_ops(bytes);
    check::merge_is_single(bytes);
    check::small_memory_counts_what_it_refuses(bytes);
}

/// A limit, a split and a stream: see [`check::framing_split`].
pub fn framing(bytes: &[u8]) {
    check::framing_split(bytes);
}

/// A call: it is one line in every dialect, and in ours one message.
pub fn client(bytes: &[u8]) {
    check::a_call_is_one_line(bytes);
    check::a_safe_call_is_one_message(bytes);
    check::a_call_in_a_dialect_made_safe_is_one_message(bytes);
}

/// Calls of the C ABI's client, with texts, options and handles that may be wrong: each is a status, and either one good message or nothing.
pub fn c_client(bytes: &[u8]) {
    #[cfg(target_os = "linux")]
    check::c_client(bytes);
    #[cfg(not(target_os = "linux"))]
    let _ = bytes;
}

/// Operations, see [`crate::c_script`]: libbasenji_core does what it wraps, in the memory that it was given.
pub fn c_core(bytes: &[u8]) {
    check::c_calls_are_what_they_wrap(bytes);
}

/// A state of any form: it is refused with a place, or kept.
pub fn states(bytes: &[u8]) {
    check::states_are_refused_or_kept(bytes);
}
