//! The stream listeners and connections of one worker.

use std::io;

use basenji_core::Time;

use super::intake::Intake;
use super::socket::{Door, Limits, ListenerKind, StreamListener};
use super::stream::{Connection, Progress};
use super::sys::Poller;

/// Most connections to accept before the open ones are read.
const TURN: usize = 64;

/// Descriptors that connections leave to others: to probes, and to what is sent on.
const SPARE: usize = 4;

/// Stream listeners, and the connections that this worker has accepted from them.
///
/// In the poller the listeners stand first, the connections after them, in order.
pub(crate) struct Connections {
    listeners: Vec<StreamListener>,
    open: Vec<Connection>,
    limits: Limits,
    /// The place of the first listener in the poller.
    first: usize,
    /// Whether senders have been turned away.
    is_shut: bool,
}

impl Connections {
    /// Enters `listeners` into `poller`; everything after them in it belongs to this.
    pub(crate) fn new(
        listeners: Vec<StreamListener>,
        limits: Limits,
        poller: &mut Poller,
        first: usize,
    ) -> Connections {
        listeners.iter().for_each(|listener| poller.push(listener));
        Connections { listeners, open: Vec::new(), limits, first, is_shut: false }
    }

    /// Takes what `poller` has found ready.
    pub(crate) fn read(&mut self, poller: &mut Poller, intake: &mut Intake, now: Time) {
        // From the last to the first: a connection that is moved to the place of a closed one has been read already.
        for index in (0..self.open.len()).rev() {
            if poller.is_ready(self.place(index)) {
                self.read_one(index, poller, intake, now);
            }
        }
        for listener in 0..self.listeners.len() {
            if poller.is_ready(self.first + listener) {
                self.accept(listener, poller, intake, now);
            }
        }
    }

    /// Accepts and reads everything that is there, ready or not; returns whether there may be more.
    pub(crate) fn drain(&mut self, poller: &mut Poller, intake: &mut Intake, now: Time) -> bool {
        let mut more = false;
        // Connections that have ended make room for those that wait, in the number of connections and of file descriptors.
        for index in (0..self.open.len()).rev() {
            more |= self.read_one(index, poller, intake, now) == Progress::More;
        }
        for listener in 0..self.listeners.len() {
            more |= self.accept(listener, poller, intake, now);
        }
        more
    }

    /// Turns away every sender that wants to connect or to write from now on; true if all are turned away. What they have written before can still be read.
    pub(crate) fn shut(&mut self) -> bool {
        self.is_shut = true;
        let are_shut = self.listeners.iter().fold(true, |are_shut, listener| are_shut & listener.shut().is_ok());
        // A connection that its sender has closed cannot be shut, and need not be.
        self.open.iter().for_each(|connection| drop(connection.stream.shut()));
        are_shut
    }

    /// Closes every connection.
    pub(crate) fn close(&mut self, poller: &mut Poller, intake: &mut Intake) {
        while let Some(index) = self.open.len().checked_sub(1) {
            self.remove(index, poller, intake);
        }
    }

    /// Watches listeners again that were left alone after an error.
    pub(crate) fn resume(&self, poller: &mut Poller) {
        (0..self.listeners.len()).for_each(|listener| poller.resume(self.first + listener));
    }

    fn place(&self, connection: usize) -> usize {
        self.first + self.listeners.len() + connection
    }

    fn read_one(&mut self, index: usize, poller: &mut Poller, intake: &mut Intake, now: Time) -> Progress {
        let progress = self.open[index].read(intake, now);
        if progress == Progress::Closed {
            self.remove(index, poller, intake);
        }
        progress
    }

    fn remove(&mut self, index: usize, poller: &mut Poller, intake: &mut Intake) {
        poller.swap_remove(self.place(index));
        self.open.swap_remove(index).close(intake);
        intake.stats.connections = self.open.len() as u64;
        // The error of a listener may have been too many open files.
        self.resume(poller);
    }

    /// Accepts some of the connections that wait, at the end no more than there is room for; returns whether there was any.
    fn accept(&mut self, listener: usize, poller: &mut Poller, intake: &mut Intake, now: Time) -> bool {
        let mut any = false;
        for _ in 0..TURN {
            if self.is_shut && self.open.len() >= self.limits.connections {
                break;
            }
            let own = &self.listeners[listener];
            let accepted = match self.is_shut || leaves_spare(own) {
                true => Connection::accept(own, self.limits.frame, self.limits.credentials),
                false => Err(io::Error::from_raw_os_error(libc::EMFILE)),
            };
            match accepted {
                Ok(None) => break,
                // A listener that is shut says so once no connection waits.
                Err(error) if self.is_shut && error.kind() == io::ErrorKind::InvalidInput => break,
                Ok(Some(connection)) => {
                    any = true;
                    self.take(connection, poller, intake, now);
                }
                Err(error) => {
                    if is_lack_of_descriptors(&error) {
                        intake.stats.accept_errors += 1;
                    } else {
                        intake.stats.receive_errors.add(ListenerKind::UnixStream, 1);
                    }
                    // The poller would report it as ready for as long as the error lasts.
                    poller.pause(self.first + listener);
                    break;
                }
            }
        }
        any
    }

    fn take(&mut self, mut connection: Connection, poller: &mut Poller, intake: &mut Intake, now: Time) {
        intake.stats.unknown_pids += u64::from(connection.is_of_unknown_process());
        if self.open.len() >= self.limits.connections {
            intake.stats.connections_refused += 1;
            // What its client has written by now would be lost without being counted.
            let _ = connection.stream.shut();
            for _ in 0..TURN {
                if connection.read(intake, now) != Progress::More {
                    break;
                }
            }
            connection.close(intake);
            return;
        }
        if self.is_shut {
            let _ = connection.stream.shut();
        }
        poller.push(&connection.stream);
        self.open.push(connection);
        intake.stats.connections_opened += 1;
        intake.stats.connections = self.open.len() as u64;
    }
}

/// Whether there are descriptors for others beside the one of the next connection: whoever else lets go of one finds it again.
fn leaves_spare(listener: &StreamListener) -> bool {
    let spare: [_; SPARE + 1] = std::array::from_fn(|_| listener.try_clone());
    spare.iter().all(Result::is_ok)
}

/// Whether this process (EMFILE) or the system (ENFILE) has no descriptor left.
fn is_lack_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}
