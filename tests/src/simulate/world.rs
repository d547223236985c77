//! Lets a story happen, and checks the server's promises at each step.

use std::collections::{BTreeSet, HashSet};
use std::io::Write;
use std::time::Duration;

use basenji::server::{Bucket, By, Change, Engine, ListenerKind, MessageKind, Stats};
use basenji_core::wire::MetricKind;
use basenji_core::{Full, Time};

use super::engine::{check_law, engine};
use super::expected::{Sums, TIMESTAMP};
use super::lines::{is_metric, is_number, kind, name, tags, with};
use super::rules::{rename, rules_of};
use super::story::{Load, Step, Story, World};

/// Milliseconds since 1970 at which a story begins.
const START: i64 = 1_700_000_003_000;

/// A promise that was broken, and how.
type Broken = String;

macro_rules! promise {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(format!($($what)+));
        }
    };
}

/// Runs a story.
///
/// # Errors
///
/// The promise that is broken, with the number of the step.
pub fn run(story: &Story) -> Result<(), Broken> {
    let mut run = Run::new(&story.world);
    for (number, step) in story.steps.iter().enumerate() {
        run.step(step).map_err(|promise| format!("step {number}, {step:?}: {promise}"))?;
    }
    Ok(())
}

/// A series as its first message has it.
type Known = (MetricKind, Vec<u8>, Vec<u8>);

/// Messages that were taken in, and when by the steady clock.
#[derive(Debug, Clone, Copy)]
struct Taken {
    at: Duration,
    messages: u64,
}

struct Run<'w> {
    world: &'w World,
    engine: Engine,
    /// Milliseconds since 1970, and since the start.
    wall: i64,
    steady: u64,
    /// The numbers of messages received, by kind.
    sent: By<MessageKind>,
    /// Members of sets so far, each of which is another.
    members: u64,
    taken: Sums,
    shown: Sums,
    shown_messages: u64,
    /// The starts of buckets in which something came.
    starts: BTreeSet<u64>,
    known: HashSet<Known>,
    /// By worker and, last, the flusher's.
    rules: Vec<u8>,
    dead: [bool; 3],
    history: Vec<Taken>,
    /// When the flush in progress, and the one before, began by the steady clock.
    flush: Option<Duration>,
    last_flush: Duration,
    has_received_in_flush: bool,
}

impl<'w> Run<'w> {
    fn new(world: &'w World) -> Run<'w> {
        Run {
            world,
            engine: engine(world),
            wall: START,
            steady: 0,
            sent: By::default(),
            members: 0,
            taken: Sums::default(),
            shown: Sums::default(),
            shown_messages: 0,
            starts: BTreeSet::new(),
            known: HashSet::new(),
            rules: vec![0; world.workers + 1],
            dead: [false; 3],
            history: Vec::new(),
            flush: None,
            last_flush: Duration::ZERO,
            has_received_in_flush: false,
        }
    }

    fn now(&self) -> Time {
        Time::from_millis(self.wall.max(0) as u64)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.steady)
    }

    fn step(&mut self, step: &Step) -> Result<(), Broken> {
        match *step {
            Step::Receive(load) => self.receive(&load)?,
            Step::Wait(millis) => self.wait(millis)?,
            Step::Jump(millis) => self.wall = (self.wall + millis).max(10_000_000),
            Step::Demand => self.begin(true)?,
            Step::GoOn => self.go_on()?,
            Step::Rules(worker, rules) => self.change(worker, rules),
            Step::Take(sink, buckets) => self.take(sink, buckets),
            Step::Die(sink) => self.dead[sink % 3] = sink % 3 != 0,
            Step::Crash => self.restart(),
            Step::Stop => {
                self.begin(true)?;
                self.end()?;
                self.check_end()?;
                self.restart();
            }
            Step::Silence => self.silence()?,
        }
        self.check()
    }

    /// Time goes by, and flushes are made when they are due.
    fn wait(&mut self, millis: u64) -> Result<(), Broken> {
        let mut left = millis;
        let interval = u64::from(self.world.bucket_secs) * 1000;
        // Asked often enough that none is late by more than a part of a bucket, but not for years.
        let part = (interval / 4).max(millis / 100);
        loop {
            let step = left.min(part);
            self.wall += step as i64;
            self.steady += step;
            left -= step;
            if let Some(all) = self.engine.due(self.now(), self.elapsed()) {
                self.begin(all)?;
                if left > 0 {
                    self.end()?;
                }
            }
            if left == 0 {
                return Ok(());
            }
        }
    }

    fn begin(&mut self, all: bool) -> Result<(), Broken> {
        self.end()?;
        self.engine.begin_flush(all, self.now());
        self.flush = Some(self.elapsed());
        self.has_received_in_flush = false;
        Ok(())
    }

    fn go_on(&mut self) -> Result<(), Broken> {
        let now = self.now();
        if self.flush.is_some() && !self.engine.collect(now) {
            self.end()?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let Some(began) = self.flush.take() else { return Ok(()) };
        self.engine.end_flush(self.now());
        let bucket = self.engine.take(0).ok_or("a flush is handed to a sink that waits for it")?;
        self.check_bucket(&bucket)?;
        self.shown.show(&bucket);
        self.shown_messages += bucket.messages().total();
        self.check_age()?;
        self.last_flush = began;
        let contexts = self.engine.contexts();
        self.known = contexts
            .map(|known| (known.kind, known.name.to_vec(), known.tags.iter().collect::<Vec<_>>().join(&b',')))
            .collect();
        promise!(
            self.has_received_in_flush || self.engine.contexts_let_in() == self.known.len(),
            "what takes room is known: {} of {}",
            self.known.len(),
            self.engine.contexts_let_in()
        );
        self.check_books()
    }

    fn receive(&mut self, load: &Load) -> Result<(), Broken> {
        let (bytes, lines) = self.datagram(load);
        let before = self.engine.stats();
        let (worker, now) = (load.worker % self.world.workers, self.now());
        for _ in 0..load.times {
            self.engine.receive(worker, ListenerKind::Udp, &bytes, load.cut, now);
        }
        self.has_received_in_flush = true;
        let lines = lines * u64::from(load.times);
        let kind = kind(load.kind);
        self.sent = with(self.sent, kind, lines);
        self.starts.insert(now.as_secs() / u64::from(self.world.bucket_secs) * u64::from(self.world.bucket_secs));
        let after = self.engine.stats();
        let by = |counter: fn(&Stats) -> &By<MessageKind>| counter(&after).get(kind) - counter(&before).get(kind);
        let refused = by(|stats| &stats.refused_messages);
        let skipped = by(|stats| &stats.skipped_messages);
        let filtered = by(|stats| &stats.filtered_messages);
        let out = refused + skipped + filtered;
        promise!(out <= lines, "{out} of {lines} messages are refused, skipped or filtered");
        let full = after.refused.total() - before.refused.total();
        promise!(full == refused, "{refused} messages refused, {full} by what was full");

        let [values, bad] = load.values.map(|values| if is_number(load.kind) { values } else { 1 });
        let bad = if is_number(load.kind) { bad } else { 0 };
        let not_finite = after.skipped_values - before.skipped_values;
        promise!(not_finite <= lines * bad, "{not_finite} values skipped of {} that are not finite", lines * bad);
        if refused + filtered == 0 {
            promise!(not_finite == lines * bad, "{not_finite} values skipped of {} not finite", lines * bad);
        }
        let odd = after.odd_rates - before.odd_rates;
        let odd_sent = if matches!(load.rate, "0" | "7" | "nan") && is_metric(load.kind) { lines } else { 0 };
        promise!(odd <= odd_sent, "{odd} odd rates in {odd_sent} messages");

        let taken = lines - out;
        let values_refused = after.refused_values - before.refused_values;
        promise!(
            values_refused <= taken * (values - bad),
            "{values_refused} values refused of {taken} messages with {} each",
            values - bad
        );
        let values_taken = taken * (values - bad) - values_refused;
        self.taken.add(load, taken, values_taken, self.world.timestamps);
        self.history.push(Taken { at: self.elapsed(), messages: taken });
        let no_room = |stats: &Stats| stats.refused.get(Full::Contexts) + stats.refused.get(Full::Bytes);
        let no_room = no_room(&after) - no_room(&before);
        if self.is_known(load, worker) {
            promise!(no_room == 0, "a known series is refused {no_room} times");
        }
        if self.world.budget[0] == 100_000 && self.world.budget[1] == 1 << 22 {
            promise!(no_room == 0, "there is room, but {no_room} messages are refused for want of it");
        }
        if self.world.flood && load.name > 0 {
            promise!(no_room == 0, "a modest name finds no room beside a flood");
            promise!(values_refused == 0, "{values_refused} samples of a modest name find no room beside a flood");
        }
        Ok(())
    }

    /// Whether all messages of a datagram are of series that were known at the last flush.
    fn is_known(&self, load: &Load, worker: usize) -> bool {
        let MessageKind::Metric(kind) = kind(load.kind) else { return false };
        let name = name(load);
        let name = match rename(self.rules[worker], name.as_bytes()) {
            Some(renamed) => renamed,
            None => name.into_bytes(),
        };
        load.tag[1] == 1 && self.known.contains(&(kind, name, tags(load, 0).into_bytes()))
    }

    /// The bytes of a datagram, and how many messages are whole in it.
    fn datagram(&mut self, load: &Load) -> (Vec<u8>, u64) {
        let mut bytes = Vec::new();
        let (mut last, mut lines) = (0, 0);
        while lines < load.lines.max(1) && bytes.len() < 50_000 {
            last = bytes.len();
            self.line(load, lines, &mut bytes);
            lines += 1;
        }
        if !load.cut {
            return (bytes, lines);
        }
        let end = last + (bytes.len() - last) / 2;
        bytes.truncate(end);
        (bytes, lines - 1)
    }

    fn line(&mut self, load: &Load, line: u64, bytes: &mut Vec<u8>) {
        if !bytes.is_empty() {
            bytes.push(b'\n');
        }
        let (name, tags) = (name(load), tags(load, line));
        let written = match load.kind {
            "_e" => write!(bytes, "_e{{{},2}}:{name}|ab|#{tags}", name.len()),
            "_sc" => write!(bytes, "_sc|{name}|1|#{tags}"),
            _ => write!(bytes, "{name}"),
        };
        written.expect("writing into a Vec does not fail");
        if !is_metric(load.kind) {
            return;
        }
        if load.kind == "s" {
            self.members += 1;
            bytes.extend_from_slice(format!(":m{}", self.members).as_bytes());
        } else {
            let [values, bad] = load.values;
            (0..values).for_each(|value| bytes.extend_from_slice(if value < bad { b":nan" } else { b":1" }));
        }
        bytes.extend_from_slice(format!("|{}", load.kind).as_bytes());
        if !load.rate.is_empty() {
            bytes.extend_from_slice(format!("|@{}", load.rate).as_bytes());
        }
        bytes.extend_from_slice(format!("|#{tags}").as_bytes());
        if load.timestamp {
            bytes.extend_from_slice(format!("|T{TIMESTAMP}").as_bytes());
        }
    }

    fn change(&mut self, worker: usize, rules: u8) {
        let change = || Change { tags: Vec::new(), rules: rules_of(rules) };
        if worker < self.world.workers {
            self.rules[worker] = rules;
            self.engine.change_worker(worker, &change()).expect("there is no tag");
        } else {
            self.rules.fill(rules);
            self.engine.change(change()).expect("there is no tag");
        }
    }

    fn take(&mut self, sink: usize, buckets: u8) {
        if !sink.is_multiple_of(3) && !self.dead[sink % 3] {
            (0..buckets).for_each(|_| drop(self.engine.take(sink % 3)));
        }
    }

    fn restart(&mut self) {
        let Run { world, wall, steady, .. } = *self;
        let members = self.members;
        *self = Run { wall, steady, members, ..Run::new(world) };
        self.last_flush = self.elapsed();
    }

    /// Long enough for everything to be forgotten, and a last flush of nothing.
    fn silence(&mut self) -> Result<(), Broken> {
        let secs = self.world.expiry.iter().sum::<u32>() + 4 * self.world.bucket_secs;
        let before = self.engine.stats();
        self.wait(u64::from(secs) * 1000 * 2)?;
        self.begin(true)?;
        self.end()?;
        for _ in 0..3 {
            self.wait(u64::from(self.world.bucket_secs) * 1000)?;
            self.end()?;
        }
        let after = self.engine.stats();
        promise!(
            (after.refused_messages, after.skipped_messages, after.filtered_messages, after.skipped_values)
                == (before.refused_messages, before.skipped_messages, before.filtered_messages, before.skipped_values),
            "something is refused or skipped in silence"
        );
        promise!(self.known.is_empty(), "{} contexts are never forgotten", self.known.len());
        // What tables do not go below, in each worker's shard, the one to be exchanged and the one that lives on.
        let least = (2 * 1024 * 72 + 2 * 65536 + 2 * 16384 * 8) * (self.world.workers + 2);
        promise!(self.engine.memory() <= least, "{} bytes are held for nothing", self.engine.memory());
        Ok(())
    }

    /// What holds at every step.
    fn check(&mut self) -> Result<(), Broken> {
        let stats = self.engine.stats();
        promise!(stats.messages == self.sent, "received {:?}, counted {:?}", self.sent, stats.messages);
        check_law(&stats)?;
        let limit = self.world.budget[0];
        promise!(self.engine.contexts_let_in() <= limit, "{} contexts of {limit}", self.engine.contexts_let_in());
        for sink in self.engine.sinks() {
            promise!(sink.shown == sink.taken + sink.dropped + sink.waiting(), "the sink's account: {sink:?}");
            let fits = sink.bytes_waiting <= self.world.sink_bytes as u64 || sink.buckets_waiting <= 1;
            promise!(fits, "{} bytes wait for a sink", sink.bytes_waiting);
        }
        Ok(())
    }

    /// What holds at the end of a flush, of what is known about it from outside.
    fn check_books(&mut self) -> Result<(), Broken> {
        let books = self.engine.accounts();
        check_law(&books)?;
        promise!(books.shown_messages.total() == self.shown_messages, "what buckets show is counted as shown");
        let named: u64 = self.engine.refusals()[0].names.first(usize::MAX).iter().map(|(_, count)| count).sum();
        let refused = books.refused_messages.total();
        promise!(named == refused, "{refused} messages refused, {named} named");
        if books.waiting_messages.total() == 0 && !self.has_received_in_flush {
            promise!(
                self.shown.counts == self.taken.counts
                    && self.shown.histograms == self.taken.histograms
                    && self.shown.distributions == self.taken.distributions
                    && self.shown.lines == self.taken.lines
                    && self.shown.members <= self.taken.members,
                "taken in {:?}, shown {:?}",
                self.taken,
                self.shown
            );
        }
        Ok(())
    }

    /// What was received before the last flush began is shown at the end of this one, whatever the clock does.
    fn check_age(&mut self) -> Result<(), Broken> {
        let since = self.last_flush;
        self.history.retain(|taken| taken.at >= since);
        let young: u64 = self.history.iter().map(|taken| taken.messages).sum();
        let waiting = self.engine.stats().waiting_messages.total();
        promise!(waiting <= young, "{waiting} messages wait, of which only {young} came since the last flush");
        Ok(())
    }

    fn check_bucket(&self, bucket: &Bucket) -> Result<(), Broken> {
        let (mut text, mut points) = (HashSet::new(), 0);
        for series in bucket.series().filter(|series| !series.name.starts_with(b"basenji.")) {
            let tags: Vec<_> = series.tags.iter().collect();
            text.insert((series.name, tags.join(&b',')));
            points += 1;
            let zero = matches!(series.point, basenji::server::Point::Count(0.0));
            let is_of_bucket = self.starts.contains(&series.timestamp);
            let is_own = self.world.timestamps && series.timestamp == TIMESTAMP;
            promise!(zero || is_of_bucket || is_own, "a point at {}, when nothing came", series.timestamp);
        }
        let lines = bucket.events().count() + bucket.service_checks().count();
        // A context may come in every kind; a point has at most a summary, 16 aggregates and its bins.
        let text: usize = text.iter().map(|(name, tags)| (name.len() + tags.len()) * 6).sum();
        let most = 4096 + text + points * 600 + lines * 1300;
        promise!(bucket.size() <= most, "a bucket of {points} points takes {} bytes", bucket.size());
        Ok(())
    }

    /// What holds when the server has stopped.
    fn check_end(&mut self) -> Result<(), Broken> {
        let stats = self.engine.stats();
        promise!(stats.waiting_messages.total() == 0, "after the stop {:?} wait", stats.waiting_messages);
        Ok(())
    }
}
