//! Our sketch beside those of others, in one run: instructions of an insert and of a merge by callgrind, bytes that it takes, and how far its quantiles
//! are off. The Agent's own, which is Go, and ours beside it are timed; saluki's is not published as a crate.
//!
//! Instructions are the difference of two processes that do a different number of times what is counted; a merge is one into a copy, less the copy.

use std::alloc::System;
use std::env;
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use basenji::OwnedSketch;
use basenji::core::sketch::{BIN_LIMIT, Sketch};
use cap::Cap;
use datasketches::common::SearchCriteria;
use datasketches::kll::{KllFloat, KllSketch};
use hdrhistogram::Histogram;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Values of each of two sketches that are merged.
const MERGED: usize = 1000;

/// Values behind memory and error.
const MANY: usize = 100_000;

/// A sketch.
trait Subject: Clone {
    const NAME: &'static str;
    fn new() -> Self;
    fn add(&mut self, value: f64);
    /// Whether it can.
    fn merge(&mut self, other: &Self) -> bool;
    fn quantile(&self, q: f64) -> Option<f64>;
}

impl Subject for OwnedSketch {
    const NAME: &'static str = "basenji";
    fn new() -> Self {
        OwnedSketch::default()
    }
    fn add(&mut self, value: f64) {
        OwnedSketch::add(self, value, 1.0);
    }
    fn merge(&mut self, other: &Self) -> bool {
        OwnedSketch::merge(self, other);
        true
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        Some((**self).quantile(q))
    }
}

/// The core's, over the memory of a sketch of the Agent.
impl Subject for Sketch<Box<[u64]>> {
    const NAME: &'static str = "basenji-core";
    fn new() -> Self {
        Sketch::new(vec![0; BIN_LIMIT].into_boxed_slice())
    }
    fn add(&mut self, value: f64) {
        self.insert(value);
    }
    fn merge(&mut self, other: &Self) -> bool {
        Sketch::merge(self, other);
        true
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        Some(Sketch::quantile(self, q))
    }
}

impl Subject for sketches_ddsketch::DDSketch {
    const NAME: &'static str = "sketches-ddsketch";
    fn new() -> Self {
        // The width of our bins.
        sketches_ddsketch::DDSketch::new(sketches_ddsketch::Config::new(1.0 / 129.0, 4096, 1e-9))
    }
    fn add(&mut self, value: f64) {
        sketches_ddsketch::DDSketch::add(self, value);
    }
    fn merge(&mut self, other: &Self) -> bool {
        sketches_ddsketch::DDSketch::merge(self, other).is_ok()
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        sketches_ddsketch::DDSketch::quantile(self, q).ok().flatten()
    }
}

impl Subject for libdd_ddsketch::DDSketch {
    const NAME: &'static str = "libdd-ddsketch";
    fn new() -> Self {
        libdd_ddsketch::DDSketch::default()
    }
    fn add(&mut self, value: f64) {
        let _ = libdd_ddsketch::DDSketch::add(self, value);
    }
    fn merge(&mut self, _: &Self) -> bool {
        false
    }
    /// It has none: the value of the bin of that rank.
    fn quantile(&self, q: f64) -> Option<f64> {
        let rank = q * (self.count() - 1.0);
        let mut below = 0.0;
        self.ordered_bins()
            .into_iter()
            .find(|(_, count)| {
                below += count;
                below > rank
            })
            .map(|(value, _)| value)
    }
}

impl Subject for Histogram<u32> {
    const NAME: &'static str = "hdrhistogram";
    fn new() -> Self {
        // Two digits are 1 % or less, from a millionth on.
        Histogram::new(2).expect("two digits")
    }
    fn add(&mut self, value: f64) {
        let _ = self.record((value * 1e6) as u64);
    }
    fn merge(&mut self, other: &Self) -> bool {
        Histogram::add(self, other).is_ok()
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        Some(self.value_at_quantile(q) as f64 / 1e6)
    }
}

impl Subject for tdigest::TDigest {
    const NAME: &'static str = "tdigest";
    fn new() -> Self {
        tdigest::TDigest::new_with_size(100)
    }
    fn add(&mut self, value: f64) {
        self.push(value);
    }
    fn merge(&mut self, other: &Self) -> bool {
        *self = tdigest::TDigest::merge_digests(vec![self.clone(), other.clone()]);
        true
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        self.estimate_quantile(q)
    }
}

impl Subject for KllSketch<KllFloat<f64>> {
    const NAME: &'static str = "datasketches-kll";
    fn new() -> Self {
        KllSketch::new(200).expect("the usual size")
    }
    fn add(&mut self, value: f64) {
        let _ = KllFloat::<f64>::new(value).map(|value| self.update(value));
    }
    fn merge(&mut self, other: &Self) -> bool {
        KllSketch::merge(self, other).is_ok()
    }
    fn quantile(&self, q: f64) -> Option<f64> {
        KllSketch::quantile(self, q, SearchCriteria::Inclusive).ok().flatten().map(KllFloat::into_inner)
    }
}

/// Log-normal values, as times of requests are, the same in each process.
fn values(count: usize) -> Vec<f64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 / (1_u64 << 53) as f64).max(1e-12)
    };
    let mut normal = || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    (0..count).map(|_| (normal() + 3.0).exp()).collect()
}

fn of<S: Subject>(values: &[f64]) -> S {
    let mut sketch = S::new();
    values.iter().for_each(|value| sketch.add(*value));
    sketch
}

/// What a process does whose instructions are counted.
fn work<S: Subject>(what: &str, times: usize) {
    let values = values(MANY);
    let (one, other) = (of::<S>(&values[..MERGED]), of::<S>(&values[MERGED..2 * MERGED]));
    let mut sketch = S::new();
    if what == "many" {
        let mut sketch = OwnedSketch::default();
        (0..times).for_each(|_| sketch.add_all(black_box(&values)));
        black_box(sketch);
        return;
    }
    if what == "insert" {
        values.iter().cycle().take(times).for_each(|value| sketch.add(*value));
    } else {
        for _ in 0..times {
            let mut copy = one.clone();
            if what == "merge" {
                copy.merge(&other);
            }
            black_box(copy);
        }
    }
    black_box(sketch);
}

/// Instructions of doing it once.
fn instructions(name: &str, what: &str, times: usize) -> Option<f64> {
    let collected = |times: usize| -> Option<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().ok()?);
        let output = valgrind.args([name, what, &times.to_string()]).output().ok()?;
        let report = String::from_utf8_lossy(&output.stderr);
        report.lines().find_map(|line| line.split_once("Collected :"))?.1.trim().parse().ok()
    };
    Some((collected(2 * times)? - collected(times)?) / times as f64)
}

const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// How far each of [`QUANTILES`] is off, in percent.
fn off(mut values: Vec<f64>, said: impl Fn(usize) -> Option<f64>) -> String {
    values.sort_by(f64::total_cmp);
    let off = [0, 1, 2, 3].map(|at| {
        let exact = values[(QUANTILES[at] * (MANY - 1) as f64).round() as usize];
        said(at).map_or(f64::NAN, |value| (value / exact - 1.0).abs() * 100.0)
    });
    off.map(|off| format!("{off:.2}")).join(" / ")
}

fn row<S: Subject>() {
    let values = values(MANY);
    let before = ALLOCATOR.allocated();
    let sketch = of::<S>(&values);
    let bytes = ALLOCATOR.allocated().saturating_sub(before) + size_of::<S>();
    let text = |number: Option<f64>| number.map_or("-".to_owned(), |number| format!("{number:.0}"));
    let merges = S::new().merge(&S::new());
    let merge =
        instructions(S::NAME, "merge", 200).zip(instructions(S::NAME, "copy", 200)).map(|(both, copy)| both - copy);
    let off = off(values, |at| sketch.quantile(QUANTILES[at]));
    println!(
        "{:<18} {:>7} {:>9} {:>8}   {off}",
        S::NAME,
        text(instructions(S::NAME, "insert", MANY)),
        text(merge.filter(|_| merges)),
        bytes
    );
}

/// The shortest time of doing it once, in nanoseconds.
fn nanoseconds(mut work: impl FnMut()) -> f64 {
    let (begin, mut shortest) = (Instant::now(), f64::INFINITY);
    while begin.elapsed() < Duration::from_secs(1) {
        let one = Instant::now();
        work();
        shortest = shortest.min(one.elapsed().as_nanos() as f64);
    }
    shortest
}

/// Ours by the clock.
fn timed<S: Subject>() {
    let values = values(MANY);
    let (one, other) = (of::<S>(&values[..MERGED]), of::<S>(&values[MERGED..2 * MERGED]));
    let copied = nanoseconds(|| (0..100).for_each(|_| drop(black_box(one.clone()))));
    let merged = nanoseconds(|| {
        (0..100).for_each(|_| {
            let mut copy = one.clone();
            copy.merge(&other);
            black_box(copy);
        });
    });
    let inserted = nanoseconds(|| drop(black_box(of::<S>(&values))));
    println!("{:<18} {:>7.1} {:>9.0}", S::NAME, inserted / MANY as f64, (merged - copied) / 100.0);
}

/// The Agent's, by the program in `agent`.
fn agent() -> Option<String> {
    let mut go = Command::new("go");
    go.args(["run", "."]).current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/agent"));
    let mut go = go.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let values = values(MANY);
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    go.stdin.take()?.write_all(&bytes).ok()?;
    let output = go.wait_with_output().ok().filter(|output| output.status.success())?;
    let numbers: Vec<f64> = String::from_utf8(output.stdout).ok()?.split_whitespace().flat_map(str::parse).collect();
    let [insert, merge, bytes, quantiles @ ..] = &numbers[..] else { return None };
    let off = off(values, |at| quantiles.get(at).copied());
    Some(format!("{:<18} {insert:>7.1} {merge:>9.0} {bytes:>8}   {off}", "the Agent's, in Go"))
}

macro_rules! subjects {
    ($call:ident $arguments:tt) => {
        subjects!(@ $call $arguments, OwnedSketch, Sketch<Box<[u64]>>, sketches_ddsketch::DDSketch, libdd_ddsketch::DDSketch, Histogram<u32>, tdigest::TDigest, KllSketch<KllFloat<f64>>)
    };
    (@ row (), $($subject:ty),+) => { $(row::<$subject>();)+ };
    (@ work ($name:expr, $what:expr, $times:expr), $($subject:ty),+) => {
        $(if $name == <$subject>::NAME { work::<$subject>($what, $times); })+
    };
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [name, what, times] = arguments.as_slice() {
        let times = times.parse().expect("a number");
        subjects!(work(name, what, times));
        return;
    }
    println!(
        "{MANY} log-normal values; merges of {MERGED} and {MERGED}; instructions by callgrind; error of p50 / p90 / p99 / p99.9"
    );
    println!("{:<18} {:>7} {:>9} {:>8}   error in %", "", "insert", "merge", "bytes");
    subjects!(row());
    let many = instructions(OwnedSketch::NAME, "many", 10).unwrap_or(f64::NAN);
    println!("basenji, {MANY} at once: {:.1} instructions a value", many / MANY as f64);
    println!("\nby the clock: nanoseconds of an insert and of a merge");
    timed::<OwnedSketch>();
    timed::<Sketch<Box<[u64]>>>();
    println!("{}", agent().unwrap_or_else(|| "the Agent's: Go or its module could not be had".into()));
}
