//! A DogStatsD server: sockets in, finished series out.
//!
//! ```text
//! sockets -> workers, each with its shard  --at the end of a bucket-->  flusher: merge, flush  --a queue each-->  sinks
//! ```
//!
//! What a user can rely on:
//! - a worker reads sockets and aggregates, and waits for nothing else: no lock, no allocation in steady state, no
//!   sink;
//! - memory is bounded: by [`Config::memory`] for series, and in bytes for every queue;
//! - nothing is lost without being counted in [`Stats`]: what the kernel drops, what is cut, refused, skipped, or too
//!   much for a sink, and [`SinkStats`] tells which;
//! - several sinks share the buckets, and a slow one delays neither the others nor the sockets;
//! - [`Server::stop`] reads what has arrived, flushes the open buckets, and hands everything to the sinks before it
//!   returns;
//! - nothing is printed, and no input makes it panic.
//!
//! [`MemorySink`] shows a whole server in a few lines.

mod amount;
mod arrival;
mod bucket;
mod builder;
mod cell_shares;
mod census;
mod change;
mod clock;
mod config;
#[cfg_attr(not(unix), path = "no_connections.rs")]
mod connections;
mod engine;
mod error;
mod feeds;
mod flusher;
mod footprint;
mod intake;
mod ledger;
mod look;
mod merger;
mod monitor;
mod origin;
mod pace;
mod pending;
mod queue;
mod refusals;
mod report;
mod rules;
mod running;
mod scopes;
mod set;
mod shard;
mod sink;
mod socket;
mod source;
mod stats;
mod storage;
#[cfg(unix)]
mod stream;
#[allow(unsafe_code, reason = "the room for it")]
mod sys;
mod telemetry;
mod threads;
mod worker;

pub use amount::Amount;
pub use arrival::Arrival;
pub use bucket::{Bucket, Histogram, Point, Series};
pub use builder::Builder;
pub use change::Change;
pub use config::{Config, FairShares};
pub use engine::Engine;
pub use error::StartError;
pub use monitor::Monitor;
pub use origin::{Entity, OriginSettings, SharedTags, TagTable, Tagger};
pub use refusals::{Refusals, Worst};
pub use report::{Origin, ParseReport};
pub use rules::{Editor, Rules};
pub use running::{Address, Listener, Server};
pub use sink::{MemorySink, Sink, SinkStats};
pub use socket::ListenerKind;
pub use stats::{Account, By, Kind, MessageKind, Number, Stats};
pub use sys::limit_arenas;
pub use threads::Death;

pub use crate::memory::{Growing, Memory};
