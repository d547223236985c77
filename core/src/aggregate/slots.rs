//! The slots of one context: its youngest bucket, which stands in its entry, and the chains of older buckets and of timestamped points.

use super::entry::{Entry, Slot};
use super::held::Room;
use super::pool::{Block, Cells, NONE};
use super::sample;
use super::settings::Settings;
use crate::wire::MetricKind;
use crate::{Full, Time};

/// Runs `change` on a bucket that is not the entry's own: in its chain, or in a new slot. The entry's own is always its youngest.
#[cold]
pub(super) fn in_other_bucket(
    entry: &mut Entry,
    bucket: u64,
    room: &mut Room<'_>,
    change: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<(), Full> {
    let kind = entry.kind;
    let Some(own) = entry.slot() else { return Ok(()) };
    if bucket > own.at {
        let cell = room.cells.take(0)?;
        let slot = filled(kind, bucket, room, change).inspect_err(|_| room.cells.free(cell))?;
        own.store(room.cells.slice_mut(cell), entry.more);
        entry.more = cell.at;
        entry.put_slot(&slot);
        return Ok(());
    }
    let mut at = entry.more;
    while let Some((mut slot, next)) = Slot::load(room.cells.words, at) {
        if slot.at == bucket {
            let result = change(kind, &mut slot, room);
            slot.store(room.cells.slice_mut(Block { at, class: 0 }), next);
            return result;
        }
        at = next;
    }
    chain_new(kind, &mut entry.more, bucket, room, change)
}

/// Puts a new slot in front of a chain, filled by `fill`.
pub(super) fn chain_new(
    kind: MetricKind,
    chain: &mut u32,
    at: u64,
    room: &mut Room<'_>,
    fill: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<(), Full> {
    let cell = room.cells.take(0)?;
    let slot = filled(kind, at, room, fill).inspect_err(|_| room.cells.free(cell))?;
    slot.store(room.cells.slice_mut(cell), *chain);
    *chain = cell.at;
    Ok(())
}

/// A new slot, filled by `fill`; on an error its cells are free again.
fn filled(
    kind: MetricKind,
    at: u64,
    room: &mut Room<'_>,
    fill: &mut impl FnMut(MetricKind, &mut Slot, &mut Room<'_>) -> Result<(), Full>,
) -> Result<Slot, Full> {
    let mut slot = Slot::new(at);
    match fill(kind, &mut slot, room) {
        Ok(()) => Ok(slot),
        Err(full) => {
            sample::free(kind, &slot, &mut room.cells);
            Err(full)
        }
    }
}

/// Frees the buckets before `cutoff` and all points of an entry.
pub(super) fn drop_closed(entry: &mut Entry, cutoff: u64, cells: &mut Cells<'_>) {
    let kind = entry.kind;
    if let Some(slot) = entry.slot().filter(|slot| slot.at < cutoff) {
        sample::free(kind, &slot, cells);
        entry.bucket = NONE;
    }
    for (chain, cutoff) in [(&mut entry.more, cutoff), (&mut entry.points, u64::MAX)] {
        let mut at = core::mem::replace(chain, NONE);
        while let Some((slot, next)) = Slot::load(cells.words, at) {
            let cell = Block { at, class: 0 };
            if slot.at < cutoff {
                sample::free(kind, &slot, cells);
                cells.free(cell);
            } else {
                slot.store(cells.slice_mut(cell), *chain);
                *chain = at;
            }
            at = next;
        }
    }
}

/// Whether a context was not seen for so long that it is to be forgotten.
pub(super) fn is_expired(entry: &Entry, settings: &Settings, now: Time) -> bool {
    let counter = if entry.kind == MetricKind::Count { settings.counter_expiry_secs } else { 0 };
    let known_for = u64::from(settings.context_expiry_secs).saturating_add(counter.into());
    !entry.has_samples() && u64::from(entry.last_seen).saturating_add(known_for) < now.as_secs()
}
