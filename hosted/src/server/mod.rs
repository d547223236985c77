//! A DogStatsD server: sockets in, finished series out.
//!
//! ```text
//! sockets -> workers, each with its shard  --at the end of a bucket-->  flusher: merge, flush  -->  queue  -->  sink
//! ```
//!
//! What a user can rely on:
//! - a worker reads sockets and aggregates, and waits for nothing else: no lock, no allocation in steady state, no
//!   sink;
//! - memory is bounded: by [`Config::memory`] for series, and in bytes for every queue;
//! - nothing is lost without being counted in [`Stats`]: what the kernel drops, what is cut, refused, skipped, or too
//!   much for the sink;
//! - [`Server::stop`] reads what has arrived, flushes the open buckets, and hands everything to the sink before it
//!   returns;
//! - nothing is printed, and no input makes it panic.
//!
//! [`MemorySink`] shows a whole server in a few lines.

mod bucket;
mod builder;
mod clock;
mod config;
#[cfg(unix)]
mod connections;
mod error;
mod flusher;
mod intake;
mod monitor;
mod origin;
mod outlet;
mod pending;
mod queue;
mod report;
mod rules;
mod running;
mod shard;
mod sink;
mod socket;
mod source;
mod stats;
mod storage;
#[cfg(unix)]
mod stream;
mod sys;
mod telemetry;
mod worker;

pub use bucket::{Bucket, Histogram, Point, Series};
pub use builder::Builder;
pub use config::{Config, Memory};
pub use error::StartError;
pub use monitor::Monitor;
pub use origin::{Entity, OriginSettings, SharedTags, TagTable, Tagger};
pub use report::ParseReport;
pub use rules::{Editor, Rules};
pub use running::{Address, Change, Listener, Server};
pub use sink::{MemorySink, Sink};
pub use socket::ListenerKind;
pub use stats::{By, Kind, MessageKind, Number, Stats};
pub use storage::Growing;
