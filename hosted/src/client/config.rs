//! What a client was built with.

use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{Aggregation, Common, Dialect, Limits, Options};

use super::sender::SenderConfig;
use super::transport::Transport;
use crate::server::Memory;

/// How a client works, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Ours: calls are aggregated and packed, and leave in the background every two seconds, at exit, and when asked.
    #[default]
    Fast,
    /// A datagram a call, from the calling thread, as the classic clients do.
    Plain,
}

/// Makes the transport of a client; called again in the child of a fork.
pub(super) type Connect = Arc<dyn Fn() -> Box<dyn Transport> + Send + Sync>;

/// What a client was built with.
pub(super) struct Config {
    pub(super) connect: Connect,
    pub(super) common: Common<Arc<[u8]>>,
    pub(super) dialect: Dialect,
    pub(super) aggregation: Aggregation,
    /// Whether calls gather in lanes until a flush, and how long; otherwise each call is a datagram.
    pub(super) gather: Option<Duration>,
    /// Whether a thread sends the datagrams.
    pub(super) background: bool,
    pub(super) limits: Limits,
    pub(super) sample_rate: f64,
    pub(super) telemetry_interval: Duration,
    pub(super) memory: Memory,
    pub(super) sender: SenderConfig,
    pub(super) seed: u64,
    /// Nothing is sent at all.
    pub(super) disabled: bool,
}

impl Config {
    /// The options of a core client that is flushed when it is told to.
    pub(super) fn options(&self, sampling_seed: u64) -> Options {
        Options {
            dialect: self.dialect,
            limits: self.limits,
            aggregation: if self.gather.is_some() { self.aggregation } else { Aggregation::Off },
            flush_millis: u64::MAX,
            sample_rate: self.sample_rate,
            telemetry_millis: u64::try_from(self.telemetry_interval.as_millis()).unwrap_or(u64::MAX),
            seed: self.seed,
            sampling_seed,
        }
    }

    /// Bytes for the lines of a core client: so many that the thread that sends is woken seldom. What is not used takes no memory.
    pub(super) fn lines(&self) -> usize {
        (2 * self.limits.datagram + self.limits.line).max(64 << 10)
    }
}
