//! Reads a socket on a thread of its own, and tells afterwards what has come.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use basenji::core::wire::{Message, Messages};
use socket2::SockRef;
use tempfile::TempDir;

use crate::contexts::NAME;
use crate::subject::Target;

/// A socket that is read.
pub(crate) struct Reader {
    pub(crate) target: Target,
    heard: Arc<Mutex<Heard>>,
    _directory: TempDir,
}

/// What has come.
#[derive(Debug, Default, Clone)]
pub(crate) struct Heard {
    pub(crate) datagrams: usize,
    pub(crate) bytes: usize,
    text: Vec<u8>,
}

/// Bytes that the kernel may hold for the socket; it grants what it is set up for.
const SOCKET_BUFFER: usize = 16 << 20;

impl Reader {
    pub(crate) fn udp() -> Reader {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("the loopback has a port");
        SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER).expect("a buffer");
        let port = socket.local_addr().expect("it is bound").port();
        Reader::start(Target::Udp(port), directory(), move |buffer| socket.recv(buffer))
    }

    pub(crate) fn unix() -> Reader {
        let directory = directory();
        let path = directory.path().join("socket");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Reader::start(Target::Unix(path), directory, move |buffer| socket.recv(buffer))
    }

    fn start(
        target: Target,
        directory: TempDir,
        recv: impl Fn(&mut [u8]) -> std::io::Result<usize> + Send + 'static,
    ) -> Reader {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let shared = Arc::clone(&heard);
        thread::spawn(move || {
            let mut buffer = [0; 9000];
            loop {
                match recv(&mut buffer) {
                    Ok(len) => lock(&shared).add(buffer.get(..len).unwrap_or_default()),
                    Err(error) if error.kind() == ErrorKind::Interrupted => (),
                    Err(error) => panic!("{error}"),
                }
            }
        });
        Reader { target, heard, _directory: directory }
    }

    /// What has come since the last time, once nothing comes any more.
    pub(crate) fn take(&self) -> Heard {
        let mut last = usize::MAX;
        loop {
            thread::sleep(Duration::from_millis(50));
            let mut heard = lock(&self.heard);
            if heard.datagrams == last {
                return std::mem::take(&mut heard);
            }
            last = heard.datagrams;
        }
    }
}

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Heard {
    fn add(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        self.bytes += datagram.len();
        self.text.extend_from_slice(datagram);
        self.text.push(b'\n');
    }

    /// The calls that came: counts by 1 and samples, weighed by their rates.
    pub(crate) fn calls(&self) -> f64 {
        let messages = Messages::new(&self.text);
        let metrics = messages.filter_map(|message| match message {
            Ok(Message::Metric(metric)) if metric.name == NAME.as_bytes() => Some(metric),
            _ => None,
        });
        metrics
            .map(|metric| {
                let is_count = metric.kind == basenji::core::wire::MetricKind::Count;
                metric.values.iter().map(|value| if is_count { value } else { 1.0 }).sum::<f64>() / metric.sample_rate
            })
            .sum()
    }
}
