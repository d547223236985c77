//! Aggregation: metrics in, one finished point a series and bucket out.
//!
//! A context is a name, a host, a kind and a set of tags; its samples are gathered in buckets of equal length, by the time of receipt.
//! [`Aggregator::flush`] hands out the buckets that are over:
//!
//! | kind | a bucket holds | it emits |
//! | --- | --- | --- |
//! | count | the sum of value / rate | [`Point::Count`], also 0 for some time after the last sample |
//! | gauge | the last value | [`Point::Gauge`] |
//! | set | the members | [`Point::Set`], how many different ones |
//! | histogram, timing | the samples | [`Point::Histogram`], its aggregates |
//! | distribution | a sketch | [`Point::Distribution`] |
//!
//! What a caller can rely on: memory is what the [`Storage`] has, and nothing is allocated; when it is full, known series go on and what is
//! refused is counted; a value that is not finite is skipped and counted; a rate outside (0, 1] counts as 1; a metric with a timestamp of its
//! own becomes a point of its own.

mod again;
mod aggregator;
mod ahead;
mod buckets;
mod context;
mod distribution;
mod entry;
mod flush;
mod hash;
mod held;
mod hint;
mod histogram;
mod lines;
mod locate;
mod merge;
mod outcome;
mod pool;
mod record;
mod registers;
mod sample;
mod samples;
mod set;
mod settings;
mod settle;
mod sketched;
mod slots;
mod sort;
mod storage;
mod sum;
mod table;
mod tagset;

pub use aggregator::Aggregator;
pub use ahead::{LineAhead, LinesAhead};
pub use context::Context;
pub use entry::Entry;
pub use flush::{Flush, Point, Series};
pub use hint::Hint;
pub use histogram::Histogram;
pub use lines::{LineMemory, LinePlace};
pub use outcome::Outcome;
pub use registers::register;
pub use samples::Samples;
pub use set::Members;
pub use settings::{Aggregate, Aggregates, Keep, Settings};
pub use storage::{Identity, Parts, StaticStorage, Storage, View};
pub use tagset::TagSpan;

use crate::wire::Tags;

/// What a receiver knows of a message besides its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Source<'a> {
    /// The host of metrics without a `host:` tag; empty for none.
    pub host: &'a [u8],
    /// Tags to add.
    pub tags: Tags<'a>,
}

/// The hash of a member of a set with this [`Settings::set_seed`].
pub fn member_hash(seed: u64, member: &[u8]) -> u64 {
    // A free place in a table of members is 0.
    hash::hash(seed, member).max(1)
}

/// What an aggregator holds, and what it has refused since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Known contexts.
    pub contexts: usize,
    /// Bytes of their names and tags.
    pub bytes: usize,
    /// Words of cells in use.
    pub cells: usize,
    /// Messages refused because their context is new and there is no room for it. A merge counts one for each context.
    pub refused_contexts: u64,
    /// Values refused because there is no cell or no bucket for them. A merge counts one for each context and bucket.
    pub refused_values: u64,
    /// Values skipped because they are NaN or infinite, of messages that were taken in and of others.
    pub skipped_values: u64,
    /// Messages whose rate is not in (0, 1].
    pub odd_rates: u64,
}

#[cfg(test)]
mod tests;
