//! Into memory: for tests of programs that send metrics.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{SendError, Transport, TransportKind};

/// Keeps what is sent, for every clone of it to read. Bounded: the oldest datagrams go when there is no room.
///
/// ```
/// use std::time::Instant;
/// use basenji::client::{Memory, Transport};
///
/// let memory = Memory::new();
/// memory.clone().send(b"page.views:1|c\nusers:7|g", Instant::now()).unwrap();
/// assert_eq!(memory.lines(), ["page.views:1|c", "users:7|g"]);
/// assert_eq!(memory.take().len(), 1);
/// assert!(memory.lines().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Memory {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    kept: Mutex<Kept>,
    arrived: Condvar,
    limit: usize,
}

#[derive(Debug, Default)]
struct Kept {
    datagrams: VecDeque<Vec<u8>>,
    bytes: usize,
    forgotten: u64,
}

impl Memory {
    /// Room for 64 MiB of datagrams.
    pub fn new() -> Memory {
        Memory::with_limit(64 << 20)
    }

    /// Room for 16 MiB of datagrams, which the program's own code takes and sends.
    pub fn handed() -> Memory {
        Memory::with_limit(16 << 20)
    }

    /// Room for `limit` bytes of datagrams.
    pub fn with_limit(limit: usize) -> Memory {
        Memory { shared: Arc::new(Shared { kept: Mutex::default(), arrived: Condvar::new(), limit }) }
    }

    /// The datagrams in the order in which they were sent.
    pub fn datagrams(&self) -> Vec<Vec<u8>> {
        self.kept().datagrams.iter().cloned().collect()
    }

    /// The lines of all datagrams, without empty ones; bytes that are not UTF-8 become U+FFFD.
    pub fn lines(&self) -> Vec<String> {
        let kept = self.kept();
        let lines = kept.datagrams.iter().flat_map(|datagram| datagram.split(|byte| *byte == b'\n'));
        lines.filter(|line| !line.is_empty()).map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    /// Takes the datagrams out.
    pub fn take(&self) -> Vec<Vec<u8>> {
        let mut kept = self.kept();
        kept.bytes = 0;
        std::mem::take(&mut kept.datagrams).into()
    }

    /// How many datagrams were dropped for later ones, or because they were longer than the limit.
    pub fn forgotten(&self) -> u64 {
        self.kept().forgotten
    }

    /// Waits until `count` datagrams are kept, at most `timeout`; returns whether they are.
    pub fn wait_for(&self, count: usize, timeout: Duration) -> bool {
        let missing = |kept: &mut Kept| kept.datagrams.len() < count;
        let result = self.shared.arrived.wait_timeout_while(self.kept(), timeout, missing);
        !result.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::new()
    }
}

impl Transport for Memory {
    fn kind(&self) -> TransportKind {
        TransportKind::Custom
    }

    fn send(&mut self, datagram: &[u8], _: Instant) -> Result<(), SendError> {
        let mut kept = self.kept();
        if datagram.len() > self.shared.limit {
            kept.forgotten += 1;
            return Ok(());
        }
        while kept.bytes + datagram.len() > self.shared.limit {
            let Some(oldest) = kept.datagrams.pop_front() else { break };
            kept.bytes -= oldest.len();
            kept.forgotten += 1;
        }
        kept.bytes += datagram.len();
        kept.datagrams.push_back(datagram.to_vec());
        drop(kept);
        self.shared.arrived.notify_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_datagrams_go_when_there_is_no_room_and_are_counted() {
        let memory = Memory::with_limit(5);
        for datagram in ["aa", "bb", "c", "dd", "too long"] {
            memory.clone().send(datagram.as_bytes(), Instant::now()).unwrap();
        }
        assert_eq!(memory.lines(), ["bb", "c", "dd"]);
        assert_eq!(memory.forgotten(), 2);
    }

    #[test]
    fn waiting_ends_when_the_datagrams_are_there() {
        let memory = Memory::new();
        assert!(!memory.wait_for(1, Duration::ZERO));
        let mut other = memory.clone();
        let thread = std::thread::spawn(move || other.send(b"a", Instant::now()));
        assert!(memory.wait_for(1, Duration::from_secs(60)));
        thread.join().unwrap().unwrap();
    }
}
