//! Nowhere: what a bench of everything before the transport measures with, and a client that is switched off.

use std::time::Instant;

use super::{SendError, Sent, Transport, TransportKind};

/// Takes every datagram and does nothing with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Null;

impl Transport for Null {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, _: &[u8], _: Instant) -> Result<(), SendError> {
        Ok(())
    }

    fn send_shared(&self, _: &[u8]) -> Option<Result<(), SendError>> {
        Some(Ok(()))
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], _: Instant) -> Sent {
        Sent { count: datagrams.len(), error: None }
    }
}
