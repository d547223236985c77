//! One sample, and how each kind takes it in: an arm a kind here, a file a kind beside it.

use super::entry::Slot;
use super::pool::{Block, Cells, NONE};
use super::settings::{Keep, Settings};
use super::{distribution, histogram, samples, set};
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

/// What an accumulator may use.
pub(super) struct Room<'a> {
    pub(super) cells: Cells<'a>,
    pub(super) settings: &'a Settings,
    /// No more cells will come: a histogram may turn into a sketch and a sketch may trim before their time.
    pub(super) last: bool,
}

/// Takes `sample` into the `slot` of a count or a gauge, which need no cells; false for any other kind.
#[inline(always)]
pub(super) fn add_plain(kind: MetricKind, slot: &mut Slot, sample: &Sample) -> bool {
    match kind {
        MetricKind::Count => slot.a = (f64::from_bits(slot.a) + sample.value * sample.weight).to_bits(),
        MetricKind::Gauge => (slot.a, slot.b) = (sample.value.to_bits(), sample.now.as_millis()),
        _ => return false,
    }
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
        MetricKind::Set if room.settings.keep != Keep::Series => {
            slot.a = 1;
            Ok(())
        }
        MetricKind::Set => set::add(slot, sample.member, room),
        kind => match room.settings.keep {
            Keep::Samples { limit } => samples::add(slot, sample.value, sample.weight, limit, room),
            Keep::Series if kind == MetricKind::Distribution => {
                distribution::add(slot, sample.value, sample.weight, room)
            }
            Keep::Series => histogram::add(slot, sample.value, sample.weight, room),
        },
    }
}

/// Takes `next`, and what `more` brings until it brings none, into `slot`, otherwise like `first`. What is left in `next` was not taken.
///
/// # Errors
///
/// `Cells`: nothing has changed. If only some found room, that is no error: another call goes on with the others.
#[inline(always)]
pub(super) fn add_all(
    kind: MetricKind,
    slot: &mut Slot,
    first: Sample,
    next: &mut Option<f64>,
    room: &mut Room<'_>,
    mut more: impl FnMut() -> Option<f64>,
) -> Result<(), Full> {
    if let (Keep::Samples { limit }, MetricKind::Timing | MetricKind::Histogram | MetricKind::Distribution) =
        (room.settings.keep, kind)
    {
        return samples::add_all(slot, next, first.weight, limit, room, more);
    }
    let mut any = false;
    while let Some(value) = *next {
        match add(kind, slot, Sample { value, ..first }, room) {
            Ok(()) => any = true,
            Err(_) if any => return Ok(()),
            Err(full) => return Err(full),
        }
        *next = more();
    }
    Ok(())
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
            slot.a = (f64::from_bits(slot.a) + f64::from_bits(other.a)).to_bits();
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
        kind => match room.settings.keep {
            Keep::Samples { limit } => samples::merge(slot, other, words, limit, room),
            Keep::Series if kind == MetricKind::Distribution => distribution::merge(slot, other, words, room),
            Keep::Series => histogram::merge(slot, other, words, room),
        },
    }
}

/// Gives the cells of `slot` back.
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

/// What the second word of a slot says of sets, histograms and distributions: which block it holds, and how it is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) block: Block,
    /// Whether samples have given way to a sketch, or members to registers.
    pub(super) sketched: bool,
}

impl Held {
    pub(super) fn of(slot: &Slot) -> Option<Self> {
        let (at, class) = (slot.b as u32, (slot.b >> 32) as u8);
        // A slot of zeros holds nothing: the flag above the class tells it from block 0.
        (slot.b >> 48 != 0 && at != NONE)
            .then_some(Held { block: Block { at, class }, sketched: slot.b >> 40 & 1 != 0 })
    }

    pub(super) fn put(self, slot: &mut Slot) {
        let flags = 1 << 48 | u64::from(self.sketched) << 40;
        slot.b = flags | u64::from(self.block.class) << 32 | u64::from(self.block.at);
    }
}
