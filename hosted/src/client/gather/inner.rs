//! A client, shared by all clones of its handle: what it was built with, its handles, and its state in this process.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use basenji_core::client::{Counters, Hint, MetricCall, Value, as_exact, is_exact};
use basenji_core::wire::{MetricKind, TagTexts, Tags};
use basenji_core::{Full, Time};

use super::gatherer::{Gatherer, add};
use super::handles::{Handles, Sum};
use super::hints::Hints;
use super::key::Key;
use super::known::{Known, Place, Texts};
use super::lane_client::LaneClient;
use super::state::State;
use crate::client::config::Config;
use crate::client::sys::clock;
use crate::client::thread::{Busy, CENTRAL, Ticker};
use crate::deadline::Deadline;
use crate::lock::lock;
use crate::sys::{Member, PerProcess, Process};

/// A client, shared by all clones of its handle.
pub(crate) struct Inner {
    pub(crate) config: Config,
    /// The kinds whose calls without options are only numbers, each added to its context.
    is_quick: [bool; MetricKind::ALL.len()],
    pub(crate) handles: Handles,
    state: PerProcess<State>,
    /// Whether the client has ended, for all processes to come.
    ended: AtomicBool,
}

impl Inner {
    /// A client with nothing in it.
    pub(crate) fn new(config: Config) -> std::io::Result<Arc<Inner>> {
        let state = PerProcess::new(State::new(&config)?);
        let is_quick = MetricKind::ALL.map(|kind| {
            let is_aggregated = config.gather.is_some() && config.aggregation.takes_kind(kind);
            is_aggregated && kind != MetricKind::Set && (config.sample_rate == 1.0 || is_exact(kind))
        });
        let inner =
            Arc::new(Inner { config, is_quick, handles: Handles::default(), state, ended: AtomicBool::new(false) });
        inner.start_flusher(inner.state());
        let member: Weak<Inner> = Arc::downgrade(&inner);
        Process::enter(member);
        Ok(inner)
    }

    /// The state of this process; a child of `fork` has a new one.
    #[inline]
    pub(crate) fn state(self: &Arc<Inner>) -> &State {
        match self.state.get() {
            Some(state) => state,
            None => self.renew(),
        }
    }

    #[cold]
    fn renew(self: &Arc<Inner>) -> &State {
        let fresh = match self.ended.load(Ordering::Relaxed) {
            false => State::new(&self.config).unwrap_or_else(|_| State::ended(&self.config)),
            true => State::ended(&self.config),
        };
        let (state, is_fresh) = self.state.renew(fresh);
        if is_fresh {
            self.start_flusher(state);
        }
        state
    }

    fn start_flusher(self: &Arc<Inner>, state: &State) {
        let ended = self.ended.load(Ordering::Relaxed);
        if let Some(interval) = self.config.gather.filter(|_| !self.config.disabled && !ended) {
            // If the system cannot start the thread, calls still leave when a lane is full, at a flush and at the end.
            *lock(&state.flusher) = {
                let client = Arc::downgrade(self);
                Ticker::start("basenji-flusher", interval, move || {
                    client.upgrade().map(|client| client.flush(Deadline::after(interval))).is_some()
                })
                .ok()
            };
        }
    }

    /// Makes a call on the core client of this thread.
    ///
    /// The time is read if the call is `timed`, as a gauge's is, whose last value holds; other calls count as of the interval's beginning.
    #[inline]
    pub(crate) fn call(self: &Arc<Inner>, timed: bool, mut call: impl FnMut(&mut Gatherer, Time) -> Result<(), Full>) {
        let state = self.state();
        if self.config.gather.is_none() {
            return state.send_at_once(&self.config, call);
        }
        {
            let Some((mut slot, _queue)) = state.slot() else { return state.refuse() };
            let lane = slot.get_or_insert_with(|| LaneClient::new(&self.config));
            let now = if timed { clock::now() } else { lane.since };
            if call(&mut lane.client, now).is_ok() {
                return;
            }
            state.hand_on(&mut lane.client, now);
            let _ = call(&mut lane.client, now);
        }
        state.outlet.drain();
    }

    /// Makes a call for a series of which `hints` is all that is remembered. Its tags are joined.
    #[inline(always)]
    pub(crate) fn call_at(self: &Arc<Inner>, hints: &Hints, texts: Texts<'_, &[u8]>, value: Value<'_>) {
        if !as_exact(value).is_some_and(|value| self.call_again(hints, texts.0, texts.1, texts.2, value)) {
            self.call_new(hints, texts, value);
        }
    }

    /// Repeats a call where `hints` lead. If the earlier call is not found there, it does nothing and returns false.
    #[inline(never)]
    fn call_again(self: &Arc<Inner>, hints: &Hints, kind: MetricKind, name: &[u8], tags: &[u8], value: f64) -> bool {
        self.is_quick(kind) && self.call_where(|_| Some(hints.get()), (kind, name, Tags::Text(tags)), value)
    }

    /// [`Inner::call_at`] of a call whose context is not where it was, or that is a line.
    #[inline(never)]
    fn call_new(self: &Arc<Inner>, hints: &Hints, (kind, name, tags): Texts<'_, &[u8]>, value: Value<'_>) {
        let (place, tags) = (Place::at(hints), Tags::Text(tags));
        let texts = (kind, name, tags);
        if self.repeat(place, texts, value) {
            return;
        }
        let call = MetricCall { tags, sample_rate: self.config.sample_rate, ..MetricCall::new(name, kind, value) };
        self.call(kind == MetricKind::Gauge, |client, now| client.metric(&call, now));
        self.remember(place, Some(hints), &call);
    }

    /// Repeats a call by name that this thread has made before. If its context is not found at once, it does nothing and returns false.
    #[inline(never)]
    pub(crate) fn call_by_name(self: &Arc<Inner>, kind: MetricKind, name: &str, tags: &[&str], value: f64) -> bool {
        self.is_quick(kind) && {
            let place = Place::of(kind, name, tags);
            self.call_where(|known| known.hint(place), (kind, name.as_bytes(), tags), value)
        }
    }

    #[inline(always)]
    fn is_quick(&self, kind: MetricKind) -> bool {
        self.is_quick[kind as usize]
    }

    /// Repeats a call of a quick kind in the context that `hint` leads to. If it is another one, it does nothing and returns false.
    #[inline(always)]
    fn call_where(
        self: &Arc<Inner>,
        hint: impl FnOnce(&Known) -> Option<Hint>,
        texts: Texts<'_, impl TagTexts>,
        value: f64,
    ) -> bool {
        let Some((mut slot, _queue)) = self.state().slot() else { return false };
        let Some(LaneClient { client, known, since, .. }) = slot.as_deref_mut() else { return false };
        let Some(hint) = hint(known) else { return false };
        let now = if texts.0 == MetricKind::Gauge { clock::now() } else { *since };
        client.metric_at(hint, texts, value, now)
    }

    /// Repeats a call that this thread has made before and that is a line. If the earlier call is not found at once, it does nothing and returns false.
    #[inline(never)]
    pub(crate) fn repeat(self: &Arc<Inner>, place: Place, texts: Texts<'_, impl TagTexts>, value: Value<'_>) -> bool {
        let Config { sample_rate, gather, aggregation, .. } = &self.config;
        let state = self.state();
        if *sample_rate != 1.0 || gather.is_some() && aggregation.takes_kind(texts.0) {
            return false;
        }
        if gather.is_none() {
            return state.send_known(place, texts, value);
        }
        let Some((mut slot, queue)) = state.slot() else { return false };
        let Some(LaneClient { client, known, since, .. }) = slot.as_deref_mut() else { return false };
        let Some((template, text)) = known.template(place, texts) else { return false };
        if client.metric_by(template, text, value, *since).is_err() {
            state.hand_on(client, *since);
            let _ = client.metric_by(template, text, value, *since);
            drop((slot, queue));
            state.outlet.drain();
        }
        true
    }

    /// Remembers the call that this thread has made last.
    pub(crate) fn remember(self: &Arc<Inner>, place: Place, hints: Option<&Hints>, call: &MetricCall<'_>) {
        let Some((mut slot, _queue)) = self.state().slot() else { return };
        let Some(LaneClient { client, known, .. }) = slot.as_deref_mut() else { return };
        if self.config.gather.is_some() && self.config.aggregation.takes_kind(call.kind) {
            match hints {
                Some(hints) => hints.set(client.last_context()),
                None => known.set_hint(place, client.last_context()),
            }
        } else {
            known.set_template(place, client, call);
        }
    }

    /// Takes in what a handle has gathered.
    pub(crate) fn take(self: &Arc<Inner>, key: &Key, sum: Sum<'_>) {
        let state = self.state();
        let now = clock::now();
        if self.config.gather.is_none() {
            let Some(_busy) = Busy::enter(CENTRAL) else { return state.refuse() };
            state.take_in(&mut lock(&state.central), key, sum, now);
        } else {
            let Some((mut slot, _queue)) = state.slot() else { return state.refuse() };
            let lane = slot.get_or_insert_with(|| LaneClient::new(&self.config));
            state.take_in(&mut lane.client, key, sum, now);
        }
        state.outlet.drain();
    }

    /// Merges all lanes and hands the lines to the outlet; false if the outlet has not taken all of them by the deadline. The next flush hands on
    /// the rest.
    pub(crate) fn flush(self: &Arc<Inner>, deadline: Deadline) -> bool {
        let state = self.state();
        if state.is_behind.load(Ordering::Relaxed) && !state.hand_on_central(deadline) {
            return false;
        }
        if self.config.gather.is_some() {
            for lane in state.lanes.iter() {
                state.empty(lane, &self.config);
                state.outlet.drain();
            }
        }
        let now = clock::now();
        self.handles.drain(&mut |key, sum| {
            let _busy = Busy::enter(CENTRAL);
            state.take_in(&mut lock(&state.central), key, sum, now);
        });
        {
            // Who reads the counters finds each call in its lane or in the central client.
            let _turn = lock(&state.flushing);
            let counted = state.take_counted();
            let _busy = Busy::enter(CENTRAL);
            let mut central = lock(&state.central);
            add(central.counters_mut(), &counted);
            state.outlet.count(central.counters_mut());
            central.flush(now);
        }
        state.hand_on_central(deadline)
    }

    /// Flushes, and waits until the system has taken everything or the rest is lost and counted; true if it is so in time.
    pub(crate) fn flush_and_wait(self: &Arc<Inner>, timeout: Duration) -> bool {
        let deadline = Deadline::after(timeout);
        self.flush(deadline) && self.state().outlet.wait(deadline)
    }

    /// What has been done until now; handles' calls count once they are flushed.
    pub(crate) fn stats(self: &Arc<Inner>) -> Counters {
        let state = self.state();
        let _turn = lock(&state.flushing);
        let mut counters = *lock(&state.central).counters();
        for lane in state.lanes.iter() {
            state.with_lane(lane, |slot| {
                if let Some(lane) = slot {
                    add(&mut counters, lane.client.counters());
                }
            });
        }
        state.outlet.count(&mut counters);
        counters.dropped_on_receive += state.refused.load(Ordering::Relaxed);
        counters
    }

    /// Ends the client: sends everything, for a bounded time, and counts what is left; true if nothing was. In a child of `fork` that has made no call
    /// it leaves the parent's state alone.
    pub(crate) fn close(self: &Arc<Inner>, timeout: Duration) -> bool {
        let deadline = Deadline::after(timeout);
        self.begin_to_close(deadline) && self.finish_to_close(deadline)
    }

    fn begin_to_close(self: &Arc<Inner>, deadline: Deadline) -> bool {
        let Some(state) = self.state.get() else { return true };
        let flusher = lock(&state.flusher).take();
        if let Some(flusher) = flusher {
            flusher.stop(deadline);
        }
        self.ended.store(true, Ordering::Relaxed);
        self.flush(deadline)
    }

    fn finish_to_close(self: &Arc<Inner>, deadline: Deadline) -> bool {
        let Some(state) = self.state.get() else { return true };
        let done = state.outlet.stop(deadline);
        // What is left, and what was called meanwhile, goes to an outlet that sends nothing and counts it as lost.
        self.flush(Deadline::after(Duration::ZERO));
        done
    }
}

impl Member for Inner {
    fn forget(&self) {
        self.handles.forget();
    }

    fn longest_close(&self) -> Duration {
        self.config.sender.stop_timeout
    }

    fn begin_to_close(self: Arc<Inner>, deadline: Deadline) {
        Inner::begin_to_close(&self, deadline);
    }

    fn finish_to_close(self: Arc<Inner>, deadline: Deadline) {
        Inner::finish_to_close(&self, deadline);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").finish_non_exhaustive()
    }
}
