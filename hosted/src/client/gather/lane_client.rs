//! What one lane gathers.

use basenji_core::Time;

use super::gatherer::{Gatherer, of_lane};
use super::known::Known;
use crate::client::config::Config;
use crate::client::sys::clock;

/// That of a lane, once its thread has called.
pub(crate) type Slot = Option<Box<LaneClient>>;

/// What one lane gathers; a flush changes it for the spare one.
pub(crate) struct LaneClient {
    pub(crate) client: Gatherer,
    /// Hints are for `client`; those for the one before are nearly all right again, since contexts come in about the same order.
    pub(crate) known: Known,
    /// When `client` began to gather.
    pub(crate) since: Time,
    spare: Option<Gatherer>,
}

impl LaneClient {
    /// A lane's first one.
    #[cold]
    pub(crate) fn new(config: &Config) -> Box<LaneClient> {
        Box::new(LaneClient { client: of_lane(config), known: Known::default(), since: clock::now(), spare: None })
    }

    /// Takes out what was gathered; from `now` on an empty client gathers.
    pub(crate) fn exchange(&mut self, config: &Config, now: Time) -> Gatherer {
        let spare = self.spare.take().unwrap_or_else(|| of_lane(config));
        self.since = now;
        std::mem::replace(&mut self.client, spare)
    }

    /// Gives back what [`LaneClient::exchange`] has handed out, empty.
    pub(crate) fn give_back(&mut self, empty: Gatherer) {
        self.spare = Some(empty);
    }
}
