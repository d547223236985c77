//! Calls that each leave as a datagram: a thread writes the line in its lane and sends it itself, while other threads do the same.
//!
//! With telemetry on, the call that finds a report due sends it as well, through the central client.

use std::cell::Cell;
use std::sync::atomic::Ordering::Relaxed;

use basenji_core::client::{Counters, Value};
use basenji_core::wire::TagTexts;
use basenji_core::{Full, Time};

use super::gatherer::{Gatherer, add};
use super::known::{Place, Texts};
use super::lane_client::{LaneClient, Slot};
use super::state::State;
use crate::client::config::Config;
use crate::client::sys::clock;
use crate::client::thread::{Busy, CENTRAL};
use crate::lock::lock;

thread_local! {
    /// The datagram of a call of this thread: no lane is held while it is sent.
    static DATAGRAM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl State {
    /// Makes a call and sends its line.
    pub(crate) fn send_at_once(&self, config: &Config, mut call: impl FnMut(&mut Gatherer, Time) -> Result<(), Full>) {
        let now = clock::now();
        if self.is_report_due(now) {
            return self.send_with_report(call, now);
        }
        self.send_line(now, |slot| {
            let client = &mut slot.get_or_insert_with(|| LaneClient::new(config)).client;
            let _ = call(client, now);
            Some(client)
        });
    }

    /// Repeats a call that this thread has made before. If the earlier call is not found at once, it does nothing and returns false.
    pub(crate) fn send_known(&self, place: Place, texts: Texts<'_, impl TagTexts>, value: Value<'_>) -> bool {
        let now = clock::now();
        !self.is_report_due(now)
            && self.send_line(now, |slot| {
                let LaneClient { client, known, .. } = slot.as_deref_mut()?;
                let (template, text) = known.template(place, texts)?;
                let _ = client.metric_by(template, text, value, now);
                Some(client)
            })
    }

    fn is_report_due(&self, now: Time) -> bool {
        self.report_at.load(Relaxed) <= now.as_millis()
    }

    /// Sends the line that `write` writes, unless sampling or an error leaves none.
    #[inline]
    fn send_line(&self, now: Time, write: impl FnOnce(&mut Slot) -> Option<&mut Gatherer>) -> bool {
        let mut datagram = DATAGRAM.try_with(Cell::take).unwrap_or_default();
        datagram.clear();
        let is_made = {
            let Some((mut slot, _queue)) = self.slot() else {
                self.refuse();
                return true;
            };
            let client = write(&mut slot);
            let is_made = client.is_some();
            if let Some(client) = client {
                client.flush(now);
                datagram.extend_from_slice(client.poll_transmit(now).unwrap_or_default());
            }
            is_made
        };
        if !datagram.is_empty() {
            self.outlet.send(&datagram);
        }
        let _ = DATAGRAM.try_with(|place| place.set(datagram));
        is_made
    }

    #[cold]
    fn send_with_report(&self, mut call: impl FnMut(&mut Gatherer, Time) -> Result<(), Full>, now: Time) {
        {
            // A thread that holds its lane must not wait for other threads, since they may wait for it.
            let (Some(_), Some(_busy)) = (self.slot().map(drop), Busy::enter(CENTRAL)) else { return self.refuse() };
            let _turn = lock(&self.flushing);
            let counted = self.take_counted();
            let mut central = lock(&self.central);
            add(central.counters_mut(), &counted);
            self.with_room(&mut central, now, |central| call(central, now));
            self.outlet.count(central.counters_mut());
            central.flush(now);
            self.hand_on(&mut central, now);
            self.report_at.store(central.next_deadline().map_or(u64::MAX, Time::as_millis), Relaxed);
        }
        self.outlet.drain();
    }

    /// Adds the counters of all lanes.
    pub(crate) fn take_counted(&self) -> Counters {
        let mut counted = Counters::default();
        for lane in self.lanes.iter() {
            self.with_lane(lane, |slot| {
                if let Some(lane) = slot {
                    add(&mut counted, &std::mem::take(lane.client.counters_mut()));
                }
            });
        }
        counted
    }
}
