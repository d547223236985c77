//! `statsd_forward_host` and `statsd_forward_port`: another server gets every datagram, as it came.
//!
//! A host that does not resolve is no reason not to receive: it is looked up again, ever more rarely, until it does.
//! Every datagram is counted, as sent or as unsent; of what was sent, the receiver's host may tell that nobody takes it.

use std::fmt::Write;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tracing::{info, warn};

use crate::config::Settings;
use crate::failure::{Failure, reason};

/// The time before the host is looked up again for the first time; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest time between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The way to another server.
#[derive(Debug, Default)]
pub(crate) struct Forward {
    /// Opened once the host has an address.
    socket: OnceLock<UdpSocket>,
    /// Host and port.
    to: String,
    sent: AtomicU64,
    unsent: AtomicU64,
    refused: AtomicU64,
}

/// Datagrams so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Taken by the kernel.
    pub(crate) sent: u64,
    /// Not taken by it, or received while the host had no address.
    pub(crate) unsent: u64,
    /// Those of the sent ones of which the receiver's host has told that nobody listens. It need not tell.
    pub(crate) refused: u64,
}

impl Forward {
    /// The way that the settings ask for, if they do; waits a second at most for the host's address.
    ///
    /// # Errors
    ///
    /// No thread can be started to look the host up again.
    pub(crate) fn start(settings: &Settings) -> Result<Option<Arc<Forward>>, Failure> {
        let (host, port) = (settings.forward_host.value.clone(), settings.forward_port.0);
        let port = u16::try_from(port).unwrap_or_default();
        if host.is_empty() || port == 0 {
            return Ok(None);
        }
        let forward = Arc::new(Forward { to: format!("{host}:{port}"), ..Forward::default() });
        let opened = Arc::clone(&forward);
        let (tell, told) = channel();
        let to = format!("{} ({})", forward.to, settings.forward_host.origin);
        let find = move || {
            let first = opened.open(&host, port);
            let is_open = first.is_ok();
            // Nobody listens any more if the look-up has taken long.
            let _ = tell.send(first);
            if !is_open {
                opened.try_again(&host, port);
            }
        };
        // A look-up may take as long as a name server is silent.
        thread::Builder::new()
            .name("basenji-forward".to_owned())
            .spawn(find)
            .map_err(|error| Failure::new(format!("cannot start a thread: {}", reason(&error))))?;
        let why = match told.recv_timeout(FIRST_PAUSE) {
            Ok(Ok(())) => return Ok(Some(forward)),
            Ok(Err(error)) => reason(&error),
            Err(_) => "its address is still being looked up".to_owned(),
        };
        warn!("datagrams are not forwarded to {to} until it can be reached: {why}");
        Ok(Some(forward))
    }

    /// Forwards a datagram, or counts that it was not forwarded. It waits for nothing.
    pub(crate) fn send(&self, datagram: &[u8]) {
        let is_sent = self.socket.get().is_some_and(|socket| {
            let again = |error: std::io::Error| {
                // It is of a datagram before this one, which is not sent then.
                if error.kind() == ErrorKind::ConnectionRefused {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                socket.send(datagram)
            };
            socket.send(datagram).or_else(again).is_ok()
        });
        let counter = if is_sent { &self.sent } else { &self.unsent };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(crate) fn counts(&self) -> Counts {
        let [sent, unsent, refused] = [&self.sent, &self.unsent, &self.refused].map(|of| of.load(Ordering::Relaxed));
        Counts { sent, unsent, refused }
    }

    /// `/status`.
    pub(crate) fn json(&self) -> Value {
        let Counts { sent, unsent, refused } = self.counts();
        json!({"to": self.to, "is_resolved": self.socket.get().is_some(), "sent": sent, "unsent": unsent, "refused": refused})
    }

    /// `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        let Counts { sent, unsent, refused } = self.counts();
        let rows = [
            ("sent", "Forwarded datagrams that the kernel has taken", sent),
            ("unsent", "Datagrams that were not forwarded", unsent),
            ("refused", "Sent datagrams of which the receiver's host has told that nobody listens", refused),
        ];
        rows.into_iter().fold(String::new(), |mut text, (what, help, count)| {
            let name = format!("basenji_forward_{what}_total");
            // A `String` takes all.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} counter\n{name} {count}");
            text
        })
    }

    fn open(&self, host: &str, port: u16) -> std::io::Result<()> {
        let target =
            (host, port).to_socket_addrs()?.next().ok_or_else(|| std::io::Error::other("the name has no address"))?;
        let local: SocketAddr = match target {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        socket.connect(target)?;
        // There is only one thread that opens it.
        let _ = self.socket.set(socket);
        Ok(())
    }

    fn try_again(&self, host: &str, port: u16) {
        let mut pause = FIRST_PAUSE;
        loop {
            thread::sleep(pause);
            let Err(error) = self.open(host, port) else {
                return info!("datagrams are forwarded to {} now; {} were not", self.to, self.counts().unsent);
            };
            pause = (pause * 2).min(LONGEST_PAUSE);
            if pause == LONGEST_PAUSE {
                let Counts { unsent, .. } = self.counts();
                warn!("{unsent} datagrams were not forwarded to {} so far: {}", self.to, reason(&error));
            }
        }
    }
}
