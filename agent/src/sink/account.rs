//! The outcome of what a sink was given, for each place that it goes to.
//!
//! `taken + restored = delivered + held + dropped`, at any moment and for series, events and service checks each.

use std::sync::{Mutex, MutexGuard, PoisonError};

use basenji::server::Amount;

/// Declares why something was dropped, with the word for counters and the words for people.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $sentence:literal;)+) => {
        /// Why something was dropped.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Reason {
            $($(#[$doc])* $variant,)+
        }

        impl Reason {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Reason] = &[$(Reason::$variant),+];

            /// The word in `/status` and `/metrics`.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Reason::$variant => $word,)+
                }
            }

            /// The end of a sentence that begins with what was dropped.
            pub(crate) fn sentence(self) -> &'static str {
                match self {
                    $(Reason::$variant => $sentence,)+
                }
            }
        }
    };
}

reasons! {
    /// The sink was too slow for its queue of flushes.
    Queue = "queue", "because the sink takes them too slowly";
    /// An item fits no request.
    TooLarge = "too_large", "because each is too large for a request of its own";
    /// The receiver has refused it for good.
    Refused = "refused", "because the receiver refuses them";
    /// Too much waits to be sent again.
    RetryQueue = "retry_queue", "because too much waits to be sent again; forwarder_storage_max_size_in_bytes lets it wait on disk";
    /// It has waited on disk for too long, or other things needed its room.
    Disk = "disk", "because the disk has no more room for what waits, or it has waited too long";
    /// What waited on disk cannot be read any more.
    Unreadable = "unreadable", "because what waited on disk cannot be read";
    /// The daemon has stopped before it was sent.
    Stopped = "stopped", "because the daemon stopped before they were sent";
    /// The settings switch this kind off.
    SwitchedOff = "switched_off", "because the settings switch their kind off";
    /// The sink has no form for it.
    Unsupported = "unsupported", "because this sink has no form for them";
    /// There are too many series for the memory of the sink.
    NoRoom = "no_room", "because there are too many series for the memory of the sink";
    /// It clashes with another one in name or kind.
    Clash = "clash", "because they clash with others in name or kind";
    /// Standard output has failed.
    Output = "output", "because standard output has failed";
}

/// The counters of one place, shared by the threads that count and those that read.
#[derive(Debug, Default)]
pub(crate) struct SinkAccount {
    tally: Mutex<Tally>,
}

/// The counters of an [`SinkAccount`] at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// What the sink was given.
    pub(crate) taken: Amount,
    /// What an earlier run of the daemon has left on disk.
    pub(crate) restored: Amount,
    /// What has arrived.
    pub(crate) delivered: Amount,
    /// What is neither delivered nor dropped yet.
    pub(crate) held: Amount,
    /// What will never arrive, by reason; reasons without any are left out.
    pub(crate) dropped: Vec<(Reason, Amount)>,
    /// Attempts that have to be made again.
    pub(crate) retried: u64,
    /// The error of the last attempt that failed.
    pub(crate) last_error: Option<String>,
}

impl Tally {
    /// Counts what was dropped.
    pub(crate) fn lose(&mut self, reason: Reason, amount: Amount) {
        if amount == Amount::default() {
            return;
        }
        match self.dropped.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, sum)) => *sum += amount,
            None => {
                self.dropped.push((reason, amount));
                self.dropped.sort_unstable_by_key(|(reason, _)| *reason);
            }
        }
    }

    /// All that was dropped.
    #[cfg(test)]
    pub(crate) fn dropped_in_all(&self) -> Amount {
        self.dropped.iter().map(|(_, amount)| *amount).sum()
    }

    /// What was dropped for this reason.
    pub(crate) fn dropped_for(&self, reason: Reason) -> Amount {
        self.dropped.iter().find(|(other, _)| *other == reason).map_or(Amount::default(), |(_, amount)| *amount)
    }
}

impl SinkAccount {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sink is given this much.
    pub(crate) fn take(&self, amount: Amount) {
        let mut tally = self.tally();
        tally.taken += amount;
        tally.held += amount;
    }

    /// This much was found on disk.
    pub(crate) fn restore(&self, amount: Amount) {
        let mut tally = self.tally();
        tally.restored += amount;
        tally.held += amount;
    }

    /// This much has arrived.
    pub(crate) fn deliver(&self, amount: Amount) {
        let mut tally = self.tally();
        tally.held -= amount;
        tally.delivered += amount;
    }

    /// This much will never arrive.
    pub(crate) fn lose(&self, reason: Reason, amount: Amount) {
        let mut tally = self.tally();
        tally.held -= amount;
        tally.lose(reason, amount);
    }

    /// An attempt has to be made again, because of this.
    pub(crate) fn retry(&self, why: String) {
        let mut tally = self.tally();
        tally.retried += 1;
        tally.last_error = Some(why);
    }

    /// An attempt has failed for good, because of this.
    pub(crate) fn fail(&self, why: String) {
        self.tally().last_error = Some(why);
    }

    /// The counters now.
    pub(crate) fn look(&self) -> Tally {
        self.tally().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_adds_up_whatever_happens() {
        let account = SinkAccount::default();
        account.take(Amount { series: 10, events: 2, checks: 1 });
        account.restore(Amount::SERIES);
        account.deliver(Amount { series: 5, events: 1, checks: 0 });
        account.lose(Reason::Refused, Amount::CHECK);
        account.lose(Reason::TooLarge, Amount::SERIES);
        account.lose(Reason::Refused, Amount::EVENT);
        let tally = account.look();
        assert_eq!(tally.held, Amount { series: 5, events: 0, checks: 0 });
        assert_eq!(tally.taken + tally.restored, tally.delivered + tally.held + tally.dropped_in_all());
        let refused = Amount { series: 0, events: 1, checks: 1 };
        assert_eq!(tally.dropped, [(Reason::TooLarge, Amount::SERIES), (Reason::Refused, refused)]);
    }

    #[test]
    fn no_two_reasons_have_the_same_word() {
        let mut words: Vec<_> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Reason::ALL.len());
    }
}
