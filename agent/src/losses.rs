//! What was lost or odd since the last look, one warning a cause.

use basenji::server::Stats;
use tracing::warn;

/// A counter, and what to say when it has risen.
type Cause = (fn(&Stats) -> u64, &'static str);

/// Everything that a user loses, with a way out where there is one. Bad lines have warnings of their own.
const CAUSES: [Cause; 10] = [
    (
        |stats| stats.kernel_drops,
        "UDP datagrams dropped by the kernel; a larger --so-rcvbuf or more --workers may help",
    ),
    (
        |stats| stats.truncated.total(),
        "datagrams cut, each without its last line; a larger --buffer-size takes them whole",
    ),
    (
        |stats| stats.refused.total(),
        "metrics refused because there is no room for their series; --context-limit is the room",
    ),
    (|stats| stats.skipped_values, "values skipped that are NaN or infinite"),
    (|stats| stats.odd_rates, "messages with a sample rate outside (0, 1], which was taken as 1"),
    (|stats| stats.bad_fields, "fields of events and service checks left out because of a bad value"),
    (|stats| stats.events_dropped, "events dropped because too many waited for the flush"),
    (|stats| stats.checks_dropped, "service checks dropped because too many waited for the flush"),
    (|stats| stats.series_dropped, "series dropped because standard output takes them too slowly"),
    (|stats| stats.connections_refused, "stream connections refused because too many are open"),
];

/// Warns of each cause that has come up between two looks.
pub(crate) fn warn_of(before: &Stats, now: &Stats) {
    for (count, what) in CAUSES {
        let risen = count(now).saturating_sub(count(before));
        if risen > 0 {
            warn!("{risen} {what}");
        }
    }
}
