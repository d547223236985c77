//! One listener: accepts, reads, asks policy and table, answers.

use std::fs::File;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tracing::warn;

use super::answer::Answer;
use super::policy::Policy;
use super::request;
use super::slots::{Class, Slot, Slots};
use super::table::Table;
use super::timed::Timed;

/// How long a request has, from its connection to the last byte of its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long after a failure to accept it is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// How long a request may keep all others waiting when there is no thread for it.
const SOON: Duration = Duration::from_millis(500);

/// How often a lack of file descriptors is logged.
const SAID: Duration = Duration::from_secs(60);

/// Bytes of a request that are read after the answer that refuses it.
const LINGER: u64 = 1 << 16;

/// Bytes of a thread's stack: the tables of a compressor stand on it for a moment.
const STACK: usize = 2 << 20;

/// What every connection needs.
struct Service {
    table: Table,
    policy: Policy,
    patience: Duration,
}

/// Listens at `address` and answers for the life of the process; returns where it listens.
///
/// # Errors
///
/// What the system reports of the address.
pub(crate) fn serve(address: SocketAddr, table: Table, policy: Policy) -> io::Result<SocketAddr> {
    serve_within(PATIENCE, address, table, policy)
}

/// [`serve`] with another deadline.
pub(super) fn serve_within(
    patience: Duration,
    address: SocketAddr,
    table: Table,
    policy: Policy,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let door = Door {
        listener,
        slots: Arc::default(),
        service: Arc::new(Service { table, policy, patience }),
        reserve: None,
        said: None,
    };
    thread::Builder::new().name("basenji-http".to_owned()).stack_size(STACK).spawn(move || door.open())?;
    Ok(address)
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    slots: Arc<Slots>,
    service: Arc<Service>,
    /// A descriptor to give up for a probe when there is no other.
    reserve: Option<File>,
    /// When the lack of descriptors was last logged.
    said: Option<Instant>,
}

impl Door {
    fn open(mut self) {
        loop {
            if self.reserve.is_none() {
                self.reserve = File::open("/dev/null").ok();
            }
            match self.listener.accept() {
                Ok((stream, _)) => self.take(stream, false),
                Err(error) if is_lack_of_descriptors(&error) => self.make_do(),
                // A connection that has ended already, or too little memory.
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Takes a connection without a descriptor for it: with the one in reserve, else with that of the oldest unfinished request.
    fn make_do(&mut self) {
        let now = Instant::now();
        if self.said.is_none_or(|last| now - last >= SAID) {
            self.said = Some(now);
            warn!("out of file descriptors: HTTP answers probes only; raise the limit of open files (ulimit -n)");
        }
        if self.reserve.take().is_none() {
            // Accepting fails even if nobody waits, and the one that has the last descriptor may be a probe that is about to be read.
            self.slots.evict(now.checked_sub(SOON).unwrap_or(now));
            thread::sleep(PAUSE);
        } else if let Ok((stream, _)) = self.listener.accept() {
            self.take(stream, true);
        }
    }

    /// Answers in a thread of its own, to probes only if descriptors are `scarce`. Without a slot the connection is closed; without
    /// a thread, which there may be no memory for, it is answered here and soon, or not at all.
    fn take(&self, stream: TcpStream, scarce: bool) {
        let end = Instant::now() + self.service.patience;
        let Some(slot) = self.slots.enter(stream, end).map(Arc::new) else { return };
        let (service, of_thread) = (Arc::clone(&self.service), Arc::clone(&slot));
        // Whoever has asked may be gone.
        let answer = move || drop(service.converse(&of_thread, end, scarce));
        if thread::Builder::new().name("basenji-http".to_owned()).stack_size(STACK).spawn(answer).is_err() {
            let _ = self.service.converse(&slot, end.min(Instant::now() + SOON), true);
        }
    }
}

fn is_lack_of_descriptors(error: &io::Error) -> bool {
    // EMFILE of this process, ENFILE of the system: the same numbers on every Unix.
    matches!(error.raw_os_error(), Some(23 | 24))
}

/// Reads some of what still comes after an answer: a connection that is closed with bytes unread takes the answer with it.
fn linger(stream: &mut impl Read, socket: &TcpStream) -> io::Result<()> {
    socket.shutdown(Shutdown::Write)?;
    io::copy(&mut stream.take(LINGER), &mut io::sink()).map(drop)
}

impl Service {
    /// Reads the request of a connection and answers it.
    fn converse(&self, slot: &Slot, end: Instant, scarce: bool) -> io::Result<()> {
        let mut stream = Timed::new(slot.stream(), end);
        let request = match request::read(&mut stream)? {
            Ok(request) => request,
            Err(problem) => {
                Answer::text("400 Bad Request", format!("{problem}\n")).write(&mut stream, 1, true)?;
                return linger(&mut stream, slot.stream());
            }
        };
        let with_body = match &request.method[..] {
            "GET" => true,
            "HEAD" => false,
            _ => {
                let answer = Answer::text("405 Method Not Allowed", "only GET and HEAD\n");
                answer.with_field("Allow", "GET, HEAD").write(&mut stream, request.version, true)?;
                return linger(&mut stream, slot.stream());
            }
        };
        if let Err(answer) = self.policy.check(&request, slot.stream().local_addr()?) {
            return answer.write(&mut stream, request.version, with_body);
        }
        let class = self.table.class(&request.path);
        if scarce && class != Class::Probe {
            let answer = Answer::text("503 Service Unavailable", "out of file descriptors\n");
            return answer.write(&mut stream, request.version, with_body);
        }
        if !slot.become_one(class, end) {
            let answer = Answer::text("503 Service Unavailable", "others are being answered\n");
            return answer.with_field("Retry-After", "1").write(&mut stream, request.version, with_body);
        }
        if class == Class::Lasting {
            stream.renew(self.patience);
        }
        self.table.answer(&request).write(&mut stream, request.version, with_body)
    }
}
