//! What a client was built with.

use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{Aggregation, Common, Dialect, Limits, Options};

use super::sender::SenderConfig;
use super::transport::Transport;
use crate::memory::Memory;

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
pub(crate) type Connect = Arc<dyn Fn() -> Box<dyn Transport> + Send + Sync>;

/// What a client was built with.
pub(crate) struct Config {
    pub(crate) connect: Connect,
    /// Whether the transport is the program's own code.
    pub(crate) is_foreign: bool,
    pub(crate) common: Common<Arc<[u8]>>,
    pub(crate) dialect: Dialect,
    pub(crate) aggregation: Aggregation,
    /// Whether calls gather in lanes until a flush, and how long; otherwise each call is a datagram.
    pub(crate) gather: Option<Duration>,
    /// Whether a thread sends the datagrams.
    pub(crate) background: bool,
    pub(crate) limits: Limits,
    pub(crate) sample_rate: f64,
    pub(crate) telemetry_interval: Duration,
    pub(crate) memory: Memory,
    pub(crate) sender: SenderConfig,
    pub(crate) seed: u64,
    /// Nothing is sent at all.
    pub(crate) disabled: bool,
}

impl Config {
    /// The options of a core client that is flushed when it is told to.
    pub(crate) fn options(&self, sampling_seed: u64) -> Options {
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

    /// Bytes for the lines of a core client: enough that the thread that sends is seldom woken. Unused bytes take no memory.
    pub(crate) fn lines(&self) -> usize {
        (2 * self.limits.datagram + self.limits.line).max(64 << 10)
    }
}
