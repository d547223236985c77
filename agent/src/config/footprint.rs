//! The most memory that the daemon takes, worked out from its settings: what the limit of a pod has to be.

use basenji::server::Config;

use super::server::{aggregates, apply};
use super::settings::Settings;
use super::value::{Http, Port};
use crate::failure::Failure;
use crate::sink::ROOMS;

/// Bytes of the program itself, of the allocator's books, of the log and of tags that a kubelet tells.
const PROGRAM: usize = 24 << 20;

/// Bytes that one answer over HTTP takes, and how many there are at a time; those of one look at contexts.
const ANSWER: usize = 1 << 20;
const ANSWERS: usize = 36;
const LOOK: usize = 24 << 20;

/// Bytes of what a sink encodes at a time: a body, the same compressed, and what is on its way.
const BODY: usize = 32 << 20;

/// Bytes that a name takes in the cache of a mapper.
const MAPPED: usize = 512;

/// The most bytes that the daemon takes with these settings, whatever comes.
///
/// # Errors
///
/// There are more aggregates than a histogram has room for.
pub(crate) fn most_memory(settings: &Settings) -> Result<usize, Failure> {
    let mut config = Config::default();
    apply(settings, &mut config);
    config.aggregation.aggregates = aggregates(settings)?;
    let sockets = [*settings.port != Port::Off, settings.socket.is_some(), settings.stream_socket.is_some()];
    let listeners = sockets.into_iter().filter(|is_open| *is_open).count();
    let rooms = ROOMS.iter().filter(|room| room.is_wanted(settings)).count();
    let is_served = *settings.http != Http::Off;
    let is_paged = is_served && *settings.page;
    // Standard output is a sink, too.
    let mut most = config.most_memory(listeners, rooms + 1 + usize::from(is_paged)) + PROGRAM;
    most += config.workers * settings.mapper_cache_size.size() * MAPPED;
    if is_served {
        most += LOOK + ANSWERS * ANSWER;
    }
    if is_paged {
        most += settings.history_limit.size();
    }
    for room in ROOMS.iter().filter(|room| room.is_wanted(settings)) {
        most = most.saturating_add(room.most_memory(settings)).saturating_add(BODY);
    }
    Ok(most)
}
