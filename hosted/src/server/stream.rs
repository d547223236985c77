//! Unix stream connections: frames with a length in front; the bytes of each are treated as those of a datagram.
//!
//! As in the Agent, a frame of no bytes and one that is longer than the receive buffer end the connection; what is
//! there of a frame at the end of a stream is lost. All three are counted. The sender's process is the one that has
//! written the end of a frame; a connection may be handed on to a child whose parent has ended.

use std::io::{self, Read};
use std::os::unix::net::{UnixListener, UnixStream};

use basenji_core::wire::framing::{Decoder, HEADER};
use basenji_core::{ParseError, Time};

use super::intake::{Datagram, Intake};
use super::report::Origin;
use super::socket::ListenerKind;
use super::sys::{options, receive_with_sender};

/// The kind of listener that all of this file is for.
const LISTENER: ListenerKind = ListenerKind::UnixStream;

/// Most reads of one connection before the others are read.
const TURN: usize = 16;

/// One connection.
pub(crate) struct Connection {
    pub(crate) stream: UnixStream,
    frames: Decoder<Box<[u8]>>,
    /// Whether the kernel tells who writes, and who has written last; before that, who has connected.
    credentials: bool,
    pid: Option<u32>,
}

/// Whether there is more to be read of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It has had its turn, and there may be more.
    More,
    /// There is nothing more for now.
    Idle,
    /// It has ended.
    Closed,
}

impl Connection {
    /// The next connection that waits at `listener`, if there is one. With `credentials` its process is asked for.
    ///
    /// # Errors
    ///
    /// What `accept` reports: mostly that there are too many open files.
    pub(crate) fn accept(listener: &UnixListener, limit: usize, credentials: bool) -> io::Result<Option<Connection>> {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        stream.set_nonblocking(true)?;
        let pid = if credentials { options::peer_pid(&stream) } else { None };
        let frames = Decoder::new(vec![0; limit + HEADER].into());
        Ok(Some(Connection { stream, frames, credentials, pid }))
    }

    /// Whether the process on the other side is known not to be visible from here.
    pub(crate) fn is_of_unknown_process(&self) -> bool {
        self.pid == Some(0)
    }

    /// Ends the connection; the start of a frame whose end has not come is counted as lost.
    pub(crate) fn close(self, intake: &mut Intake) {
        intake.stats.truncated.add(LISTENER, u64::from(self.frames.pending() > 0));
    }

    /// Takes the frames that have come, without waiting.
    pub(crate) fn read(&mut self, intake: &mut Intake, now: Time) -> Progress {
        for _ in 0..TURN {
            match self.receive() {
                Ok(0) => return Progress::Closed,
                Ok(len) => self.frames.advance(len),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Progress::Idle,
                Err(_) => {
                    intake.stats.receive_errors.add(LISTENER, 1);
                    return Progress::Closed;
                }
            }
            if !self.take_frames(intake, now) {
                return Progress::Closed;
            }
        }
        Progress::More
    }

    /// Reads into the space for frames.
    fn receive(&mut self) -> io::Result<usize> {
        if !self.credentials {
            return self.stream.read(self.frames.space());
        }
        let (len, pid) = receive_with_sender(&self.stream, self.frames.space())?;
        self.pid = pid.or(self.pid);
        Ok(len)
    }

    /// Takes the whole frames among what was read; false if one of them ends the stream.
    fn take_frames(&mut self, intake: &mut Intake, now: Time) -> bool {
        let pid = self.pid;
        let origin = || Origin { listener: LISTENER, address: None, pid, container: None };
        loop {
            match self.frames.next_frame() {
                Ok(Some(bytes)) => {
                    let datagram = Datagram { bytes, truncated: false, listener: LISTENER, pid };
                    intake.datagram(datagram, now, origin);
                }
                Ok(None) => return true,
                Err(kind) => {
                    intake.refuse(ParseError { kind, offset: 0 }, self.frames.rest(), now, origin);
                    return false;
                }
            }
        }
    }
}
