//! Client and server over real sockets: DogStatsD for hosted programs.
//!
//! [`core`] has the protocol, the sketch and the aggregation, without an operating system; here are sockets, threads
//! and the clock. There is no async runtime: everything is threads and blocking calls, so that it loads into any
//! process without bringing a second scheduler.

pub use basenji_core as core;

pub mod client;
mod container;
pub mod server;
mod sketch;

pub use sketch::OwnedSketch;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The examples of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct HostedReadme;
