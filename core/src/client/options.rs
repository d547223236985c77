//! The options of a client.

use super::aggregation::Aggregation;
use super::call::Identity;
use super::dialect::Dialect;
use super::packer::Limits;
use super::telemetry::{ClientTags, Telemetry};
use crate::wire::{OriginFields, Tags};

/// The options of a client that are no text. `D` is a [`Dialect`], or [`Ours`](super::Ours) for a client that has the code of that one alone.
#[derive(Debug, Clone)]
pub struct Options<D = Dialect> {
    /// How lines are written.
    pub dialect: D,
    /// How many bytes a datagram and a line may have.
    pub limits: Limits,
    /// Which calls are aggregated.
    pub aggregation: Aggregation,
    /// Milliseconds from one flush to the next.
    pub flush_millis: u64,
    /// The rate of calls that name none.
    pub sample_rate: f64,
    /// Milliseconds from one report of these counters to the next.
    pub telemetry_millis: u64,
    /// The seed of the hashes by which contexts are found.
    pub seed: u64,
    /// The seed of sampling; two clients need two, or they keep and drop in step.
    pub sampling_seed: u64,
}

impl Options {
    /// The defaults: our own dialect and those of [`Options::of`].
    pub const fn new() -> Self {
        Options::of(Dialect::BASENJI)
    }
}

impl<D> Options<D> {
    /// The defaults for a dialect: datagrams of 1432 bytes, lines of up to 8192, extended aggregation of two seconds with 128 exact samples,
    /// no telemetry, which would be each ten seconds.
    pub const fn of(dialect: D) -> Self {
        Options {
            dialect,
            limits: Limits { datagram: 1432, line: 8192 },
            aggregation: Aggregation::DEFAULT,
            flush_millis: 2000,
            sample_rate: 1.0,
            telemetry_millis: Telemetry::INTERVAL_MILLIS,
            seed: 0,
            sampling_seed: 0,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Options::new()
    }
}

/// What the lines of a client have in common, in text of the caller's type.
#[derive(Debug, Clone, Default)]
pub struct Common<T> {
    /// What stands before each name, with its dot.
    pub prefix: T,
    /// What stands behind each name, with its dot.
    pub suffix: T,
    /// The tags of each message, joined by commas.
    pub tags: T,
    /// `c:`; empty for none.
    pub local_data: T,
    /// `e:`; empty for none.
    pub external_data: T,
    /// `card:` of calls that name none; empty for none.
    pub cardinality: T,
    /// The tags of the client's own counters when they are sent; `None` for not at all.
    pub telemetry: Option<ClientTags<T>>,
}

impl<T: AsRef<[u8]>> Common<T> {
    /// The texts as lines are written with them.
    pub fn identity(&self) -> Identity<'_> {
        fn field(text: &[u8]) -> Option<&[u8]> {
            Some(text).filter(|text| !text.is_empty())
        }
        Identity {
            prefix: self.prefix.as_ref(),
            suffix: self.suffix.as_ref(),
            tags: Tags::Text(self.tags.as_ref()),
            origin: OriginFields {
                local_data: field(self.local_data.as_ref()),
                external_data: field(self.external_data.as_ref()),
                cardinality: field(self.cardinality.as_ref()),
            },
        }
    }
}
