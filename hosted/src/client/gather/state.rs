//! What a client has gathered in one process: lanes where calls gather, the place where all comes together, and the way out.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use basenji_core::client::{MetricCall, Value};
use basenji_core::wire::{Metric, OriginFields, Values};
use basenji_core::{Full, Time};

use super::crowd::{Crowd, First};
use super::gatherer::{Gatherer, add, central};
use super::handles::Sum;
use super::key::Key;
use super::lane_client::Slot;
use crate::client::config::Config;
use crate::client::outlet::Outlet;
use crate::client::sys::{Held, Turn, clock};
use crate::client::thread::{Busy, CENTRAL, CROWD, Lanes, Mine, Ticker, try_enter};
use crate::deadline::Deadline;
use crate::lock::lock;

/// What a client has gathered, and its way out, in one process.
pub(crate) struct State {
    pub(crate) lanes: Lanes<Turn<Slot>>,
    /// Where the threads that share a lane queue.
    pub(crate) crowd: Crowd,
    pub(crate) central: Mutex<Gatherer>,
    /// When the next report is due, which a call that leaves at once sends, in milliseconds since 1970.
    pub(crate) report_at: AtomicU64,
    pub(crate) outlet: Outlet,
    /// Whether a flush had to leave lines in the central client.
    pub(crate) is_behind: AtomicBool,
    /// Calls that were made within another call of the same thread, and were refused.
    pub(crate) refused: AtomicU64,
    /// Held by the flush that is running; there is one at a time. Counters move from the lanes to the central client under it.
    pub(crate) flushing: Mutex<()>,
    pub(crate) flusher: Mutex<Option<Ticker>>,
}

impl State {
    pub(crate) fn new(config: &Config) -> std::io::Result<State> {
        Ok(State { outlet: Outlet::open(config)?, ..State::ended(config) })
    }

    /// A state that sends nothing: the client has ended, or the system cannot start its thread.
    pub(crate) fn ended(config: &Config) -> State {
        State {
            lanes: Lanes::new(|| Turn::new(None)),
            crowd: Crowd::default(),
            central: Mutex::new(central(config)),
            report_at: AtomicU64::new(if config.common.telemetry.is_some() { 0 } else { u64::MAX }),
            outlet: Outlet::ended(),
            is_behind: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            flushing: Mutex::new(()),
            flusher: Mutex::new(None),
        }
    }

    /// The lane client of this thread, locked; `None` if this thread has it already, because an allocator makes a call while we allocate.
    #[inline]
    pub(crate) fn slot(&self) -> Option<(Held<'_, Slot>, First<'_>)> {
        match self.lanes.mine() {
            Mine::Own(lane) => Some((lane.take_own()?, First(None))),
            Mine::Shared(lane) => self.shared_slot(lane),
        }
    }

    #[cold]
    fn shared_slot<'a>(&'a self, lane: &'a Turn<Slot>) -> Option<(Held<'a, Slot>, First<'a>)> {
        if !try_enter(CROWD) {
            return None;
        }
        self.crowd.enter();
        Some((lane.take(), First(Some(&self.crowd))))
    }

    /// Uses a lane for a moment, this thread's own or another's. The calling thread must not hold its own lane already; a call that an allocator
    /// makes meanwhile finds it held.
    pub(crate) fn with_lane<R>(&self, lane: &Turn<Slot>, work: impl FnOnce(&mut Slot) -> R) -> R {
        match self.lanes.mine() {
            Mine::Own(own) if std::ptr::eq(own, lane) => match own.take_own() {
                Some(mut taken) => work(&mut taken),
                None => work(&mut lane.take()),
            },
            Mine::Shared(own) if std::ptr::eq(own, lane) => {
                let _busy = Busy::enter(CROWD);
                work(&mut lane.take())
            }
            _ => work(&mut lane.take()),
        }
    }

    /// Counts a call that was dropped because it was made within another one.
    #[cold]
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Hands the datagrams that are due to the outlet, whose [`Outlet::drain`] is to be called when all locks are free.
    pub(crate) fn hand_on(&self, client: &mut Gatherer, now: Time) {
        self.outlet.push_all(|push| {
            while let Some(datagram) = client.poll_transmit(now) {
                push(datagram);
            }
        });
    }

    /// Hands all datagrams of the central client that are due to the outlet, as many at a time as its queue has room for; false if it has not
    /// taken them by the deadline.
    pub(crate) fn hand_on_central(&self, deadline: Deadline) -> bool {
        loop {
            let now = clock::now();
            let (mut is_done, mut room) = (false, self.outlet.room());
            {
                let _busy = Busy::enter(CENTRAL);
                let mut central = lock(&self.central);
                self.outlet.push_all(|push| {
                    while room > 0 {
                        let Some(datagram) = central.poll_transmit(now) else {
                            is_done = true;
                            break;
                        };
                        room = room.saturating_sub(datagram.len());
                        push(datagram);
                    }
                });
            }
            self.outlet.drain();
            let is_behind = !is_done && self.outlet.room() == 0 && !self.outlet.wait(deadline);
            self.is_behind.store(is_behind, Ordering::Relaxed);
            if is_done || is_behind {
                return is_done;
            }
        }
    }

    /// Makes `call`; if there is no room for its line, makes room first.
    pub(crate) fn with_room(
        &self,
        client: &mut Gatherer,
        now: Time,
        mut call: impl FnMut(&mut Gatherer) -> Result<(), Full>,
    ) {
        if call(client) == Err(Full::Buffer) {
            self.hand_on(client, now);
            let _ = call(client);
        }
    }

    /// Takes in what calls of a handle have come to: as an aggregate, or value by value.
    pub(crate) fn take_in(&self, client: &mut Gatherer, key: &Key, sum: Sum<'_>, now: Time) {
        let (call, calls) = (key.call(Value::I64(0)), sum.calls());
        if let Some(values) = sum.values()
            && client.options().aggregation.takes(&call)
            && client.record(&metric(&call, values), now).is_ok()
        {
            return client.counters_mut().metrics.add(call.kind, calls);
        }
        let dropped = client.counters().dropped_on_receive;
        let mut take = |value| self.with_room(client, now, |client| client.metric(&MetricCall { value, ..call }, now));
        match sum {
            Sum::Samples(values) => values.iter().for_each(|&value| take(Value::F64(value))),
            Sum::One(value, _) => {
                take(value);
                // Its calls are one value: if it is refused, all of them are.
                let more = calls.wrapping_sub(1);
                let counters = client.counters_mut();
                counters.metrics.add(call.kind, more);
                if counters.dropped_on_receive > dropped {
                    counters.dropped_on_receive = counters.dropped_on_receive.wrapping_add(more);
                }
            }
        }
    }

    /// Moves everything from a lane client into the central client.
    pub(crate) fn empty(&self, lane: &Turn<Slot>, config: &Config) {
        let now = clock::now();
        let _turn = lock(&self.flushing);
        let full = self.with_lane(lane, |slot| Some(slot.as_mut()?.exchange(config, now)));
        let Some(mut full) = full else { return };
        let _busy = Busy::enter(CENTRAL);
        let mut central = lock(&self.central);
        // The central memory is as large as that of all lanes together.
        self.with_room(&mut central, now, |central| central.absorb(full.aggregator(), now));
        full.clear(now);
        full.flush(now);
        while let Some(lines) = full.poll_transmit(now) {
            for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                self.with_room(&mut central, now, |central| central.line(line, now));
            }
        }
        add(central.counters_mut(), &std::mem::take(full.counters_mut()));
        drop(central);
        self.with_lane(lane, |slot| {
            if let Some(lane) = slot.as_mut() {
                lane.give_back(full);
            }
        });
    }
}

fn metric<'a>(call: &MetricCall<'a>, values: Values<'a>) -> Metric<'a> {
    Metric {
        name: call.name,
        kind: call.kind,
        values,
        sample_rate: 1.0,
        tags: call.tags,
        timestamp: None,
        origin: OriginFields::NONE,
    }
}
