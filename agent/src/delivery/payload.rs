//! One request's worth of data, on its way.

use std::sync::Arc;

use basenji::server::Amount;

/// Where a body goes, and what the receiver has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// What follows the receiver's URL, from the slash on. Up to its query it is the route, which has a breaker of its own.
    pub(crate) path: String,
    /// Headers that describe the body; nothing secret, since they are written to disk.
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    /// The route: the path without its query.
    pub(super) fn route(&self) -> &str {
        self.path.split_once('?').map_or(&self.path, |(route, _)| route)
    }
}

/// A body and its head, shared by the targets that it is sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload {
    pub(crate) head: Arc<Head>,
    pub(crate) body: Arc<Vec<u8>>,
    /// What is in it.
    pub(crate) amount: Amount,
    /// Seconds since 1970 when it was made.
    pub(crate) created: u64,
}

impl Payload {
    /// The bytes that it takes in a queue.
    pub(crate) fn size(&self) -> usize {
        self.body.len()
    }
}
