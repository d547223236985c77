//! The law of accounts: of each kind, messages received = shown + refused + skipped + filtered + waiting.

use super::{By, Kind, MessageKind, Stats};

/// The outcome of the messages of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The kind.
    pub kind: MessageKind,
    /// Messages received.
    pub received: u64,
    /// Those that stand in a flush handed to the sinks.
    pub shown: u64,
    /// Those of which nothing was taken in for want of room.
    pub refused: u64,
    /// Those without a single finite value.
    pub skipped: u64,
    /// Those left out by the server's rules.
    pub filtered: u64,
    /// Those that wait for the flush of their bucket.
    pub waiting: u64,
}

impl Account {
    /// Whether every message received is in exactly one of the others. It is whenever all numbers are of the same moment,
    /// unless a thread of the server has died with what it held.
    pub fn is_balanced(&self) -> bool {
        let parts = [self.shown, self.refused, self.skipped, self.filtered, self.waiting];
        parts.iter().fold(0, |sum: u64, part| sum.wrapping_add(*part)) == self.received
    }
}

impl Stats {
    /// The account of each kind of message; [`Monitor::accounts`](crate::server::Monitor::accounts) has counters of one
    /// moment.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        let Stats { messages, shown_messages, refused_messages, skipped_messages, filtered_messages, .. } = *self;
        let waiting: By<MessageKind> = self.waiting_messages;
        MessageKind::ALL.iter().map(move |&kind| Account {
            kind,
            received: messages.get(kind),
            shown: shown_messages.get(kind),
            refused: refused_messages.get(kind),
            skipped: skipped_messages.get(kind),
            filtered: filtered_messages.get(kind),
            waiting: waiting.get(kind),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_balanced_if_every_message_is_somewhere_once() {
        let mut stats = Stats::default();
        stats.messages.add(MessageKind::Event, 10);
        for part in [&mut stats.shown_messages, &mut stats.refused_messages, &mut stats.waiting_messages] {
            part.add(MessageKind::Event, 3);
        }
        let event = |stats: &Stats| stats.accounts().find(|account| account.kind == MessageKind::Event).unwrap();
        assert!(!event(&stats).is_balanced());
        stats.skipped_messages.add(MessageKind::Event, 1);
        assert!(event(&stats).is_balanced() && stats.accounts().all(|account| account.is_balanced()));
    }
}
