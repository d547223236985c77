//! The counters of a client and of a server.

use basenji::server::Stats;
use basenji_ffi_core::*;

use crate::client::bj_client;
use crate::guard::guard;
use crate::server::bj_server;

/// The counters of a client into `*counters_out`; of a closed one too. Cost: a lock a thread that calls. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_CLIENT`, `BJ_NULL_OUT`.
///
/// # Safety
///
/// `client` is NULL or not freed; `counters_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_stats(client: *const bj_client, counters_out: *mut bj_client_counters) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (client, out) = unsafe { (input(client, BJ_NULL_CLIENT)?, output(counters_out, BJ_NULL_OUT)?) };
        *out = bj_client_counters::from(&client.client.stats());
        Ok(())
    })
}

/// What a server has counted since it was made.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_server_counters {
    /// Datagrams and frames received.
    pub datagrams: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages parsed.
    pub messages: u64,
    /// Lines and frames refused.
    pub parse_errors: u64,
    /// UDP datagrams that the kernel has dropped.
    pub kernel_drops: u64,
    /// Values skipped because they are not finite.
    pub skipped_values: u64,
    /// Metrics refused because the memory budget is spent.
    pub refused: u64,
    /// Series that the callbacks, or who pulls, were too slow for, or that a stop did not wait for.
    pub series_dropped: u64,
    /// Events that they were too slow for, or that a stop did not wait for.
    pub events_dropped: u64,
    /// Service checks that they were too slow for, or that a stop did not wait for.
    pub checks_dropped: u64,
    /// Series known now.
    pub contexts: u64,
    /// Flushes so far.
    pub flushes: u64,
}

impl From<&Stats> for bj_server_counters {
    fn from(stats: &Stats) -> Self {
        bj_server_counters {
            datagrams: stats.datagrams.total(),
            bytes: stats.bytes.total(),
            messages: stats.messages.total(),
            parse_errors: stats.parse_errors.total(),
            kernel_drops: stats.kernel_drops,
            skipped_values: stats.skipped_values,
            refused: stats.refused.total(),
            series_dropped: stats.series_dropped,
            events_dropped: stats.events_dropped,
            checks_dropped: stats.checks_dropped,
            contexts: stats.contexts,
            flushes: stats.flushes,
        }
    }
}

/// The counters of a server into `*counters_out`; of a stopped one too. Any thread, callbacks included.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_SERVER`, `BJ_NULL_OUT`.
///
/// # Safety
///
/// `server` is NULL or not freed; `counters_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_stats(server: *const bj_server, counters_out: *mut bj_server_counters) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (server, out) = unsafe { (input(server, BJ_NULL_SERVER)?, output(counters_out, BJ_NULL_OUT)?) };
        *out = bj_server_counters::from(&server.stats());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_counts_as_lost_is_told_by_its_own_counter() {
        let mut stats = Stats::default();
        (stats.kernel_drops, stats.series_dropped, stats.events_dropped, stats.checks_dropped) = (1, 2, 3, 4);
        let told = bj_server_counters::from(&stats);
        let told = (told.kernel_drops, told.series_dropped, told.events_dropped, told.checks_dropped);
        assert_eq!(told, (1, 2, 3, 4));
    }
}
