//! A DogStatsD client: calls in, datagrams out, whatever the threads, forks and faults.
//!
//! ```text
//! call by name -> client of the lane: aggregated, or a line --.
//! handle -> a number or a ring of the thread -------------------+-- flush --> merged, written, packed --> Sender --> Transport
//! ```
//!
//! What a user can rely on:
//! - a call does not wait for the network, is no error for a fault of it, and never panics; in steady state it allocates nothing;
//! - what one thread does costs another one nothing: each of the first 31 threads gathers in a place of its own;
//! - what was called arrives, or [`Client::stats`] says how much of it did not leave this process;
//! - dropping the client, and the end of the process for one in a `static`, sends what waits, for a bounded time;
//! - after a `fork` parent and child both go on: nothing is sent twice, nothing is lost, and the fork waits for nothing;
//! - memory is bounded, and nothing is printed.
//!
//! # Example
//!
//! Client and server:
//!
//! ```
//! use basenji::client::Client;
//! use basenji::server::{MemorySink, Point, Server};
//!
//! let sink = MemorySink::default();
//! let server = Server::builder().udp("127.0.0.1:0")?.start(sink.clone())?;
//!
//! // Without `to` it sends where the environment says, and else to localhost:8125.
//! let client = Client::builder().to(&format!("udp://127.0.0.1:{}", server.port()))?.prefix("shop.").tag("env:dev").build()?;
//! client.count("visits", 1, &["page:home"]);
//! client.timing("render", 12.5, &[]);
//!
//! // Where each nanosecond counts: name and tags are looked up once.
//! let visits = client.counter("visits", &["page:home"]);
//! visits.add(2);
//!
//! // Without this it happens every two seconds, and when the client is dropped.
//! client.flush();
//! server.stop();
//! let buckets = sink.buckets();
//! let visits = buckets.iter().flat_map(|bucket| bucket.series()).find(|series| series.name == b"shop.visits");
//! assert!(matches!(visits.unwrap().point, Point::Count(3.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Below the client stand an [`Address`], which is opened as a [`Transport`], and a [`Sender`], which has a queue and a thread; each can be
//! used alone.

mod address;
mod builder;
#[expect(clippy::module_inception, reason = "the file of the type `Client`, in the room of all that is the client's")]
mod client;
mod config;
mod gather;
mod handle;
mod outlet;
#[cfg(feature = "metrics")]
mod recorder;
mod sender;
mod set;
#[allow(unsafe_code, reason = "the room for it")]
mod sys;
mod thread;
mod transport;

pub use address::{Address, AddressError, AddressProblem, DEFAULT_PORT, Environment, EnvironmentProblem};
pub use builder::{BuildError, Builder};
pub use client::{Client, close_all, with_tags};
pub use config::Profile;
pub use handle::{Counter, Gauge, Literal, SampleHandle, Series};
#[cfg(feature = "metrics")]
pub use recorder::Recorder;
pub use sender::{Lifetime, Lost, Overflow, Sender, SenderConfig, SenderStats, Tally, Trouble, TroubleHook, Troubles};
pub use transport::*;

pub use crate::container::container_id;
pub use basenji_core::client::{Aggregation, CheckCall, Counters, Dialect, EventCall, MetricCall, Value};
