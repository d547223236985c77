//! Where messages go: datagrams to the kernel, with or without a wait for room, and their outcome.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use basenji::client::{Address, SendError, Sent, Transport, TransportCounters, TransportOptions};

use super::why::{self, Why};
use crate::failure::Failure;

/// How long a datagram waits for room, for a name's address, or for a server that comes back.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long to wait for the host's answer that nothing listens. The same host answers at once, one in the same network in a
/// few milliseconds.
const OBJECTION: Duration = Duration::from_millis(20);

/// Messages, and what they travel in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Tally {
    pub(super) messages: u64,
    pub(super) datagrams: u64,
    pub(super) bytes: u64,
}

impl Tally {
    fn add(&mut self, datagram: &[u8], messages: u64) {
        self.messages += messages;
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
    }
}

/// An address, the transport to it, and what has gone through it.
pub(super) struct Destination {
    transport: Box<dyn Transport>,
    address: Address,
    limit: usize,
    sent: Tally,
    refused: [Tally; Why::ALL.len()],
}

impl Destination {
    /// To `address`, in datagrams of up to `limit` bytes if that is said. Nothing is opened yet.
    ///
    /// # Errors
    ///
    /// Nothing can be sent to this address from this system.
    pub(super) fn new(address: Address, limit: Option<usize>) -> Result<Destination, Failure> {
        let mut options = TransportOptions::default();
        options.longest_frame = options.longest_frame.max(limit.unwrap_or(0));
        let transport = address.open(&options).map_err(|error| Failure::usage(error.to_string()))?;
        let limit = limit.unwrap_or(transport.kind().payload());
        Ok(Destination { transport, address, limit, sent: Tally::default(), refused: Default::default() })
    }

    /// Where everything goes.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The bytes that datagrams are filled up to.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How many lines of `len` bytes fit a datagram; a longer one travels alone.
    pub(super) fn lines_of(&self, len: usize) -> usize {
        (self.limit / len.max(1)).max(1)
    }

    /// What the kernel has taken.
    pub(super) fn sent(&self) -> Tally {
        self.sent
    }

    /// What the kernel has not taken, by reason.
    pub(super) fn refused(&self) -> impl Iterator<Item = (Why, Tally)> {
        Why::ALL.into_iter().zip(self.refused)
    }

    /// The transport's other counters.
    pub(super) fn counters(&self) -> TransportCounters {
        self.transport.counters()
    }

    /// Sends a datagram, and waits if that helps: for room, for an address that is being looked up, and for a server that
    /// was there before.
    ///
    /// # Errors
    ///
    /// Why the kernel does not take it.
    pub(super) fn deliver(&mut self, datagram: &[u8], messages: u64) -> Result<(), SendError> {
        let start = Instant::now();
        loop {
            let now = Instant::now();
            let Err(error) = self.transport.send(datagram, now) else {
                self.sent.add(datagram, messages);
                return Ok(());
            };
            let left = PATIENCE.saturating_sub(now - start);
            if left.is_zero() || !self.may_pass(&error) {
                self.refuse(&error, datagram, messages);
                return Err(error);
            }
            self.transport.wait(left);
        }
    }

    /// Sends datagrams without waiting; those that are not taken are counted and dropped. With `room_until` it waits for room until
    /// then, and leaves what has found none.
    pub(super) fn offer(&mut self, datagrams: &[(&[u8], u64)], room_until: Option<Instant>) {
        let slices: Vec<&[u8]> = datagrams.iter().map(|(datagram, _)| *datagram).collect();
        let mut done = 0;
        while done < datagrams.len() {
            let now = Instant::now();
            let Sent { count, error } = self.transport.send_batch(&slices[done..], now);
            let (taken, rest) = datagrams[done..].split_at(count);
            taken.iter().for_each(|(datagram, messages)| self.sent.add(datagram, *messages));
            done += count;
            let (Some(error), Some((datagram, messages))) = (error, rest.first()) else { return };
            match room_until.map(|until| until.saturating_duration_since(now)) {
                Some(left) if matches!(error, SendError::WouldBlock) => {
                    if left.is_zero() {
                        return;
                    }
                    self.transport.wait(left);
                }
                _ => {
                    self.refuse(&error, datagram, *messages);
                    done += 1;
                }
            }
        }
    }

    /// Finishes a datagram that was partly written.
    ///
    /// # Errors
    ///
    /// There is no room for it, or the connection has broken.
    pub(super) fn finish(&mut self) -> Result<(), SendError> {
        let cut = self.counters().cut;
        let start = Instant::now();
        while self.transport.has_unfinished() {
            let left = PATIENCE.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(SendError::WouldBlock);
            }
            self.transport.wait(left);
            self.transport.maintain(Instant::now());
        }
        if self.counters().cut > cut {
            let source = std::io::Error::from(ErrorKind::ConnectionReset);
            return Err(SendError::Disconnected { retry_at: Instant::now(), source: source.into() });
        }
        Ok(())
    }

    /// Waits a moment for the host's answer that nothing listens for what was sent; true if that has come, now or before.
    pub(super) fn is_refused(&mut self) -> bool {
        self.transport.listen_for_refusal(OBJECTION);
        self.counters().refused > 0
    }

    /// The failure of a host that has refused everything that was sent; `None` if some of it may have arrived.
    ///
    /// # Errors
    ///
    /// Each datagram was refused. If the host has not answered for each, that is not known.
    pub(super) fn expect_listener(&mut self) -> Result<(), Failure> {
        if !self.is_refused() {
            return Ok(());
        }
        let address = &self.address;
        if self.counters().refused >= self.sent.datagrams {
            return Err(Failure::new(format!("cannot send to {address}: nobody listens there")));
        }
        super::warning::warn(format_args!("the host says that nobody listens on {address}"));
        Ok(())
    }

    /// The last words of a job that `error` has ended.
    pub(super) fn failure(&self, error: &SendError) -> Failure {
        let (address, why) = (&self.address, why::sentence(error, &self.address));
        Failure::new(match self.sent.messages {
            0 => format!("cannot send to {address}: {why}"),
            messages => format!("cannot send to {address} any more, after {messages} messages: {why}"),
        })
    }

    fn refuse(&mut self, error: &SendError, datagram: &[u8], messages: u64) {
        self.refused[Why::of(error) as usize].add(datagram, messages);
    }

    /// Whether an error may be gone in a moment.
    fn may_pass(&self, error: &SendError) -> bool {
        match error {
            SendError::WouldBlock => true,
            // A name that is still being looked up, and a stream whose backlog is full.
            SendError::Disconnected { source, .. } => {
                self.sent.datagrams > 0 || matches!(source.kind(), ErrorKind::NotConnected | ErrorKind::WouldBlock)
            }
            _ => false,
        }
    }
}
