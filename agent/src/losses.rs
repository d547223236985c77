//! Warnings of what was lost since the last check, one for each cause.

use std::time::{Duration, Instant};

use basenji::server::{By, ListenerKind, MessageKind, Monitor, Stats, Worst};
use tracing::warn;

const MINUTE: Duration = Duration::from_secs(60);

/// A counter, and what to log when it has risen.
type Cause = (fn(&Stats) -> u64, &'static str);

/// Everything that can be lost before the sinks, with advice where there is some. Bad lines and sinks have warnings
/// of their own.
const CAUSES: [Cause; 12] = [
    (
        |stats| stats.kernel_drops,
        "UDP datagrams dropped by the kernel; a larger --so-rcvbuf or more --workers may help",
    ),
    (|stats| stats.unread.total(), "datagrams were left unread at the stop"),
    (
        |stats| stats.truncated.total() - stats.truncated.get(ListenerKind::UnixStream),
        "datagrams cut, each without its last line; a larger --buffer-size takes them whole",
    ),
    (
        |stats| stats.truncated.get(ListenerKind::UnixStream),
        "stream connections ended inside a frame, of which nothing was taken; their clients have sent only a part of it",
    ),
    (
        |stats| metrics(&stats.refused_messages),
        "metrics refused because there is no room for them; --context-limit is the room for series",
    ),
    (|stats| stats.refused_values, "values of metrics refused because there is no room for samples"),
    (|stats| stats.skipped_values, "values skipped that are NaN or infinite"),
    (|stats| stats.odd_rates, "messages with a sample rate outside (0, 1], which was taken as 1"),
    (|stats| stats.bad_fields, "fields of events and service checks left out because of a bad value"),
    (|stats| stats.refused_messages.get(MessageKind::Event), "events refused because too many waited for the flush"),
    (
        |stats| stats.refused_messages.get(MessageKind::ServiceCheck),
        "service checks refused because too many waited for the flush",
    ),
    (|stats| stats.connections_refused, "stream connections refused because too many are open"),
];

/// Warns of each cause whose counter has risen between two checks.
pub(crate) fn warn_of(before: &Stats, now: &Stats) {
    for (count, what) in CAUSES {
        let risen = count(now).saturating_sub(count(before));
        if risen > 0 {
            warn!("{risen} {what}");
        }
    }
}

/// Every cause of a loss so far, with its number since the start.
pub(crate) fn of(stats: &Stats) -> impl Iterator<Item = (u64, &'static str)> {
    let lost = CAUSES.into_iter().map(|(count, what)| (count(stats), what));
    lost.filter(|(count, what)| *count > 0 && !what.contains("sample rate"))
}

/// Logs that stream connections wait for file descriptors, once a minute while they do.
#[derive(Default)]
pub(crate) struct Descriptors {
    seen: u64,
    said: Option<Instant>,
}

impl Descriptors {
    /// Whether it is time to log it again.
    fn is_due(&mut self, stats: &Stats, now: Instant) -> bool {
        let is_due = stats.accept_errors > self.seen && self.said.is_none_or(|last| now - last >= MINUTE);
        if is_due {
            (self.seen, self.said) = (stats.accept_errors, Some(now));
        }
        is_due
    }

    pub(crate) fn warn_of(&mut self, stats: &Stats) {
        if self.is_due(stats, Instant::now()) {
            warn!("out of file descriptors: stream connections wait; raise the limit of open files (ulimit -n)");
        }
    }
}

/// Logs whose messages were refused in the last flush that refused any, the worst first.
pub(crate) fn name_the_refused(before: &Stats, now: &Stats, monitor: &Monitor) {
    if now.refused_messages == before.refused_messages {
        return;
    }
    let [_, last] = monitor.refusals();
    let list = |worst: &Worst| {
        let first = worst.first(WORST).into_iter();
        first.map(|(name, count)| format!("{} ({count})", name.escape_ascii())).collect::<Vec<_>>().join(", ")
    };
    let (names, keys, origins) = (list(&last.names), list(&last.tag_keys), list(&last.origins));
    match (names.is_empty(), keys.is_empty()) {
        (true, _) => {}
        (false, true) => warn!("refused messages by name: {names}; by origin: {origins}"),
        (false, false) => warn!("refused messages by name: {names}; by tag key: {keys}; by origin: {origins}"),
    }
}

/// How many names, tag keys and origins a line of the log tells.
const WORST: usize = 5;

/// How many of these messages are metrics.
fn metrics(messages: &By<MessageKind>) -> u64 {
    messages.iter().filter(|(kind, _)| matches!(kind, MessageKind::Metric(_))).map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_descriptors_is_said_once_a_minute_while_it_lasts() {
        let mut descriptors = Descriptors::default();
        let mut stats = Stats::default();
        let start = Instant::now();
        let seconds = Duration::from_secs;
        assert!(!descriptors.is_due(&stats, start));
        stats.accept_errors = 1;
        assert!(descriptors.is_due(&stats, start));
        stats.accept_errors = 5;
        assert!(!descriptors.is_due(&stats, start + seconds(59)));
        assert!(descriptors.is_due(&stats, start + seconds(60)));
        assert!(!descriptors.is_due(&stats, start + seconds(600)));
    }
}
