//! The properties: each is one function that panics, and says what it saw, where the property does not hold.
//!
//! Replay of seeds, random tests and libFuzzer call the same functions.

mod aggregate;
#[cfg(target_os = "linux")]
mod c_client;
mod c_core;
mod client;
mod framing;
mod points;
mod sketch;
mod states;
mod storage;
mod wire;

pub use aggregate::{aggregate_ops, merge_is_single, small_memory_counts_what_it_refuses};
#[cfg(target_os = "linux")]
pub use c_client::c_client;
pub use c_core::c_calls_are_what_they_wrap;
pub use client::{a_call_in_a_dialect_made_safe_is_one_message, a_call_is_one_line, a_safe_call_is_one_message};
pub use framing::{decode, framing_split};
pub use sketch::sketch_error_bound;
pub use states::states_are_refused_or_kept;
pub use storage::Growing;
pub use wire::{cut_anywhere, equals_naive, never_panics, round_trip, sanitised_is_one_line};
