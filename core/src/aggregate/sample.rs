//! One sample, and how each kind records it: here an arm for each kind, beside it a file for each.

use super::entry::{Entry, Slot};
use super::held::{Held, Room};
use super::pool::Cells;
use super::settings::Keep;
use super::{distribution, histogram, set, sketched, sum};
use crate::wire::MetricKind;
use crate::{Full, Time};

/// One value of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) value: f64,
    /// `1 / rate`.
    pub(super) weight: f64,
    /// The hash of a set's member.
    pub(super) member: u64,
    pub(super) now: Time,
}

/// Takes `sample` into the `slot` of a count or a gauge, which need no cells; false for any other kind, and for a count of many digits.
#[inline(always)]
pub(super) fn add_plain(kind: MetricKind, slot: &mut Slot, sample: &Sample) -> bool {
    match kind {
        MetricKind::Count => return sum::add_small(slot, sample.value * sample.weight),
        MetricKind::Gauge => (slot.a, slot.b) = (sample.value.to_bits(), sample.now.as_millis()),
        _ => return false,
    }
    true
}

/// Takes `sample` into the own bucket of the entry of a count or a gauge; false, and nothing has changed, if the entry is of another kind or bucket.
#[inline(always)]
pub(super) fn take_plain(entry: &mut Entry, bucket: u64, sample: &Sample) -> bool {
    let mut slot = match entry.slot() {
        None => Slot::new(bucket),
        Some(slot) if slot.at == bucket => slot,
        Some(_) => return false,
    };
    if !add_plain(entry.kind, &mut slot, sample) {
        return false;
    }
    entry.put_slot(&slot);
    entry.last_seen = entry.last_seen.max(u32::try_from(sample.now.as_secs()).unwrap_or(u32::MAX));
    true
}

/// Takes `sample` into `slot`.
///
/// # Errors
///
/// `Cells`: nothing has changed.
#[inline(always)]
pub(super) fn add(kind: MetricKind, slot: &mut Slot, sample: Sample, room: &mut Room<'_>) -> Result<(), Full> {
    if add_plain(kind, slot, &sample) {
        return Ok(());
    }
    match kind {
        MetricKind::Count => {
            sum::add(slot, sample.value * sample.weight);
            Ok(())
        }
        MetricKind::Set if room.settings.keep != Keep::Series => {
            slot.a = 1;
            Ok(())
        }
        MetricKind::Set => set::add(slot, sample.member, room),
        MetricKind::Distribution if room.settings.keep == Keep::Series => {
            sketched::add(slot, sample.value, sample.weight, room)
        }
        _ => histogram::add(slot, sample.value, sample.weight, room),
    }
}

/// Takes `values` into `slot`, otherwise like `first`, until there is no room; returns how many.
///
/// # Errors
///
/// `Cells`: nothing has changed. If there was room for some of them, that is no error: another call goes on with the others.
#[inline]
pub(super) fn add_all(
    kind: MetricKind,
    slot: &mut Slot,
    first: Sample,
    values: &[f64],
    room: &mut Room<'_>,
) -> Result<usize, Full> {
    match kind {
        MetricKind::Count | MetricKind::Gauge | MetricKind::Set => {}
        MetricKind::Distribution if room.settings.keep == Keep::Series => {
            return sketched::add_all(slot, values, first.weight, false, room);
        }
        _ => return histogram::add_all(slot, values, first.weight, room),
    }
    let mut taken = 0usize;
    for &value in values {
        match add(kind, slot, Sample { value, ..first }, room) {
            Ok(()) => taken = taken.saturating_add(1),
            Err(_) if taken > 0 => break,
            Err(full) => return Err(full),
        }
    }
    Ok(taken)
}

/// Takes all samples of `other`, whose cells are in `words`, into `slot`.
///
/// # Errors
///
/// `Cells`: some of them may have been taken.
pub(super) fn merge(
    kind: MetricKind,
    slot: &mut Slot,
    other: &Slot,
    words: &[u64],
    room: &mut Room<'_>,
) -> Result<(), Full> {
    match kind {
        MetricKind::Count => {
            sum::merge(slot, other);
            Ok(())
        }
        MetricKind::Gauge => {
            if other.b >= slot.b {
                (slot.a, slot.b) = (other.a, other.b);
            }
            Ok(())
        }
        MetricKind::Set if room.settings.keep != Keep::Series => {
            slot.a = 1;
            Ok(())
        }
        MetricKind::Set => set::merge(slot, other, words, room),
        MetricKind::Distribution if room.settings.keep == Keep::Series => distribution::merge(slot, other, words, room),
        _ => histogram::merge(slot, other, words, room),
    }
}

/// Frees the cells of `slot`.
pub(super) fn free(kind: MetricKind, slot: &Slot, cells: &mut Cells<'_>) {
    match kind {
        MetricKind::Count | MetricKind::Gauge => {}
        _ => {
            if let Some(held) = Held::of(slot) {
                cells.free(held.block);
            }
        }
    }
}
