//! What stands behind the handle of a client: lanes where calls gather, the place where all comes together, and the way out.
//!
//! ```text
//! thread -> its lane's shard --flush-->  central: merged, written, packed  -->  outlet: transport or sender
//!                            `--where a call is a datagram----------------------^
//! ```
//!
//! A child of `fork` finds locks as they were, and what waits belongs to the parent. So a state is of one generation: the first call in a child
//! makes a new one, with nothing in it and a connection of its own, and the old one is left as it is for ever.
//!
//! Locks are taken in this order: flush, registry, crowd, shard, central, outlet.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use basenji_core::client::{Client as Core, Counters, MetricCall, Value, is_exact};
use basenji_core::wire::{Metric, MetricKind};
use basenji_core::{Full, Time};

use super::config::Config;
use super::flusher::Flusher;
use super::known::{Known, Place, Texts};
use super::lane::{LANES, Lanes, Mine};
use super::outlet::Outlet;
use super::registry;
use super::sys::{clock, fork};
use super::turn::{Taken, Turn};
use crate::server::{Growing, Memory};

/// A core client whose memory grows.
pub(super) type Gatherer = Core<Growing, Vec<u8>, Arc<[u8]>>;

/// A client, shared by all clones of its handle.
pub(super) struct Inner {
    /// Tells this client's handles from those of others.
    pub(super) number: u64,
    pub(super) config: Config,
    state: AtomicPtr<State>,
    /// Whether the client has ended, for all processes to come.
    ended: AtomicBool,
}

/// What a client has gathered, and its way out, in one process.
pub(super) struct State {
    generation: u64,
    pub(super) lanes: Lanes<Turn<Slot>>,
    /// Where the threads queue that share a lane.
    crowd: Mutex<()>,
    pub(super) central: Mutex<Gatherer>,
    /// When a call that leaves at once takes a report along, in milliseconds since 1970.
    pub(super) report_at: AtomicU64,
    pub(super) outlet: Outlet,
    /// Held by the one flush that is under way.
    flushing: Mutex<()>,
    flusher: Mutex<Option<Flusher>>,
}

/// The shard of a lane, once its thread has called.
pub(super) type Slot = Option<Box<Shard>>;

/// What one lane gathers; a flush changes it for the spare one.
pub(super) struct Shard {
    pub(super) client: Gatherer,
    /// Hints are for `client`; those for the one before are nearly all right again, since contexts come in about the same order.
    pub(super) known: Known,
    /// When `client` began to gather.
    since: Time,
    spare: Option<Gatherer>,
}

/// Locks, whatever a panicking thread has left: all that is guarded here stays whole between two statements.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    /// A client with nothing in it.
    pub(super) fn new(config: Config) -> std::io::Result<Arc<Inner>> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        fork::watch();
        let state = AtomicPtr::new(Box::into_raw(Box::new(State::new(&config)?)));
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let inner = Arc::new(Inner { number, config, state, ended: AtomicBool::new(false) });
        inner.start_flusher(inner.state());
        registry::enter_client(&inner);
        Ok(inner)
    }

    /// The state of this process, which is a new one in a child of `fork`.
    #[inline]
    pub(super) fn state(self: &Arc<Inner>) -> &State {
        // SAFETY: the pointer comes from a box that is freed only by `drop`, when no reference to `self` is left.
        let state = unsafe { &*self.state.load(Ordering::Acquire) };
        if state.generation == fork::generation() { state } else { self.renew() }
    }

    #[cold]
    fn renew(self: &Arc<Inner>) -> &State {
        let old = self.state.load(Ordering::Acquire);
        let fresh = match self.ended.load(Ordering::Relaxed) {
            false => State::new(&self.config).unwrap_or_else(|_| State::ended(&self.config)),
            true => State::ended(&self.config),
        };
        let fresh = Box::into_raw(Box::new(fresh));
        match self.state.compare_exchange(old, fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: as in `state`.
                let state = unsafe { &*fresh };
                self.start_flusher(state);
                state
            }
            Err(other) => {
                // SAFETY: it was made above and nobody else has seen it.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: as in `state`.
                unsafe { &*other }
            }
        }
    }

    fn start_flusher(self: &Arc<Inner>, state: &State) {
        let ended = self.ended.load(Ordering::Relaxed);
        if let Some(interval) = self.config.gather.filter(|_| !self.config.disabled && !ended) {
            // Without a thread to be had calls still leave when a lane is full, at a flush and at the end.
            *lock(&state.flusher) = Flusher::start(Arc::downgrade(self), interval).ok();
        }
    }

    /// Makes a call on the core client of this thread.
    ///
    /// The time is read if the call is `timed`, as a gauge's is, whose last value holds; other calls count as of the interval's beginning.
    #[inline]
    pub(super) fn call(self: &Arc<Inner>, timed: bool, mut call: impl FnMut(&mut Gatherer, Time) -> Result<(), Full>) {
        let state = self.state();
        if self.config.gather.is_none() {
            return state.send_at_once(&self.config, call);
        }
        let (mut slot, _queue) = state.slot();
        let shard = slot.get_or_insert_with(|| state.shard(&self.config));
        let now = if timed { clock::now() } else { shard.since };
        if call(&mut shard.client, now).is_err() {
            state.hand_on(&mut shard.client, now);
            let _ = call(&mut shard.client, now);
        }
    }

    /// A call by name of which this thread has made one before; false, and nothing is done, if it is not found at once.
    #[inline]
    pub(super) fn call_known(
        self: &Arc<Inner>,
        place: Place,
        texts: Texts<'_>,
        (value, double): (Value<'_>, f64),
    ) -> bool {
        let (kind, is_sampled) = (texts.0, self.config.sample_rate != 1.0);
        let state = self.state();
        if self.config.gather.is_none() {
            return !is_sampled && state.send_known(place, texts, value);
        }
        let (mut slot, _queue) = state.slot();
        let Some(Shard { client, known, since, .. }) = slot.as_deref_mut() else { return false };
        if self.config.aggregation.takes_kind(kind) {
            let Some(hint) = known.hint(place).filter(|_| !is_sampled || is_exact(kind)) else { return false };
            let now = if kind == MetricKind::Gauge { clock::now() } else { *since };
            return client.metric_at(hint, texts, double, now);
        }
        let Some((template, text)) = known.template(place, texts).filter(|_| !is_sampled) else { return false };
        if client.metric_by(template, text, value, *since).is_err() {
            state.hand_on(client, *since);
            let _ = client.metric_by(template, text, value, *since);
        }
        true
    }

    /// Remembers the call that this thread has made last.
    pub(super) fn remember(self: &Arc<Inner>, place: Place, call: &MetricCall<'_>) {
        let (mut slot, _queue) = self.state().slot();
        let Some(Shard { client, known, .. }) = slot.as_deref_mut() else { return };
        if self.config.gather.is_some() && self.config.aggregation.takes_kind(call.kind) {
            known.set_hint(place, client.last_context());
        } else {
            known.set_template(place, client, call);
        }
    }

    /// Takes in what a handle has gathered.
    pub(super) fn record(self: &Arc<Inner>, metric: &Metric<'_>, calls: u64) {
        let state = self.state();
        let now = clock::now();
        if self.config.gather.is_none() {
            return state.take_in(&mut lock(&state.central), metric, calls, now);
        }
        let (mut slot, _queue) = state.slot();
        let shard = slot.get_or_insert_with(|| state.shard(&self.config));
        state.take_in(&mut shard.client, metric, calls, now);
    }

    /// Brings everything together and hands it to the outlet.
    pub(super) fn flush(self: &Arc<Inner>) {
        let state = self.state();
        let _turn = lock(&state.flushing);
        if self.config.gather.is_some() {
            state.lanes.iter().for_each(|lane| state.empty(lane, &self.config));
        }
        let counted = state.take_counted();
        let now = clock::now();
        registry::drain(self.number, |handle| {
            handle.drain(&mut |metric, calls| state.take_in(&mut lock(&state.central), metric, calls, now));
        });
        let mut central = lock(&state.central);
        add(central.counters_mut(), &counted);
        state.outlet.count(central.counters_mut());
        central.flush(now);
        state.hand_on(&mut central, now);
    }

    /// Flushes, and waits until all is with the system, or lost and counted; whether it is.
    pub(super) fn flush_and_wait(self: &Arc<Inner>, timeout: Duration) -> bool {
        self.flush();
        self.state().outlet.wait(timeout)
    }

    /// What has been done until now; handles' calls count once they are flushed.
    pub(super) fn stats(self: &Arc<Inner>) -> Counters {
        let state = self.state();
        let mut counters = *lock(&state.central).counters();
        for lane in state.lanes.iter() {
            if let Some(shard) = lane.take().as_ref() {
                add(&mut counters, shard.client.counters());
            }
        }
        state.outlet.count(&mut counters);
        counters
    }

    /// The end: sends everything, for a bounded time. A state of the parent is left alone, in a child that has made no call.
    pub(super) fn close(self: &Arc<Inner>) {
        // SAFETY: as in `state`.
        let state = unsafe { &*self.state.load(Ordering::Acquire) };
        if state.generation != fork::generation() {
            return;
        }
        let flusher = lock(&state.flusher).take();
        drop(flusher);
        self.ended.store(true, Ordering::Relaxed);
        self.flush();
        state.outlet.stop(self.config.sender.stop_timeout);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        registry::leave(self.number);
        // SAFETY: the pointer comes from a box, and no other reference is left.
        let state = unsafe { Box::from_raw(*self.state.get_mut()) };
        if state.generation != fork::generation() {
            // The parent's: its locks may be held by threads that do not exist here.
            std::mem::forget(state);
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("number", &self.number).finish_non_exhaustive()
    }
}

impl State {
    fn new(config: &Config) -> std::io::Result<State> {
        Ok(State { outlet: Outlet::open(config)?, ..State::ended(config) })
    }

    /// A state that sends nothing: the client has ended, or the system has no thread for it.
    fn ended(config: &Config) -> State {
        // Each lane may have other contexts, and none of them is to be lost when they come together.
        let Memory { contexts, bytes, cells } = config.memory;
        let all = |part: usize| part.saturating_mul(LANES).min(u32::MAX as usize);
        let memory = Memory { contexts: all(contexts), bytes: all(bytes), cells: all(cells) };
        State {
            generation: fork::generation(),
            lanes: Lanes::new(|| Turn::new(None)),
            crowd: Mutex::new(()),
            central: Mutex::new(gatherer(config, memory, config.seed, true)),
            report_at: AtomicU64::new(if config.common.telemetry.is_some() { 0 } else { u64::MAX }),
            outlet: Outlet::ended(),
            flushing: Mutex::new(()),
            flusher: Mutex::new(None),
        }
    }

    /// The shard of this thread, locked.
    #[inline]
    pub(super) fn slot(&self) -> (Taken<'_, Slot>, Option<MutexGuard<'_, ()>>) {
        match self.lanes.mine() {
            Mine::Own(lane) => (lane.take(), None),
            Mine::Shared(lane) => {
                let queue = lock(&self.crowd);
                (lane.take(), Some(queue))
            }
        }
    }

    /// A lane's first shard.
    #[cold]
    pub(super) fn shard(&self, config: &Config) -> Box<Shard> {
        Box::new(Shard { client: shard_client(config), known: Known::default(), since: clock::now(), spare: None })
    }

    /// Hands the datagrams that are due to the outlet.
    pub(super) fn hand_on(&self, client: &mut Gatherer, now: Time) {
        self.outlet.send_all(|send| {
            while let Some(datagram) = client.poll_transmit(now) {
                send(datagram);
            }
        });
    }

    /// Does `call`, with room made for its line if need be.
    fn with_room(&self, client: &mut Gatherer, now: Time, mut call: impl FnMut(&mut Gatherer) -> Result<(), Full>) {
        if call(client) == Err(Full::Buffer) {
            self.hand_on(client, now);
            let _ = call(client);
        }
    }

    /// Takes in what `calls` calls of a handle have gathered: as an aggregate, or value by value.
    fn take_in(&self, client: &mut Gatherer, metric: &Metric<'_>, calls: u64, now: Time) {
        let call = MetricCall { tags: metric.tags, ..MetricCall::new(metric.name, metric.kind, Value::I64(0)) };
        if client.options().aggregation.takes(&call) && client.record(metric, now).is_ok() {
            client.counters_mut().metrics.add(metric.kind, calls);
            return;
        }
        let (mut values, dropped) = (0, client.counters().dropped_on_receive);
        for value in metric.values.iter() {
            let value = if metric.kind == MetricKind::Count { Value::I64(value as i64) } else { Value::F64(value) };
            self.with_room(client, now, |client| client.metric(&MetricCall { value, ..call }, now));
            values += 1;
        }
        // A counter's calls are one value, and are refused with it.
        let more = calls.saturating_sub(values);
        client.counters_mut().metrics.add(metric.kind, more);
        if client.counters().dropped_on_receive > dropped {
            client.counters_mut().dropped_on_receive += more;
        }
    }

    /// Takes everything out of a lane's shard into the central client.
    fn empty(&self, lane: &Turn<Slot>, config: &Config) {
        let now = clock::now();
        let mut full = match lane.take().as_mut() {
            Some(shard) => {
                let spare = shard.spare.take().unwrap_or_else(|| shard_client(config));
                shard.since = now;
                std::mem::replace(&mut shard.client, spare)
            }
            None => return,
        };
        let mut central = lock(&self.central);
        // The central memory is as large as that of all lanes together.
        let _ = central.absorb(full.aggregator(), now);
        full.clear(now);
        full.flush(now);
        while let Some(lines) = full.poll_transmit(now) {
            for line in lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                self.with_room(&mut central, now, |central| central.line(line, now));
            }
        }
        add(central.counters_mut(), &std::mem::take(full.counters_mut()));
        drop(central);
        if let Some(shard) = lane.take().as_mut() {
            shard.spare = Some(full);
        }
    }
}

fn shard_client(config: &Config) -> Gatherer {
    static SEEDS: AtomicU64 = AtomicU64::new(1);
    let seed = config.seed ^ SEEDS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    gatherer(config, config.memory, seed, false)
}

fn gatherer(config: &Config, memory: Memory, seed: u64, is_central: bool) -> Gatherer {
    let mut common = config.common.clone();
    common.telemetry = common.telemetry.filter(|_| is_central);
    Core::new(Growing::new(memory), vec![0; config.lines()], common, config.options(seed))
}

/// Adds the calls that a shard has counted.
pub(super) fn add(counters: &mut Counters, more: &Counters) {
    for kind in MetricKind::ALL {
        counters.metrics.add(kind, more.metrics.get(kind));
    }
    counters.events += more.events;
    counters.service_checks += more.service_checks;
    counters.dropped_on_receive += more.dropped_on_receive;
}
