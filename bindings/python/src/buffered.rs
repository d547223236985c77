//! Lines that wait to leave together.

use std::mem;
use std::thread::{ThreadId, current};

/// Lines without and with a timestamp, which servers take in datagrams of their own.
#[derive(Default)]
pub(crate) struct Buffered {
    /// Whether lines wait at all.
    pub(crate) on: bool,
    /// Most bytes of a datagram of several lines.
    pub(crate) most: usize,
    pub(crate) lines: [Vec<u8>; 2],
    pub(crate) in_hand: InHand,
}

/// What threads have taken and not yet handed to the socket, by number, so that a flush waits for those that were faster.
#[derive(Default)]
pub(crate) struct InHand {
    pub(crate) next: u64,
    taken: Vec<(u64, ThreadId)>,
}

impl InHand {
    /// The calling thread takes something.
    pub(crate) fn take(&mut self) -> u64 {
        self.next += 1;
        self.taken.push((self.next, current().id()));
        self.next
    }

    /// It is sent or lost.
    pub(crate) fn let_go(&mut self, number: u64) {
        self.taken.retain(|(taken, _)| *taken != number);
    }

    /// Nobody has anything: in the child of a fork.
    pub(crate) fn forget(&mut self) {
        self.taken.clear();
    }

    /// Whether other threads have something from up to `number`; no, if the calling thread has: what it has may be what another one waits for.
    pub(crate) fn is_with_others(&self, number: u64) -> bool {
        let here = current().id();
        self.taken.iter().all(|(_, thread)| *thread != here) && self.taken.iter().any(|(taken, _)| *taken <= number)
    }
}

impl Buffered {
    /// Keeps a line; returns what waited before, if there was no room for the line beside it.
    pub(crate) fn keep(&mut self, line: &[u8], timestamped: bool) -> Option<Vec<u8>> {
        let lines = &mut self.lines[usize::from(timestamped)];
        let is_full = !lines.is_empty() && lines.len() + line.len() > self.most;
        let full = is_full.then(|| mem::replace(lines, Vec::with_capacity(self.most)));
        lines.extend_from_slice(line);
        full
    }
}
