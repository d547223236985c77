//! Reading a datagram socket into a worker's intake.

use basenji_core::Time;

use super::intake::{Datagram, Intake};
use super::report::Origin;
use super::socket::{DatagramSocket, Drops};
use super::sys::{Batch, Shape, options};

/// Datagrams a system call.
const SLOTS: usize = 64;

/// The same for a socket that hands over many datagrams as one.
const OFFLOAD_SLOTS: usize = 16;

/// The most bytes that the kernel hands over as one datagram.
const OFFLOAD_BYTES: usize = 65536;

/// A datagram socket with its buffers; made and used by one thread.
pub(crate) struct DatagramSource {
    pub(crate) socket: DatagramSocket,
    batch: Batch,
    drops: Drops,
}

impl DatagramSource {
    /// `limit` is the length of the longest datagram that is taken whole.
    pub(crate) fn new(socket: DatagramSocket, limit: usize) -> DatagramSource {
        let (slots, bytes) = if socket.offload { (OFFLOAD_SLOTS, OFFLOAD_BYTES) } else { (SLOTS, limit) };
        let batch = Batch::new(Shape { slots, bytes, extras: socket.extras });
        DatagramSource { socket, batch, drops: Drops::default() }
    }

    /// Takes one batch of what the socket holds, without waiting; returns whether there was anything.
    pub(crate) fn read(&mut self, intake: &mut Intake, now: Time) -> bool {
        let listener = self.socket.listener;
        let count = match self.batch.receive(&self.socket.socket) {
            Ok(count) => count,
            Err(_) => {
                intake.stats.receive_errors.add(listener, 1);
                return false;
            }
        };
        for received in self.batch.iter() {
            let ancillary = received.ancillary();
            if ancillary.pid == Some(0) {
                intake.stats.unknown_pids += 1;
            }
            let origin = || Origin { listener, address: received.sender(), pid: ancillary.pid, container: None };
            let truncated = received.is_truncated();
            let datagrams = match ancillary.segment {
                Some(segment) if (1..received.bytes.len()).contains(&segment) => {
                    for bytes in received.bytes.chunks(segment) {
                        intake.datagram(Datagram { bytes, truncated, listener, pid: ancillary.pid }, now, origin);
                    }
                    received.bytes.len().div_ceil(segment)
                }
                _ => {
                    let datagram = Datagram { bytes: received.bytes, truncated, listener, pid: ancillary.pid };
                    intake.datagram(datagram, now, origin);
                    1
                }
            };
            self.drops.received(datagrams as u64);
            if let Some(total) = ancillary.drops {
                intake.stats.kernel_drops += self.drops.observe(total);
            }
        }
        count > 0
    }

    /// Counts one batch of what the socket holds without looking at it; returns whether there was anything.
    pub(crate) fn skip(&mut self, intake: &mut Intake) -> bool {
        let count = self.batch.receive(&self.socket.socket).unwrap_or(0);
        for received in self.batch.iter() {
            let segment = received.ancillary().segment.filter(|&segment| segment > 0);
            let datagrams = segment.map_or(1, |segment| received.bytes.len().div_ceil(segment).max(1));
            intake.stats.unread.add(self.socket.listener, datagrams as u64);
        }
        count > 0
    }

    /// Counts what the kernel has dropped since the last time, whether or not a datagram has come after it.
    pub(crate) fn count_drops(&mut self, intake: &mut Intake) {
        if let Some(total) = options::drop_count(&self.socket.socket) {
            intake.stats.kernel_drops += self.drops.observe(total);
        }
    }
}
