//! One receiver with one key: its queue, the threads that empty it, and its health.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use basenji::server::Amount;
use tracing::{info, warn};

use super::breaker::Backoff;
use super::disk::{Disk, Storage};
use super::http_client::HttpClient;
use super::payload::Payload;
use super::queue::{Bounds, Queue};
use super::rules::{Rules, Verdict};
use super::settings::Settings;
use crate::failure::reason;
use crate::sink::{Health, Reason, Row, SinkAccount, State};

/// How a target works.
pub(crate) struct Options {
    /// What it is called in `/status` and the log, without secrets.
    pub(crate) name: String,
    /// Requests at a time.
    pub(crate) concurrency: usize,
    /// Bytes that may wait in memory.
    pub(crate) memory: usize,
    /// The share of them that moves to the disk at a time.
    pub(crate) flush_ratio: f64,
    /// What may wait on disk, if anything may.
    pub(crate) storage: Option<Storage>,
    pub(crate) backoff: Backoff,
    /// Whether payloads arrive in the order in which they were submitted, one at a time.
    pub(crate) is_ordered: bool,
    pub(crate) stop_timeout: Duration,
}

impl Options {
    /// As the settings say, without storage.
    pub(crate) fn new(name: String, settings: &Settings) -> Options {
        Options {
            name,
            concurrency: settings.concurrency.size() * settings.workers.size(),
            memory: settings.memory(),
            flush_ratio: settings.storage_flush_ratio.0.clamp(0.0, 1.0),
            storage: None,
            backoff: settings.backoff(),
            is_ordered: false,
            stop_timeout: Duration::from_secs(settings.stop_timeout.0),
        }
    }
}

/// A handle of a target; clones are of the same.
#[derive(Clone)]
pub(crate) struct Target {
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    client: HttpClient,
    rules: Box<dyn Rules>,
    account: Arc<SinkAccount>,
    state: Mutex<Work>,
    /// Signalled when something can be sent, when there is room, when a request has ended, and at the end.
    changed: Condvar,
}

struct Work {
    queue: Queue,
    workers: usize,
    idle: usize,
    /// The daemon is stopping: sinks no longer wait for room.
    is_stopping: bool,
    /// Nothing is sent after this.
    ends_at: Option<Instant>,
    /// The receiver refuses everything until the configuration is mended.
    is_refused: bool,
    /// The fault that was logged last.
    trouble: Option<String>,
}

impl Target {
    /// A target with what an earlier run has left of it. If storage cannot be used, that is logged, and the target
    /// works without it.
    pub(crate) fn new(mut options: Options, client: HttpClient, rules: impl Rules + 'static) -> Target {
        let account = Arc::new(SinkAccount::default());
        let disk = options.storage.take().and_then(|storage| {
            let directory = storage.directory.clone();
            match Disk::open(storage) {
                Ok((disk, restored)) => {
                    account.restore(restored);
                    Some(disk)
                }
                Err(error) => {
                    let directory = directory.display();
                    warn!("{}: nothing can wait on disk: {directory}: {}", options.name, reason(&error));
                    None
                }
            }
        });
        let bounds =
            Bounds { memory: options.memory, flush_ratio: options.flush_ratio, is_ordered: options.is_ordered };
        let queue = Queue::new(bounds, options.backoff, Arc::clone(&account), disk);
        let state =
            Work { queue, workers: 0, idle: 0, is_stopping: false, ends_at: None, is_refused: false, trouble: None };
        let target = Target {
            shared: Arc::new(Shared {
                options,
                client,
                rules: Box::new(rules),
                account,
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
        };
        target.call_worker(&mut target.shared.state());
        target
    }

    /// The counters, in which a sink takes what it is given and loses what it cannot submit.
    pub(crate) fn account(&self) -> &SinkAccount {
        &self.shared.account
    }

    /// Takes a payload over, whose amount the account has taken. It waits for room while the receiver takes what waits;
    /// otherwise the oldest go to the disk, or are lost.
    pub(crate) fn submit(&self, payload: Payload) {
        let mut state = self.shared.state();
        while !state.queue.has_room(payload.size()) && state.can_wait() {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let result = state.queue.push(payload, seconds());
        self.complain(&mut state, result);
        self.call_worker(&mut state);
    }

    /// Sends what can be sent within the time that a stop has, and leaves the rest on disk, or counts it as lost. Nothing
    /// may be submitted later. Several targets are stopped at a time by [`Target::stop_all`].
    fn stop(&self, deadline: Instant) {
        let mut state = self.shared.state();
        state.ends_at = Some(deadline);
        self.call_worker(&mut state);
        self.shared.changed.notify_all();
        loop {
            let now = Instant::now();
            let is_done = state.queue.is_still() && !(state.queue.moves(now) || state.queue.can_read_back(now));
            if is_done || now >= deadline {
                break;
            }
            let wait = self.shared.changed.wait_timeout(state, deadline - now);
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.ends_at = Some(Instant::now());
        let result = state.queue.leave_all(Reason::Stopped);
        self.complain(&mut state, result);
        self.shared.changed.notify_all();
    }

    /// Stops every target at the same time.
    pub(crate) fn stop_all(targets: &[Target]) {
        thread::scope(|scope| {
            for target in targets {
                let deadline = Instant::now() + target.shared.options.stop_timeout;
                let stop = move || target.stop(deadline);
                if thread::Builder::new().spawn_scoped(scope, stop).is_err() {
                    // Without a thread one stops after the other.
                    target.stop(deadline);
                }
            }
        });
    }

    /// Its health.
    pub(crate) fn row(&self) -> Row {
        let state = self.shared.state();
        let word = match (state.is_refused, state.queue.has_failed()) {
            (true, _) => State::Failed,
            (false, true) => State::Retrying,
            (false, false) => State::Ok,
        };
        Row { target: self.shared.options.name.clone(), state: word, tally: self.shared.account.look() }
    }

    fn complain(&self, state: &mut Work, result: io::Result<()>) {
        if let Err(error) = result {
            state.say(&self.shared.options.name, format!("what waits cannot be written to disk: {}", reason(&error)));
        }
    }

    /// Wakes a worker, or starts another one where all have something to do.
    fn call_worker(&self, state: &mut Work) {
        if state.idle > 0 {
            self.shared.changed.notify_all();
        } else if state.workers < self.shared.options.concurrency.max(1) && state.queue.has_work() {
            state.workers += 1;
            let shared = Arc::clone(&self.shared);
            let spawned = thread::Builder::new().name("basenji-http-out".to_owned()).spawn(move || shared.work());
            if spawned.is_err() {
                // The next payload tries again.
                state.workers -= 1;
            }
        }
    }
}

/// The health of a sink with one receiver.
impl Health for Target {
    fn rows(&self) -> Vec<Row> {
        vec![self.row()]
    }

    /// Ends every wait for room from now on, since the daemon is about to stop.
    fn prepare_stop(&self) {
        self.shared.state().is_stopping = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, Work> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what there is, until the end.
    fn work(&self) {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            if state.ends_at.is_some_and(|end| now >= end) {
                state.workers -= 1;
                return;
            }
            if let Some((number, payload)) = state.queue.next(now) {
                drop(state);
                let verdict = self.send(&payload);
                state = self.state();
                self.settle(&mut state, number, verdict);
                self.changed.notify_all();
                continue;
            }
            let until = [state.queue.wakes_at(now), state.ends_at].into_iter().flatten().min();
            state.idle += 1;
            state = match until {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let wait = self.changed.wait_timeout(state, until.saturating_duration_since(now));
                    wait.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.idle -= 1;
        }
    }

    fn send(&self, payload: &Payload) -> Verdict {
        match self.client.send(payload) {
            Ok(answer) => self.rules.judge(&answer, &payload.body),
            Err(why) => Verdict::Retry { why, after: None },
        }
    }

    fn settle(&self, state: &mut Work, number: u64, verdict: Verdict) {
        let now = Instant::now();
        match verdict {
            Verdict::Retry { why, after } => {
                self.account.retry(why.clone());
                state.queue.retry(number, now, chance(), after);
                state.say(&self.options.name, format!("{why}; it is tried again"));
            }
            Verdict::Delivered => {
                if let Some(amount) = state.queue.end(number, now, chance()) {
                    self.account.deliver(amount);
                }
                state.is_refused = false;
                if state.trouble.take().is_some() {
                    info!("{}: what is sent arrives again", self.options.name);
                }
            }
            Verdict::Partly { refused, why } => {
                if let Some(amount) = state.queue.end(number, now, chance()) {
                    let refused = first_of(amount, refused);
                    self.account.lose(Reason::Refused, refused);
                    self.account.deliver(amount - refused);
                }
                state.is_refused = false;
                self.account.fail(why.clone());
                state.say(&self.options.name, format!("a part is refused: {why}"));
            }
            Verdict::Refused { why, is_lasting } => {
                if let Some(amount) = state.queue.end(number, now, chance()) {
                    self.account.lose(Reason::Refused, amount);
                }
                state.is_refused = is_lasting;
                self.account.fail(why.clone());
                state.say(&self.options.name, format!("refused: {why}"));
            }
        }
    }
}

impl Work {
    /// Warns of a fault, once until it changes or ends.
    fn say(&mut self, name: &str, what: String) {
        if self.trouble.as_ref() != Some(&what) {
            warn!("{name}: {what}");
            self.trouble = Some(what);
        }
    }

    /// Whether it is worth waiting for room.
    fn can_wait(&self) -> bool {
        !self.is_stopping && self.ends_at.is_none() && self.workers > 0 && self.queue.moves(Instant::now())
    }
}

/// As many items of an amount, series first, then service checks, then events.
fn first_of(amount: Amount, mut items: u64) -> Amount {
    let mut take = |most: u64| {
        let taken = most.min(items);
        items -= taken;
        taken
    };
    let (series, checks) = (take(amount.series), take(amount.checks));
    Amount { series, checks, events: take(amount.events) }
}

/// Seconds since 1970.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// A random number from 0 to 1.
fn chance() -> f64 {
    (RandomState::new().hash_one(()) >> 11) as f64 / (1u64 << 53) as f64
}
