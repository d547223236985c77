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

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub use error::{ErrorKind, Full, ParseError};
pub use time::Time;
