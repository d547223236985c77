//! A connection that is made when it is needed, and made again when it is lost.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::backoff::{Backoff, Retry};
use super::error::{SendError, Verdict, judge};

/// A socket that may be lost.
pub(super) struct Link<S> {
    socket: Option<S>,
    backoff: Backoff,
    /// Why the last attempt has failed.
    reason: Option<Arc<io::Error>>,
    connections: u64,
}

impl<S> Link<S> {
    /// No connection yet.
    pub(super) fn new(retry: Retry, seed: u64) -> Link<S> {
        Link { socket: None, backoff: Backoff::new(retry, seed), reason: None, connections: 0 }
    }

    /// Calls `operation` with a socket, which `connect` makes if there is none and it is time to try.
    ///
    /// If the connection turns out to be lost, another one is made and the operation is called once more: a server that was
    /// started again is found by the very datagram that notices.
    pub(super) fn with(
        &mut self,
        now: Instant,
        connect: impl FnOnce() -> io::Result<S>,
        mut operation: impl FnMut(&mut S) -> io::Result<()>,
    ) -> Result<(), SendError> {
        if let Some(socket) = &mut self.socket {
            match operation(socket) {
                Ok(()) => return Ok(()),
                Err(error) => self.judge(error)?,
            };
        }
        if let Some(retry_at) = self.backoff.holds(now) {
            return Err(self.disconnected(retry_at));
        }
        let error = match connect() {
            Ok(socket) => {
                self.connections += 1;
                match operation(self.socket.insert(socket)) {
                    Ok(()) => {
                        self.backoff.succeed();
                        return Ok(());
                    }
                    Err(error) => self.judge(error)?,
                }
            }
            Err(error) => error,
        };
        self.reason = Some(Arc::new(error));
        let retry_at = self.backoff.fail(now);
        Err(self.disconnected(retry_at))
    }

    /// Calls `operation` with the socket that is there; `None` if there is none, or if [`Link::with`] has to handle the error.
    pub(super) fn try_shared(&self, operation: impl FnOnce(&S) -> io::Result<usize>) -> Option<Result<(), SendError>> {
        match operation(self.socket.as_ref()?) {
            Ok(_) => Some(Ok(())),
            Err(error) => match judge(&error) {
                Verdict::Full => Some(Err(SendError::WouldBlock)),
                Verdict::TooLong => Some(Err(SendError::TooLong)),
                Verdict::ThisOne | Verdict::Gone | Verdict::Foreign => None,
            },
        }
    }

    /// The error of a connection that is lost, which is closed; or what else it means for the datagram.
    fn judge(&mut self, error: io::Error) -> Result<io::Error, SendError> {
        match judge(&error) {
            Verdict::Full => return Err(SendError::WouldBlock),
            Verdict::TooLong => return Err(SendError::TooLong),
            Verdict::ThisOne => return Err(SendError::Failed(Arc::new(error))),
            Verdict::Gone => self.close(),
            // The number belongs to another file now, which stays open.
            Verdict::Foreign => std::mem::forget(self.socket.take()),
        }
        Ok(error)
    }

    fn disconnected(&self, retry_at: Instant) -> SendError {
        let source = self.reason.clone().unwrap_or_else(|| Arc::new(io::ErrorKind::NotConnected.into()));
        SendError::Disconnected { retry_at, source }
    }

    /// Closes the connection; the next operation makes another one.
    pub(super) fn close(&mut self) {
        self.socket = None;
    }

    /// Lets the next operation try at once.
    pub(super) fn hurry(&mut self) {
        self.backoff.succeed();
    }

    /// The connection, if there is one.
    pub(super) fn get(&self) -> Option<&S> {
        self.socket.as_ref()
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> u64 {
        self.connections
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::time::Duration;

    const RETRY: Retry = Retry { first: Duration::from_millis(10), most: Duration::from_millis(10) };

    fn error(kind: io::ErrorKind) -> io::Result<()> {
        Err(kind.into())
    }

    #[test]
    fn a_connection_is_made_once_and_kept() {
        let mut link = Link::new(RETRY, 1);
        let made = Cell::new(0);
        for _ in 0..3 {
            link.with(Instant::now(), || Ok(made.replace(made.get() + 1)), |_| Ok(())).unwrap();
        }
        assert_eq!((made.get(), link.connections()), (1, 1));
    }

    #[test]
    fn a_lost_connection_is_made_again_at_once_and_the_operation_repeated() {
        let mut link = Link::new(RETRY, 1);
        let now = Instant::now();
        link.with(now, || Ok(1), |_| Ok(())).unwrap();
        link.with(now, || Ok(2), |socket| if *socket == 1 { error(io::ErrorKind::BrokenPipe) } else { Ok(()) })
            .unwrap();
        assert_eq!(link.get(), Some(&2));
    }

    #[test]
    fn where_no_connection_can_be_made_no_attempt_is_made_until_the_interval_is_over() {
        let mut link = Link::<()>::new(RETRY, 1);
        let now = Instant::now();
        let attempts = Cell::new(0);
        let mut attempt = |now| {
            let connect = || {
                attempts.set(attempts.get() + 1);
                Err(io::ErrorKind::NotFound.into())
            };
            match link.with(now, connect, |()| Ok(())) {
                Err(SendError::Disconnected { retry_at, source }) => {
                    assert_eq!(source.kind(), io::ErrorKind::NotFound);
                    retry_at
                }
                other => panic!("{other:?}"),
            }
        };
        let retry_at = attempt(now);
        assert_eq!(attempt(now), retry_at);
        assert!(attempt(retry_at) > retry_at);
        assert_eq!(attempts.get(), 2);
    }

    #[test]
    fn a_full_socket_stays_connected() {
        let mut link = Link::new(RETRY, 1);
        let now = Instant::now();
        let result = link.with(now, || Ok(1), |_| error(io::ErrorKind::WouldBlock));
        assert!(matches!(result, Err(SendError::WouldBlock)));
        let result = link.with(now, || Ok(2), |_| error(io::ErrorKind::PermissionDenied));
        assert!(matches!(result, Err(SendError::Failed(_))));
        assert_eq!(link.get(), Some(&1));
    }

    #[test]
    fn a_connection_that_breaks_again_and_again_is_left_alone_for_an_interval() {
        let mut link = Link::new(RETRY, 1);
        let now = Instant::now();
        let result = link.with(now, || Ok(()), |()| error(io::ErrorKind::ConnectionReset));
        assert!(matches!(result, Err(SendError::Disconnected { retry_at, .. }) if retry_at > now));
        assert_eq!(link.get(), None);
    }
}
