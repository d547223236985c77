//! The counters of a server: one table, from which come the public struct, its sums over threads, and the `basenji.*`
//! series.
//!
//! Every thread that counts owns its [`Stats`] and publishes them now and then as a whole; the sum of what has been
//! published can be read at any time. A worker publishes after each batch, so what it has read from a socket is at most
//! one batch ahead of what is seen.

mod account;
mod by;

pub use account::Account;
pub use by::{By, Kind, MessageKind};

use std::sync::atomic::{AtomicU64, Ordering};

use basenji_core::wire::MetricKind;
use basenji_core::{ErrorKind, Full};

use super::socket::ListenerKind;
use by::Cells;

macro_rules! stats {
    ($($(#[doc = $doc:literal])* $field:ident: $cells:ty = $kind:ident $name:literal $(by $tag:literal)?;)+) => {
        /// What a server has counted since its start, and what it holds now.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[doc = $doc])* pub $field: $cells,)+
        }

        impl Stats {
            /// How many numbers there are in all.
            const LEN: usize = 0 $(+ <$cells as Cells>::LEN)+;

            /// Every row.
            fn rows(&self) -> [&[u64]; [$($name),+].len()] {
                [$(self.$field.cells()),+]
            }

            /// Every row, to be changed.
            fn rows_mut(&mut self) -> [&mut [u64]; [$($name),+].len()] {
                [$(self.$field.cells_mut()),+]
            }

            /// What each row is called.
            const NAMED: [Named; [$($name),+].len()] = [$(Named {
                name: $name,
                help: concat!($($doc),*).trim_ascii(),
                tag: &[$($tag)?],
                tag_value: <$cells as Cells>::tag_value,
                kind: MetricKind::$kind,
            }),+];
        }
    };
}

stats! {
    /// Datagrams received. A frame of a stream counts as one, and so does each one of those that the kernel has handed
    /// over together.
    datagrams: By<ListenerKind> = Count "basenji.datagrams" by "listener";
    /// Bytes of those datagrams.
    bytes: By<ListenerKind> = Count "basenji.bytes" by "listener";
    /// Datagrams that were longer than the receive buffer; their last line is in `parse_errors`, unless they were cut
    /// at its end.
    truncated: By<ListenerKind> = Count "basenji.datagrams_truncated" by "listener";
    /// Receive calls that failed.
    receive_errors: By<ListenerKind> = Count "basenji.receive_errors" by "listener";
    /// UDP datagrams that the kernel has dropped, mostly because a socket's buffer was full. The kernel counts packets:
    /// of a sender that has it segment what it sends (UDP_SEGMENT), a dropped packet is taken for as many datagrams as
    /// those received were on average.
    kernel_drops: u64 = Count "basenji.kernel_drops";
    /// Datagrams that had come when the server stopped and were not looked at, where the system cannot turn senders away.
    unread: By<ListenerKind> = Count "basenji.datagrams_unread" by "listener";
    /// Stream connections that had to wait because there were no file descriptors for them: times that it was tried.
    accept_errors: u64 = Count "basenji.accept_errors";
    /// Messages received: lines that are metrics, events or service checks. Each is in exactly one of `shown_messages`,
    /// `refused_messages`, `skipped_messages`, `filtered_messages` and `waiting_messages`.
    messages: By<MessageKind> = Count "basenji.messages" by "kind";
    /// Messages that stand in a flush handed to the sinks.
    shown_messages: By<MessageKind> = Count "basenji.messages_shown" by "kind";
    /// Messages of which nothing was taken in for want of room.
    refused_messages: By<MessageKind> = Count "basenji.messages_refused" by "kind";
    /// Messages without a single finite value.
    skipped_messages: By<MessageKind> = Count "basenji.messages_skipped" by "kind";
    /// Messages left out by the server's rules; of a histogram or timing also those none of whose aggregates is shown.
    filtered_messages: By<MessageKind> = Count "basenji.messages_filtered" by "kind";
    /// Lines and frames that are no message.
    parse_errors: By<ErrorKind> = Count "basenji.parse_errors" by "error";
    /// Fields of events and service checks that were dropped because of a bad value.
    bad_fields: u64 = Count "basenji.bad_fields";
    /// Values that are not finite, of messages that were taken in without them and of messages that have no other.
    skipped_values: u64 = Count "basenji.skipped_values";
    /// Values for which there was no room, of messages that were taken in without them.
    refused_values: u64 = Count "basenji.refused_values";
    /// Messages with a sample rate outside (0, 1], which was taken as 1.
    odd_rates: u64 = Count "basenji.odd_rates";
    /// The messages of `refused_messages`, by what was full.
    refused: By<Full> = Count "basenji.refused" by "full";
    /// Distributions that were to repeat a histogram or a timing and were refused: messages.
    refused_copies: u64 = Count "basenji.copies_refused";
    /// Aggregates of histograms and timings left out by the server's rules: one for each in each flush.
    filtered_aggregates: u64 = Count "basenji.aggregates_filtered";
    /// Events shown that a sink was too slow for, or that a stop did not wait for, once for each such sink.
    events_dropped: u64 = Count "basenji.events_dropped";
    /// Service checks shown that a sink was too slow for, or that a stop did not wait for, once for each such sink.
    checks_dropped: u64 = Count "basenji.checks_dropped";
    /// Datagrams and connections whose sender's process is not visible from here (another PID namespace).
    unknown_pids: u64 = Count "basenji.unknown_pids";
    /// Stream connections accepted.
    connections_opened: u64 = Count "basenji.connections_opened";
    /// Stream connections closed because there were too many, once what had been written by then was read.
    connections_refused: u64 = Count "basenji.connections_refused";
    /// Series that a sink was too slow for, or that a stop did not wait for, once for each such sink.
    series_dropped: u64 = Count "basenji.series_dropped";
    /// Flushes so far.
    flushes: u64 = Count "basenji.flushes";
    /// Stream connections open now.
    connections: u64 = Gauge "basenji.connections";
    /// Messages that wait for the flush of their bucket now.
    waiting_messages: By<MessageKind> = Gauge "basenji.messages_waiting" by "kind";
    /// Series known now.
    contexts: u64 = Gauge "basenji.contexts";
    /// Flushes that wait now for the sink that lags the most.
    sink_queue: u64 = Gauge "basenji.sink_queue";
    /// Their bytes.
    sink_queue_bytes: u64 = Gauge "basenji.sink_queue_bytes";
}

/// What the numbers of a row are called as series.
struct Named {
    name: &'static str,
    help: &'static str,
    /// The key of the tag that tells its numbers apart, if there are several.
    tag: &'static [&'static str],
    tag_value: fn(usize) -> Option<String>,
    kind: MetricKind,
}

/// One number of [`Stats`] and what it is called as a series.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Number {
    /// The name of the series.
    pub name: &'static str,
    /// What it counts, in a sentence or two.
    pub help: &'static str,
    /// The key and value of its tag.
    pub tag: Option<(&'static str, String)>,
    /// `Count` or `Gauge`.
    pub kind: MetricKind,
    /// The number since the start, or now.
    pub value: u64,
}

impl Stats {
    /// Calls `each` with every number and what it is called as a series.
    pub fn for_each(&self, mut each: impl FnMut(Number)) {
        for (Named { name, help, tag, tag_value, kind }, row) in Self::NAMED.iter().zip(self.rows()) {
            for (index, &value) in row.iter().enumerate() {
                let tag = tag.first().copied().zip(tag_value(index));
                each(Number { name, help, tag, kind: *kind, value });
            }
        }
    }

    /// Adds every number of `other`.
    pub(crate) fn add(&mut self, other: &Stats) {
        for (sums, row) in self.rows_mut().into_iter().zip(other.rows()) {
            sums.iter_mut().zip(row).for_each(|(sum, number)| *sum = sum.wrapping_add(*number));
        }
    }
}

/// The last published [`Stats`] of one thread: written by that thread only, read by any.
pub(crate) struct Published([AtomicU64; Stats::LEN]);

impl Published {
    /// Replaces what was published before; a store a number, no lock.
    pub(crate) fn publish(&self, stats: &Stats) {
        let mut slots = self.0.iter();
        for row in stats.rows() {
            row.iter().zip(&mut slots).for_each(|(number, slot)| slot.store(*number, Ordering::Relaxed));
        }
    }

    /// What was published last; numbers of two batches may stand side by side.
    pub(crate) fn read(&self) -> Stats {
        let mut stats = Stats::default();
        let mut slots = self.0.iter();
        for row in stats.rows_mut() {
            row.iter_mut().zip(&mut slots).for_each(|(number, slot)| *number = slot.load(Ordering::Relaxed));
        }
        stats
    }
}

impl Default for Published {
    fn default() -> Self {
        Published(std::array::from_fn(|_| AtomicU64::new(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_place() {
        fn check<K: Kind + PartialEq>() {
            for (index, kind) in K::ALL.iter().enumerate() {
                assert_eq!(kind.index(), index);
            }
        }
        check::<MessageKind>();
        check::<ErrorKind>();
        check::<ListenerKind>();
        check::<Full>();
    }

    #[test]
    fn what_is_published_is_read_and_sums_add_up() {
        let mut stats = Stats { kernel_drops: 3, contexts: 7, ..Stats::default() };
        stats.messages.add(MessageKind::Event, 5);
        let published = Published::default();
        published.publish(&stats);
        assert_eq!(published.read(), stats);
        let mut sum = stats;
        sum.add(&stats);
        assert_eq!((sum.kernel_drops, sum.contexts, sum.messages.total()), (6, 14, 10));
        assert_eq!(sum.messages.get(MessageKind::Event), 10);
    }

    #[test]
    fn no_two_numbers_are_called_the_same_and_every_tag_is_plain() {
        let mut names = Vec::new();
        Stats::default().for_each(|number| names.push((number.name, number.tag)));
        for (_, value) in names.iter().filter_map(|(_, tag)| tag.as_ref()) {
            assert!(value.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{value}");
        }
        assert_eq!(names.len(), Stats::LEN);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
