#![no_std]
#![allow(non_camel_case_types)]
//! The C ABI of the parts that need no operating system: statuses and the parser.
//!
//! `ffi/README.md` has the conventions. A function here does a bounded amount of work, allocates nothing, and never panics.

mod bytes;
mod message;
#[cfg(feature = "freestanding")]
mod panic;
mod status;
mod values;

pub use bytes::{bj_bytes, bytes, input, output};
pub use message::*;
pub use status::*;
pub use values::*;
