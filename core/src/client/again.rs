//! Calls for contexts that were called before: each is looked for first where it was.

use super::client::Client;
use super::dialect::Dialect;
use crate::Time;
use crate::aggregate::{Hint, Storage};
use crate::wire::{MetricKind, TagTexts};

impl<S: Storage, B: AsRef<[u8]> + AsMut<[u8]>, T: AsRef<[u8]>, D: AsRef<Dialect>> Client<S, B, T, D> {
    /// [`Client::metric`] of a call that is not sampled and has nothing but a kind, a name, tags and a number, where the context was at `hint` when a
    /// call was aggregated: without a search. If the context is not there, or such a call is not aggregated, it does nothing and returns false: then call
    /// `metric`.
    #[inline]
    pub fn metric_at(
        &mut self,
        hint: Hint,
        (kind, name, tags): (MetricKind, &[u8], impl TagTexts),
        value: f64,
        now: Time,
    ) -> bool {
        let is_taken = S::HOLDS
            && self.options.aggregation.takes_kind(kind)
            && self.start(now).is_ok()
            && self.aggregator.record_at(hint, (kind, name, tags), value, now);
        if is_taken {
            self.counters.metrics.add(kind, 1);
        }
        is_taken
    }

    /// Where the context was of the call that was aggregated last.
    pub fn last_context(&self) -> Hint {
        self.aggregator.last_context()
    }
}
