//! How datagrams leave a client.
//!
//! What every transport promises:
//! - [`Transport::send`] and [`Transport::send_batch`] never wait: what the system does not take at once is an error that
//!   says whether to try again;
//! - a full buffer or a datagram that is too long closes nothing; a connection that is gone is made again, at once and then
//!   at growing intervals, by the `now` of the calls;
//! - one datagram is whole or not there, on a stream too;
//! - making one opens nothing and looks nothing up: the first call does.
//!
//! [`Address::open`] makes the transport of an address; [`Memory`], [`Null`] and [`Fault`] are for tests and benches.

mod backoff;
mod error;
mod fault;
mod link;
mod memory;
mod name;
mod named_pipe;
mod null;
mod open;
mod options;
mod udp;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_stream;

use std::time::{Duration, Instant};

use basenji_core::client::Options;

pub use backoff::Retry;
pub use error::{SendError, Sent};
pub use fault::{Fault, FaultLog, Mishap, Odds};
pub use memory::Memory;
pub use name::Lookup;
#[cfg(windows)]
pub use named_pipe::NamedPipe;
pub use null::Null;
pub use options::TransportOptions;
pub use udp::Udp;
#[cfg(unix)]
pub use unix::Unix;
#[cfg(unix)]
pub use unix_datagram::UnixDatagramTransport;
#[cfg(unix)]
pub use unix_stream::UnixStreamTransport;

#[cfg(doc)]
use super::Address;

/// One way out for datagrams. Only [`Transport::kind`] and [`Transport::send`] must be written.
///
/// `now` is a moment that never goes back, by which a transport that has lost its connection decides when to try again.
pub trait Transport: Send + Sync {
    /// What it is.
    fn kind(&self) -> TransportKind;

    /// Hands one datagram to the system, without waiting. An empty one is not sent.
    ///
    /// # Errors
    ///
    /// Why the datagram was not sent; it may be given again.
    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError>;

    /// [`Transport::send`] by several threads at a time, which the system has to allow; `None` where that takes more than an open socket:
    /// such a datagram is for `send`.
    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        let _ = datagram;
        None
    }

    /// Hands several datagrams to the system, in order, without waiting; stops at the first that it does not take.
    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        for (count, datagram) in datagrams.iter().enumerate() {
            if let Err(error) = self.send(datagram, now) {
                return Sent { count, error: Some(error) };
            }
        }
        Sent { count: datagrams.len(), error: None }
    }

    /// Does what belongs to no datagram, without waiting: starts a name's look-up, finishes a datagram that was partly written. Returns
    /// when it is to be called again at the latest; `None` if it need not be.
    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        let _ = now;
        None
    }

    /// Waits until another attempt may succeed, at most `timeout`; may return early. For a thread that has no other work.
    fn wait(&mut self, timeout: Duration) {
        std::thread::sleep(timeout.min(Duration::from_millis(1)));
    }

    /// Waits, at most `timeout`, until the host says that nobody listens for what was sent before, and counts it
    /// ([`TransportCounters::refused`]). Where a host never says that, it does not wait.
    fn listen_for_refusal(&mut self, timeout: Duration) {
        let _ = timeout;
    }

    /// Whether a part of a datagram that [`Transport::send`] has taken is still here and not with the system.
    fn has_unfinished(&self) -> bool {
        false
    }

    /// The counters beside those of the datagrams.
    fn counters(&self) -> TransportCounters {
        TransportCounters::default()
    }
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn kind(&self) -> TransportKind {
        (**self).kind()
    }

    fn send(&mut self, datagram: &[u8], now: Instant) -> Result<(), SendError> {
        (**self).send(datagram, now)
    }

    fn send_shared(&self, datagram: &[u8]) -> Option<Result<(), SendError>> {
        (**self).send_shared(datagram)
    }

    fn send_batch(&mut self, datagrams: &[&[u8]], now: Instant) -> Sent {
        (**self).send_batch(datagrams, now)
    }

    fn maintain(&mut self, now: Instant) -> Option<Instant> {
        (**self).maintain(now)
    }

    fn wait(&mut self, timeout: Duration) {
        (**self).wait(timeout);
    }

    fn listen_for_refusal(&mut self, timeout: Duration) {
        (**self).listen_for_refusal(timeout);
    }

    fn has_unfinished(&self) -> bool {
        (**self).has_unfinished()
    }

    fn counters(&self) -> TransportCounters {
        (**self).counters()
    }
}

/// What a transport is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportKind {
    /// UDP.
    Udp,
    /// A Unix socket of datagrams.
    UnixDatagram,
    /// A Unix stream.
    UnixStream,
    /// A Windows named pipe.
    NamedPipe,
    /// Any other.
    Custom,
}

impl TransportKind {
    /// The value of the tag `client_transport` in a client's telemetry, as the official clients write it.
    pub const fn name(self) -> &'static str {
        match self {
            TransportKind::Udp => "udp",
            TransportKind::UnixDatagram => "uds",
            TransportKind::UnixStream => "uds-stream",
            TransportKind::NamedPipe => "named_pipe",
            TransportKind::Custom => "custom",
        }
    }

    /// The bytes that datagrams are best filled up to: one Ethernet frame over UDP, the server's buffer elsewhere.
    pub const fn payload(self) -> usize {
        match self {
            TransportKind::Udp => Options::new().limits.datagram,
            _ => Options::new().limits.line,
        }
    }
}

/// What has happened to a transport beside the datagrams it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportCounters {
    /// Connections made; for UDP, sockets that were given an address.
    pub connections: u64,
    /// Datagrams over UDP of which a host said that nobody listens, after they had been sent: a lower bound.
    pub refused: u64,
    /// Datagrams that a stream had taken of which the end was not sent, because the connection broke.
    pub cut: u64,
}
