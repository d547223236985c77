//! Why the kernel has not taken a datagram: a word to count by, and a sentence.

use std::io::ErrorKind;

use basenji::client::{Address, SendError};

use crate::failure::reason;

/// A reason to count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The socket has no room.
    Full,
    /// The datagram is too long for it.
    TooLong,
    /// There is no connection.
    NoConnection,
    /// Anything else.
    Other,
}

impl Why {
    /// Every one, in order of declaration.
    pub(super) const ALL: [Why; 4] = [Why::Full, Why::TooLong, Why::NoConnection, Why::Other];

    /// The reason of an error.
    pub(super) fn of(error: &SendError) -> Why {
        match error {
            SendError::WouldBlock => Why::Full,
            SendError::TooLong => Why::TooLong,
            SendError::Disconnected { .. } => Why::NoConnection,
            _ => Why::Other,
        }
    }

    /// What a report says.
    pub(super) fn text(self) -> &'static str {
        match self {
            Why::Full => "the socket was full",
            Why::TooLong => "they were too long",
            Why::NoConnection => "there was no connection",
            Why::Other => "the system refused them",
        }
    }
}

/// What is wrong between here and `address`, as the end of a sentence.
pub(super) fn sentence(error: &SendError, address: &Address) -> String {
    let SendError::Disconnected { source, .. } = error else {
        return match error {
            SendError::Failed(source) => format!("the system refuses it: {}", reason(source)),
            other => other.to_string(),
        };
    };
    match source.kind() {
        ErrorKind::NotFound if !matches!(address, Address::Udp { .. }) => "there is no such socket".to_owned(),
        ErrorKind::ConnectionRefused => "nobody listens there".to_owned(),
        _ => reason(source),
    }
}
