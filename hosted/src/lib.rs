//! A DogStatsD client and server for programs with an operating system.
//!
//! [`core`] has the protocol, the sketch and the aggregation, without an operating system; here are sockets, threads
//! and the clock. There is no async runtime: everything is threads and blocking calls, so that it loads into any
//! process without bringing a second scheduler.
//!
//! | for | begin with |
//! | --- | --- |
//! | a program that counts | [`client::Client`]: by name, or by handles for hot paths |
//! | libraries that count with the `metrics` facade | `client::Recorder`, with the feature `metrics` |
//! | a server, or a test suite that wants to see what is sent | [`server::Server`], and [`server::MemorySink`] |
//! | a server without sockets, threads and clock | [`server::Engine`] |
//! | quantiles of one's own, and states of them that travel | [`OwnedSketch`] |
//! | different members of one's own | [`OwnedUniques`] |
//!
//! A client's call never waits for the network and is no error for a fault of it; what does not arrive is counted. A server loses nothing without a
//! counter that says how much and why. Both have bounded memory, print nothing, and survive what threads, forks and the end of the process do to them.
//!
//! ```
//! use basenji::client::Client;
//! use basenji::server::{MemorySink, Point, Server};
//!
//! let sink = MemorySink::default();
//! let server = Server::builder().udp("127.0.0.1:0")?.start(sink.clone())?;
//! let client = Client::builder().to(&format!("udp://127.0.0.1:{}", server.port()))?.build()?;
//! client.count("page.views", 1, &["env:dev"]);
//! client.flush();
//! server.stop();
//!
//! let buckets = sink.buckets();
//! let views = buckets.iter().flat_map(|bucket| bucket.series()).find(|series| series.name == b"page.views");
//! assert!(matches!(views.unwrap().point, Point::Count(1.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]

pub use basenji_core as core;

mod channel;
pub mod client;
mod container;
mod deadline;
mod lock;
mod memory;
mod said;
pub mod server;
pub mod settings;
mod sketch;
#[allow(unsafe_code, reason = "the room for it")]
mod sys;
mod uniques;

pub use sketch::OwnedSketch;
pub use uniques::OwnedUniques;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The examples of this crate's README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct HostedReadme;
