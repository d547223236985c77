//! What went wrong on the way out of a client, kept until it is asked for.

use std::io;

use basenji::client::{Lost, Trouble, Troubles};

/// What happened.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum bj_trouble_kind {
    /// There is no connection; kept once, until there was one again.
    BJ_DISCONNECTED = 0,
    /// Lost: the queue was full.
    BJ_LOST_OVERFLOW = 1,
    /// Lost: it has waited too long, in the queue or for a connection.
    BJ_LOST_EXPIRED = 2,
    /// Lost: the socket was full for too long.
    BJ_LOST_BLOCKED = 3,
    /// Lost: it is longer than the transport carries.
    BJ_LOST_TOO_LONG = 4,
    /// Lost: the system has refused it.
    BJ_LOST_FAILED = 5,
    /// Lost: the client was closed before it could be sent.
    BJ_LOST_STOPPED = 6,
    /// Anything that a later version tells.
    BJ_LOST_OTHERWISE = 7,
}

use bj_trouble_kind::*;

/// Something that went wrong on the way out.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_trouble {
    /// One of `bj_trouble_kind`.
    pub kind: i32,
    /// The error number of the system (`errno`), 0 where there is none.
    pub system_error: i32,
    /// Datagrams that were lost.
    pub datagrams: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many troubles were dropped since the one before, because more came than were to be kept.
    pub dropped: u64,
}

/// The oldest of the troubles that are kept.
pub(crate) fn next(troubles: &Troubles<bj_trouble>) -> Option<bj_trouble> {
    troubles.next().map(|(trouble, dropped)| bj_trouble { dropped, ..trouble })
}

/// A trouble, as C has it.
pub(crate) fn made(trouble: &Trouble) -> bj_trouble {
    let (kind, tally, source): (_, _, Option<&io::Error>) = match trouble {
        Trouble::Disconnected(source) => (BJ_DISCONNECTED, None, Some(source)),
        Trouble::Lost { reason, tally, source } => {
            let kind = match reason {
                Lost::Overflow => BJ_LOST_OVERFLOW,
                Lost::Expired => BJ_LOST_EXPIRED,
                Lost::Blocked => BJ_LOST_BLOCKED,
                Lost::TooLong => BJ_LOST_TOO_LONG,
                Lost::Failed => BJ_LOST_FAILED,
                Lost::Stopped => BJ_LOST_STOPPED,
                _ => BJ_LOST_OTHERWISE,
            };
            (kind, Some(tally), source.as_deref())
        }
        _ => (BJ_LOST_OTHERWISE, None, None),
    };
    bj_trouble {
        kind: kind as i32,
        system_error: source.and_then(io::Error::raw_os_error).unwrap_or_default(),
        datagrams: tally.map_or(0, |tally| tally.datagrams),
        bytes: tally.map_or(0, |tally| tally.bytes),
        dropped: 0,
    }
}
