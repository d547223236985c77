//! The properties: each is one function that panics, and says what it saw, where the property does not hold.
//!
//! Replay of seeds, random tests and libFuzzer call the same functions.

mod framing;
mod sketch;
mod wire;

pub use framing::{decode, framing_split};
pub use sketch::sketch_error_bound;
pub use wire::{cut_anywhere, equals_naive, never_panics, round_trip, sanitised_is_one_line};
