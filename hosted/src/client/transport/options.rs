//! The options of all transports.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::{Lookup, Retry};
use crate::settings::client as table;

/// The options of transports; each uses those that concern it.
#[derive(Debug, Clone)]
pub struct TransportOptions {
    /// The kernel's buffer is made this many bytes long if it is shorter (SO_SNDBUF).
    pub send_buffer: usize,
    /// How long a lost connection is left alone.
    pub retry: Retry,
    /// How often a host's name is looked up again.
    pub lookup_every: Duration,
    /// The resolver of names. Default: the system's.
    pub lookup: Lookup,
    /// Longest datagram over a stream or a pipe, in bytes.
    pub longest_frame: usize,
    /// Whether datagrams of one length leave by UDP segmentation where the system has it.
    pub segmentation: bool,
    /// What the jitter is drawn from: a random number.
    pub seed: u64,
}

impl Default for TransportOptions {
    fn default() -> TransportOptions {
        TransportOptions {
            send_buffer: table::SEND_BUFFER.size(),
            retry: Retry { first: table::RETRY_FIRST.time(), most: table::RETRY_MOST.time() },
            lookup_every: table::LOOKUP_INTERVAL.time(),
            lookup: Lookup::default(),
            longest_frame: table::LONGEST_FRAME.size(),
            segmentation: table::SEGMENTATION.is_on(),
            seed: RandomState::new().hash_one(0),
        }
    }
}
