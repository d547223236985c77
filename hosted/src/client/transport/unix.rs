//! A Unix socket of either type, as `unix://` means it: one of datagrams is tried first, and if a stream is what is there
//! (EPROTOTYPE), it is that. A server that comes back with a socket of the other type is found again.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{
    SendError, Sent, Transport, TransportCounters, TransportKind, TransportOptions, UnixDatagramTransport,
    UnixStreamTransport,
};

/// Datagrams to a Unix socket of either type.
pub struct Unix {
    datagram: UnixDatagramTransport,
    stream: UnixStreamTransport,
    is_stream: bool,
    /// When both types were refused: the other one is not tried before.
    refused_until: Option<Instant>,
}

impl Unix {
    /// To the socket at `path`.
    pub fn new(path: &Path, options: &TransportOptions) -> Unix {
        Unix {
            datagram: UnixDatagramTransport::new(path, options),
            stream: UnixStreamTransport::new(path, options),
            is_stream: false,
            refused_until: None,
        }
    }

    fn current(&mut self) -> &mut dyn Transport {
        if self.is_stream { &mut self.stream } else { &mut self.datagram }
    }

    fn active(&self) -> &dyn Transport {
        if self.is_stream { &self.stream } else { &self.datagram }
    }
}

impl Transport for Unix {
    /// [`TransportKind::UnixDatagram`] until a stream is found.
    fn kind(&self) -> TransportKind {
        self.active().kind()
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        self.send_batch(&[datagram], now).error.map_or(Ok(()), Err)
    }

    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        self.active().send_shared(datagram)
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        let sent = self.current().send_batch(datagrams, now);
        if other_type(&sent).is_none() || self.refused_until.is_some_and(|until| now < until) {
            return sent;
        }
        self.is_stream = !self.is_stream;
        if self.is_stream {
            self.stream.hurry()
        } else {
            self.datagram.hurry()
        }
        let rest = datagrams.get(sent.count..).unwrap_or_default();
        let more = self.current().send_batch(rest, now);
        self.refused_until = other_type(&more);
        Sent { count: sent.count + more.count, error: more.error }
    }

    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        self.current().maintain(now)
    }

    fn wait(&mut self, timeout: Duration) {
        self.current().wait(timeout);
    }

    fn has_unfinished(&self) -> bool {
        self.active().has_unfinished()
    }

    fn counters(&self) -> TransportCounters {
        let (datagram, stream) = (self.datagram.counters(), self.stream.counters());
        TransportCounters {
            connections: datagram.connections + stream.connections,
            refused: datagram.refused + stream.refused,
            cut: datagram.cut + stream.cut,
        }
    }
}

/// When to try again, if there is a socket of another type.
fn other_type(sent: &Sent) -> Option<Instant> {
    match &sent.error {
        Some(SendError::Disconnected { retry_at, source }) => {
            (source.raw_os_error() == Some(libc::EPROTOTYPE)).then_some(*retry_at)
        }
        _ => None,
    }
}
