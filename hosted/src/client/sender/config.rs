//! How a sender treats what waits.

use std::time::Duration;

use super::queue::Overflow;
use super::stats::TroubleHook;
#[cfg(doc)]
use super::{Lifetime, Sender};
use crate::settings::client as table;

/// How a [`Sender`] treats what waits.
#[derive(Debug, Clone)]
pub struct SenderConfig {
    /// Most bytes that wait.
    pub queue_bytes: usize,
    /// What is dropped when they are too many.
    pub overflow: Overflow,
    /// How long a datagram with [`Lifetime::Expires`] may wait, in the queue and at a socket that is full or gone;
    /// `None`: for ever.
    pub expiry: Option<Duration>,
    /// How long to wait at a full socket before the datagram is dropped.
    pub patience: Duration,
    /// How long dropping the sender waits for what is to be sent.
    pub stop_timeout: Duration,
    /// The hook that is told of trouble.
    pub trouble: Option<TroubleHook>,
}

impl Default for SenderConfig {
    fn default() -> SenderConfig {
        SenderConfig {
            queue_bytes: table::QUEUE_BYTES.size(),
            overflow: Overflow::DropOldest,
            expiry: Some(table::EXPIRY.time()),
            patience: table::PATIENCE.time(),
            stop_timeout: table::EXIT_TIMEOUT.time(),
            trouble: None,
        }
    }
}
