//! The stream listeners and connections of one worker.

use std::os::unix::net::UnixListener;

use basenji_core::Time;

use super::intake::Intake;
use super::socket::ListenerKind;
use super::stream::{Connection, Progress};
use super::sys::Poller;

/// The settings of connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections of this worker at a time.
    pub(crate) connections: usize,
    /// Bytes of the longest frame.
    pub(crate) frame: usize,
    /// Whether a connection's process is asked for.
    pub(crate) credentials: bool,
}

/// Stream listeners, and the connections that this worker has accepted from them.
///
/// In the poller the listeners stand first, the connections after them, in order.
pub(crate) struct Connections {
    listeners: Vec<UnixListener>,
    open: Vec<Connection>,
    limits: Limits,
    /// The place of the first listener in the poller.
    first: usize,
}

impl Connections {
    /// Enters `listeners` into `poller`; everything after them in it belongs to this.
    pub(crate) fn new(listeners: Vec<UnixListener>, limits: Limits, poller: &mut Poller, first: usize) -> Connections {
        listeners.iter().for_each(|listener| poller.push(listener));
        Connections { listeners, open: Vec::new(), limits, first }
    }

    /// Takes what `poller` has found ready.
    pub(crate) fn read(&mut self, poller: &mut Poller, intake: &mut Intake, now: Time) {
        // From the last, so that the one that takes the place of a closed one has had its turn.
        for index in (0..self.open.len()).rev() {
            if poller.is_ready(self.place(index)) {
                self.read_one(index, poller, intake, now);
            }
        }
        for listener in 0..self.listeners.len() {
            if poller.is_ready(self.first + listener) {
                self.accept(listener, poller, intake);
            }
        }
    }

    /// Accepts and reads everything that is there, ready or not; returns whether there may be more.
    pub(crate) fn drain(&mut self, poller: &mut Poller, intake: &mut Intake, now: Time) -> bool {
        let mut more = false;
        for listener in 0..self.listeners.len() {
            more |= self.accept(listener, poller, intake);
        }
        for index in (0..self.open.len()).rev() {
            more |= self.read_one(index, poller, intake, now) == Progress::More;
        }
        more
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
        // What stopped a listener may have been too many open files.
        self.resume(poller);
    }

    /// Accepts every connection that waits; returns whether there was any.
    fn accept(&mut self, listener: usize, poller: &mut Poller, intake: &mut Intake) -> bool {
        let mut any = false;
        loop {
            match Connection::accept(&self.listeners[listener], self.limits.frame, self.limits.credentials) {
                Ok(None) => return any,
                Ok(Some(connection)) => {
                    any = true;
                    self.take(connection, poller, intake);
                }
                Err(_) => {
                    intake.stats.receive_errors.add(ListenerKind::UnixStream, 1);
                    // It would be found ready at once for as long as the error lasts.
                    poller.pause(self.first + listener);
                    return any;
                }
            }
        }
    }

    fn take(&mut self, connection: Connection, poller: &mut Poller, intake: &mut Intake) {
        intake.stats.unknown_pids += u64::from(connection.is_of_unknown_process());
        if self.open.len() >= self.limits.connections {
            intake.stats.connections_refused += 1;
            return;
        }
        poller.push(&connection.stream);
        self.open.push(connection);
        intake.stats.connections_opened += 1;
        intake.stats.connections = self.open.len() as u64;
    }
}
