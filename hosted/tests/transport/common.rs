//! What these tests share.

use std::net::UdpSocket;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use basenji::client::{Retry, SendError, Sent, Transport, TransportOptions};

/// Longer than anything here takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Options whose intervals are known: every attempt that fails is followed by one a second later at the latest.
pub(crate) fn options() -> TransportOptions {
    let second = Duration::from_secs(1);
    TransportOptions { retry: Retry { first: second, most: second }, seed: 1, ..TransportOptions::default() }
}

/// Options of a transport that tries to connect at every call.
pub(crate) fn eager() -> TransportOptions {
    TransportOptions { retry: Retry { first: Duration::ZERO, most: Duration::ZERO }, ..options() }
}

/// A directory that goes with the value, and a path in it.
pub(crate) struct Place {
    _directory: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        Place { path: directory.path().join("dsd.socket"), _directory: directory }
    }
}

/// A UDP socket to receive from, which does not wait longer than a minute, and its port.
pub(crate) fn udp_receiver(address: &str) -> (UdpSocket, u16) {
    let receiver = UdpSocket::bind(address).unwrap();
    receiver.set_read_timeout(Some(LONG)).unwrap();
    let port = receiver.local_addr().unwrap().port();
    (receiver, port)
}

pub(crate) fn receive(receiver: &UdpSocket) -> String {
    let mut buffer = [0; 65536];
    let len = receiver.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..len].to_vec()).unwrap()
}

pub(crate) fn send(transport: &mut impl Transport, text: &str) -> Result<(), SendError> {
    transport.send(text.as_bytes(), Instant::now())
}

pub(crate) fn send_batch(transport: &mut impl Transport, texts: &[&str]) -> Sent {
    let datagrams: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    transport.send_batch(&datagrams, Instant::now())
}

/// When a transport that has no connection tries again, and why it has none.
pub(crate) fn disconnected(result: Result<(), SendError>) -> (Instant, std::io::ErrorKind) {
    match result {
        Err(SendError::Disconnected { retry_at, source }) => (retry_at, source.kind()),
        other => panic!("{other:?}"),
    }
}
