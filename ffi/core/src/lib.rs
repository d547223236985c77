#![no_std]
#![allow(non_camel_case_types)]
//! The C ABI of the parts that need no operating system: statuses, parser, writer, aggregator, sketch and emitter.
//!
//! `ffi/README.md` has the conventions. A function here does a bounded amount of work, allocates nothing, and never panics.

mod aggregator;
mod bytes;
mod calls;
mod counters;
mod emit;
mod emitter;
mod fields;
mod guard;
mod lock;
mod memory;
mod message;
pub mod options;
#[cfg(feature = "freestanding")]
mod panic;
mod series;
mod sketch;
mod status;
mod uniques;
mod values;
mod writer;

pub use aggregator::*;
pub use bytes::{bj_bytes, bj_text, bytes, given, input, output, string};
pub use calls::*;
pub use counters::bj_client_counters;
pub use emit::bj_on_send;
pub use emitter::*;
pub use fields::*;
pub use message::*;
pub use options::{Options, switch};
pub use series::{Quantiles, bj_on_series, bj_series, bj_series_quantile};
pub use sketch::*;
pub use status::*;
pub use uniques::*;
pub use values::*;
pub use writer::*;
