//! Who is shown datagrams as they come.

use std::sync::Arc;

use basenji::server::Arrival;

use crate::capture::Copier;
use crate::live::Tap;

/// A capture, and those who watch the live page.
pub(crate) struct Watchers {
    pub(crate) copier: Arc<Copier>,
    pub(crate) tap: Option<Arc<Tap>>,
}

impl Watchers {
    /// Shows them a datagram. Nobody is waited for; for each of the two that does not watch it costs one load.
    #[inline]
    pub(crate) fn see(&self, arrival: &Arrival<'_>) {
        self.copier.take(arrival);
        if let Some(tap) = &self.tap {
            tap.show(arrival);
        }
    }
}
