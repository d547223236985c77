//! The last buckets in little memory: a number for each point, and the bins of sketches.
//!
//! It promises to hold no more than its budget of bytes, and no more buckets than are shown: the oldest go first, whole.

use std::collections::VecDeque;

use basenji::core::sketch::{Sketch, Store as Bins, Summary};
use basenji::server::{Bucket, Histogram, Point};
use serde_json::{Value, json};

use super::names::Names;
use crate::json::{Lossy, Unescaped, sorted};

/// How far back the history reaches at most, in seconds, beside the bucket that is open.
pub(super) const SPAN: u64 = 900;

/// How many series are taken in between two looks at what they take.
const STEP: usize = 64;

/// The most events and service checks of a bucket that are kept, and the most bytes of a text of them.
const MOST_SAID: usize = 200;
const LONGEST_TEXT: usize = 1000;

/// One bucket of time.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// When it began, in seconds since 1970.
    pub(super) time: u64,
    /// Series and values of counts, gauges and sets.
    pub(super) numbers: Vec<(u32, f64)>,
    pub(super) samples: Vec<SeriesSamples>,
    cells: Vec<u64>,
    /// Events and service checks.
    pub(super) said: Vec<Said>,
    /// Messages that are in it.
    pub(super) messages: u64,
}

/// An event or a service check.
#[derive(Debug)]
pub(super) struct Said {
    /// When, in seconds since 1970.
    pub(super) at: u64,
    pub(super) value: Value,
    /// Bytes of its JSON.
    pub(super) bytes: usize,
}

/// The samples of one series; of a histogram from before a look without bins.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeriesSamples {
    pub(super) id: u32,
    pub(super) summary: Summary,
    start: u32,
    len: u32,
}

impl SeriesSamples {
    /// Whether there is more than a summary.
    pub(super) fn has_bins(&self) -> bool {
        self.len > 0
    }
}

impl Slot {
    fn bytes(&self) -> usize {
        size_of::<Slot>()
            + self.numbers.capacity() * size_of::<(u32, f64)>()
            + self.samples.capacity() * size_of::<SeriesSamples>()
            + self.cells.capacity() * size_of::<u64>()
            // A map of JSON takes several times its text.
            + self.said.iter().map(|said| 1000 + 2 * said.bytes).sum::<usize>()
    }

    /// Gives back what it has grown by and does not need.
    fn shrink(&mut self) {
        self.numbers.shrink_to_fit();
        self.samples.shrink_to_fit();
        self.cells.shrink_to_fit();
    }

    fn push_sketch(&mut self, id: u32, sketch: Sketch<&[u64]>) {
        let (summary, store) = sketch.into_parts();
        let (start, len) = (self.cells.len(), store.len());
        self.cells.extend(store.into_storage().iter().take(len));
        let [start, len] = [start, len].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        self.samples.push(SeriesSamples { id, summary, start, len });
    }

    /// The sketch of samples; one without bins has only its summary.
    pub(super) fn sketch(&self, samples: &SeriesSamples) -> Sketch<&[u64]> {
        let range = samples.start as usize..(samples.start + samples.len) as usize;
        let bins = self.cells.get(range).unwrap_or_default();
        Sketch::from_parts(samples.summary, Bins::from_parts(bins, bins.len()))
    }

    fn ids(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().map(|(id, _)| *id).chain(self.samples.iter().map(|samples| samples.id))
    }
}

/// Buckets in the order of time, the last of which may still be filling.
#[derive(Debug)]
pub(super) struct Store {
    budget: usize,
    pub(super) interval: u64,
    pub(super) names: Names,
    pub(super) slots: VecDeque<Slot>,
    /// Whether the last buckets are copies of what is still open.
    pub(super) is_filling: bool,
    /// The last bucket that is finished.
    finished: Option<u64>,
    bytes: usize,
    /// Points that were too old or too far ahead to be shown, or for which there was no room.
    pub(super) left_out: u64,
}

impl Store {
    pub(super) fn new(budget: usize, interval: u64) -> Store {
        Store {
            budget,
            interval: interval.max(1),
            names: Names::default(),
            slots: VecDeque::new(),
            is_filling: false,
            finished: None,
            bytes: 0,
            left_out: 0,
        }
    }

    /// Takes in a finished bucket.
    pub(super) fn push(&mut self, bucket: &Bucket) {
        self.drop_filling();
        self.take(bucket, None);
        let now = bucket.flushed_at().as_secs();
        let finished = self.slots.iter().rev().find(|slot| slot.time + self.interval <= now).map(|slot| slot.time);
        self.finished = finished.max(self.finished);
    }

    /// Takes in a copy of what is open, in place of the one before.
    pub(super) fn push_open(&mut self, bucket: &Bucket) {
        self.drop_filling();
        self.take(bucket, self.finished);
        self.is_filling = self.slots.back().is_some_and(|slot| Some(slot.time) > self.finished);
    }

    fn drop_filling(&mut self) {
        self.is_filling = false;
        while self.slots.back().is_some_and(|slot| Some(slot.time) > self.finished)
            && let Some(slot) = self.slots.pop_back()
        {
            self.forget(&slot);
        }
    }

    /// Takes in what belongs to buckets after `after`.
    fn take(&mut self, bucket: &Bucket, after: Option<u64>) {
        let now = bucket.flushed_at().as_secs();
        let (mut recount, mut is_full) = (0, false);
        for (number, series) in bucket.series().enumerate() {
            let time = series.timestamp / self.interval * self.interval;
            if Some(time) <= after {
                continue;
            }
            if number % STEP == 0 || self.names.bytes() > recount {
                is_full = !self.make_room(time);
                // By then the names alone may have taken what is left.
                recount = self.names.bytes() + self.most().saturating_sub(self.bytes);
            }
            if is_full {
                self.left_out += u64::from(after.is_none());
                continue;
            }
            // A point from the future would push all others out.
            let Some(place) = self.place(time, now) else {
                self.left_out += u64::from(after.is_none());
                continue;
            };
            let id = self.names.take(&series, time);
            let slot = &mut self.slots[place];
            match series.point {
                Point::Count(value) | Point::Gauge(value) => slot.numbers.push((id, value)),
                Point::Set(members) => slot.numbers.push((id, members as f64)),
                Point::Histogram(Histogram { sketch: None, summary, .. }) => {
                    slot.samples.push(SeriesSamples { id, summary, start: 0, len: 0 });
                }
                Point::Histogram(Histogram { sketch: Some(sketch), .. }) | Point::Distribution(sketch) => {
                    slot.push_sketch(id, sketch);
                }
            }
        }
        self.take_said(bucket, now, after);
        if after.is_none()
            && let Some(place) = self.place(now.saturating_sub(1) / self.interval * self.interval, now)
        {
            self.slots[place].messages += bucket.messages().total();
        }
        self.fit();
    }

    fn take_said(&mut self, bucket: &Bucket, now: u64, after: Option<u64>) {
        let text = |text: &dyn std::fmt::Display| -> String { text.to_string().chars().take(LONGEST_TEXT).collect() };
        let events = bucket.events().map(|event| {
            let value = json!({"what": "event", "title": text(&Unescaped(event.title)),
                "text": text(&Unescaped(event.text)), "level": event.alert_type.name(), "tags": sorted(event.tags)});
            (event.timestamp, value)
        });
        let checks = bucket.service_checks().map(|check| {
            let message = check.message.map(|message| text(&Lossy(message)));
            let value = json!({"what": "check", "title": text(&Lossy(check.name)), "text": message,
                "level": check.status.name(), "tags": sorted(check.tags)});
            (check.timestamp, value)
        });
        let said: Vec<_> = events.chain(checks).take(MOST_SAID).collect();
        for (timestamp, mut value) in said {
            let at = timestamp.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(now);
            value["at"] = at.into();
            let time = at / self.interval * self.interval;
            if Some(time) <= after {
                continue;
            }
            let Some(place) = self.place(time, now) else { continue };
            let slot = &mut self.slots[place];
            if slot.said.len() < MOST_SAID {
                let bytes = value.to_string().len();
                slot.said.push(Said { at, value, bytes });
            }
        }
    }

    /// How far back the beginning of a bucket may lie.
    fn span(&self) -> u64 {
        SPAN + self.interval
    }

    /// The bucket that begins at `time`, made if there is none yet; nothing if it is not one that is shown.
    fn place(&mut self, time: u64, now: u64) -> Option<usize> {
        if time + self.span() < now || time > now + self.interval {
            return None;
        }
        let place = self.slots.partition_point(|slot| slot.time < time);
        if self.slots.get(place).is_none_or(|slot| slot.time != time) {
            self.slots.insert(place, Slot { time, ..Slot::default() });
        }
        Some(place)
    }

    /// The bytes up to which series are taken in; the rest is for how much one series may be.
    fn most(&self) -> usize {
        self.budget - self.budget / 16
    }

    fn recount(&mut self) -> usize {
        self.bytes = self.slots.iter().map(Slot::bytes).sum::<usize>() + self.names.bytes();
        self.bytes
    }

    /// Drops the oldest buckets until there is room for a series of the bucket at `time`; false if those before it leave none.
    fn make_room(&mut self, time: u64) -> bool {
        while self.recount() >= self.most() {
            if self.slots.front().is_none_or(|slot| slot.time >= time) {
                return false;
            }
            self.drop_oldest();
        }
        true
    }

    /// Drops the oldest buckets until the rest fits.
    fn fit(&mut self) {
        self.slots.iter_mut().for_each(Slot::shrink);
        loop {
            let last = self.slots.back().map_or(0, |slot| slot.time);
            let is_old = self.slots.front().is_some_and(|slot| slot.time + self.span() < last);
            if self.slots.is_empty() || (self.recount() <= self.budget && !is_old) {
                return;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(slot) = self.slots.pop_front() {
            self.forget(&slot);
        }
    }

    fn forget(&mut self, slot: &Slot) {
        slot.ids().for_each(|id| self.names.drop_point(id));
        self.names.shrink();
    }

    /// The bytes that are held, roughly, for a budget.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
