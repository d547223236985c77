//! What the live page shows.

use std::sync::Arc;

use super::{History, Refused, Tap};

/// What the live page shows.
#[derive(Clone)]
pub(crate) struct Live {
    pub(crate) history: Arc<History>,
    pub(crate) refused: Arc<Refused>,
    pub(crate) tap: Arc<Tap>,
    /// The token that requests need, if other machines can reach the page.
    pub(crate) token: Option<Arc<str>>,
}
