#![no_std]
#![forbid(unsafe_code)]
//! DogStatsD without an operating system.

#[cfg(test)]
extern crate std;

pub mod aggregate;
pub mod client;
mod error;
mod shift;
pub mod sketch;
mod time;
pub mod wire;

pub use error::{ErrorKind, Full, ParseError};
pub use time::Time;
