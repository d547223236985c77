//! Who receives: a loop that discards, or the server.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use basenji::server::{Address, Bucket, Server};
use socket2::SockRef;
use tempfile::TempDir;

use super::sender::Transport;

/// Bytes that the kernel may hold for the socket: the server's default.
const SOCKET_BUFFER: usize = 4 << 20;

/// Somebody who receives datagrams.
pub(crate) trait Receiver {
    /// Where to send to.
    fn address(&self) -> Address;

    /// Datagrams so far.
    fn received(&self) -> u64;

    /// Datagrams known to be lost so far, if it counts them.
    fn lost(&self) -> Option<u64>;

    /// Processor time of its threads so far.
    fn busy(&self) -> Duration;
}

/// The processor time of the threads whose names start with `prefix`.
fn busy(prefix: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("this bench needs /proc");
    let nanos = tasks.flatten().filter_map(|task| {
        let read = |file| std::fs::read_to_string(task.path().join(file)).ok();
        let is_one = read("comm")?.starts_with(prefix);
        is_one.then_some(read("schedstat")?.split(' ').next()?.parse::<u64>().ok()?)
    });
    Duration::from_nanos(nanos.sum())
}

/// One `recv` after the other.
pub(crate) struct Bare {
    address: Address,
    received: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    _directory: TempDir,
}

impl Bare {
    pub(crate) fn start(transport: Transport) -> Bare {
        let directory = TempDir::new().expect("a directory");
        let (received, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, end) = (Arc::clone(&received), Arc::clone(&stop));
        let address = match transport {
            Transport::Unix => {
                let path = directory.path().join("bare");
                let socket = UnixDatagram::bind(&path).expect("a socket");
                socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
                SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER).expect("a buffer");
                spawn(move |buffer| socket.recv(buffer), count, end);
                Address::Path(path)
            }
            Transport::Udp => {
                let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
                socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
                SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER).expect("a buffer");
                let address = socket.local_addr().expect("an address");
                spawn(move |buffer| socket.recv(buffer), count, end);
                Address::Udp(address)
            }
        };
        Bare { address, received, stop, _directory: directory }
    }
}

fn spawn(
    recv: impl Fn(&mut [u8]) -> std::io::Result<usize> + Send + 'static,
    count: Arc<AtomicU64>,
    end: Arc<AtomicBool>,
) {
    let work = move || {
        let mut buffer = [0; 8192];
        while !end.load(Ordering::Relaxed) {
            match recv(&mut buffer) {
                Ok(_) => count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => (),
                Err(error) => panic!("{error}"),
            }
        }
    };
    thread::Builder::new().name("bare".into()).spawn(work).expect("a thread");
}

impl Receiver for Bare {
    fn address(&self) -> Address {
        self.address.clone()
    }

    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn lost(&self) -> Option<u64> {
        None
    }

    fn busy(&self) -> Duration {
        busy("bare")
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The thread sees it after its timeout, and must not count for the next receiver.
        thread::sleep(Duration::from_millis(100));
    }
}

/// The server with its defaults, and a sink that discards.
pub(crate) struct Whole {
    server: Server,
    _directory: TempDir,
}

impl Whole {
    pub(crate) fn start(transport: Transport) -> Whole {
        let directory = TempDir::new().expect("a directory");
        let path: PathBuf = directory.path().join("server");
        let builder = match transport {
            Transport::Unix => Server::builder().unix_datagram(path),
            Transport::Udp => Server::builder().udp(SocketAddr::from(([127, 0, 0, 1], 0))).expect("an address"),
        };
        Whole { server: builder.start(|_: &Bucket| ()).expect("the server starts"), _directory: directory }
    }
}

impl Receiver for Whole {
    fn address(&self) -> Address {
        self.server.listeners()[0].address.clone()
    }

    fn received(&self) -> u64 {
        self.server.stats().datagrams.total()
    }

    fn lost(&self) -> Option<u64> {
        let stats = self.server.stats();
        assert_eq!(stats.parse_errors.total() + stats.truncated.total() + stats.refused.total(), 0, "{stats:?}");
        Some(stats.kernel_drops)
    }

    fn busy(&self) -> Duration {
        busy("basenji-")
    }
}
