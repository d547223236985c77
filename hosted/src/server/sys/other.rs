//! The same names in terms of std, for systems that are not Unix: UDP only, and one worker. It waits for the first
//! socket, and looks at the others and at its orders every 20 milliseconds.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Shape;

/// A UDP socket.
pub(crate) type RawSocket = UdpSocket;

/// How long a wake may go unnoticed.
const PATIENCE: Duration = Duration::from_millis(20);

/// Windows says so of a datagram that was longer than the buffer (WSAEMSGSIZE).
const MESSAGE_TOO_LONG: i32 = 10040;

/// The buffer of one datagram.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    received: Option<(usize, Option<SocketAddr>, bool)>,
}

impl Batch {
    pub(crate) fn new(shape: Shape) -> Batch {
        Batch { bytes: vec![0; shape.bytes], received: None }
    }

    /// Receives a datagram that is there, without waiting, and returns how many, 0 or 1.
    pub(crate) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        socket.set_nonblocking(true)?;
        self.received = None;
        match socket.recv_from(&mut self.bytes) {
            Ok((len, sender)) => self.received = Some((len, Some(sender), false)),
            Err(error) if error.raw_os_error() == Some(MESSAGE_TOO_LONG) => {
                self.received = Some((self.bytes.len(), None, true));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(usize::from(self.received.is_some()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = RawDatagram<'_>> {
        self.received.iter().map(|&(len, sender, truncated)| RawDatagram {
            bytes: &self.bytes[..len],
            sender,
            truncated,
        })
    }
}

/// One datagram.
#[derive(Clone, Copy)]
pub(crate) struct RawDatagram<'a> {
    pub(crate) bytes: &'a [u8],
    sender: Option<SocketAddr>,
    truncated: bool,
}

impl RawDatagram<'_> {
    pub(crate) fn is_truncated(&self) -> bool {
        self.truncated
    }

    pub(crate) fn ancillary(&self) -> Ancillary {
        Ancillary::default()
    }

    pub(crate) fn sender(&self) -> Option<SocketAddr> {
        self.sender
    }
}

/// Nothing, here.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ancillary {
    pub(crate) segment: Option<usize>,
    pub(crate) drops: Option<u32>,
    pub(crate) pid: Option<u32>,
}

/// A flag between two threads.
pub(crate) fn wake() -> io::Result<(Waker, Wake)> {
    let flag = Arc::new(AtomicBool::new(false));
    Ok((Waker(Arc::clone(&flag)), Wake(flag)))
}

/// The end that wakes.
pub(crate) struct Waker(Arc<AtomicBool>);

impl Waker {
    pub(crate) fn wake(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        self.wake();
    }
}

/// The end that is woken.
pub(crate) struct Wake(Arc<AtomicBool>);

impl Wake {
    pub(crate) fn clear(&self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Waits for the first socket.
pub(crate) struct Poller {
    flag: Arc<AtomicBool>,
    first: Option<UdpSocket>,
}

impl Poller {
    pub(crate) fn new(wake: &Wake) -> Poller {
        Poller { flag: Arc::clone(&wake.0), first: None }
    }

    pub(crate) fn push(&mut self, socket: &UdpSocket) {
        if self.first.is_none() {
            self.first = socket.try_clone().ok();
        }
    }

    pub(crate) fn wait(&mut self) -> io::Result<()> {
        let Some(socket) = &self.first else {
            std::thread::sleep(PATIENCE);
            return Ok(());
        };
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        match socket.peek(&mut [0]) {
            Ok(_) => Ok(()),
            Err(error) if error.raw_os_error() == Some(MESSAGE_TOO_LONG) => Ok(()),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn is_woken(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Every socket may have something.
    pub(crate) fn is_ready(&self, _place: usize) -> bool {
        true
    }
}

/// Nothing can be set or read here.
pub(crate) mod options {
    pub(crate) fn enable_drop_count(_: &socket2::Socket) -> bool {
        false
    }

    pub(crate) fn enable_receive_offload(_: &socket2::Socket) -> bool {
        false
    }

    pub(crate) fn drop_count(_: &std::net::UdpSocket) -> Option<u32> {
        None
    }
}

/// Waits for what the system has under way, which it has no call for.
pub(crate) fn settle() -> bool {
    false
}
