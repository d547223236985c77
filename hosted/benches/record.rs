//! Recording: every line parsed and aggregated, all contexts known, in the storage of a server; then the same with a memory of lines, as the server has
//! it. The lines are those of the corpus, nearly all of different contexts, or lines of it that repeat by Zipf's law.
//!
//! A tight loop keeps its tables in the caches; a daemon shares them with the kernel and with senders. So each is also timed with caches that are
//! disturbed before each datagram.

#[path = "../../tests/bench/passes.rs"]
mod passes;
#[path = "../../tests/bench/zipf.rs"]
mod zipf;

use std::hint::black_box;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, LineMemory, LinePlace, LinesAhead, Settings, Source};
use basenji::core::wire::{Message, Messages};
use basenji::server::{Growing, Memory};
use divan::Bencher;
use passes::Subject;
use passes::input::{CORPUS, lines};

/// Samples are dropped before each pass, contexts stay.
const RECORD: Subject = Subject { name: "record", prepare: clear, pass: record };

/// The same with a memory of lines.
const KNOWN: Subject = Subject { name: "known", prepare: know, pass: known };

/// The same with lines that repeat.
const REPEATED: Subject = Subject { name: "repeated", prepare: know, pass: |_| known(&ZIPF) };

/// One bucket: time does not pass.
const NOW: Time = Time::from_secs(1_700_000_000);

/// Bytes of a datagram at most.
const DATAGRAM: usize = 1432;

/// Bytes that are written before a datagram: more than the second-level cache of a core has.
const DISTURBANCE: usize = 3 << 20;

/// How often disturbed and undisturbed passes follow each other; the one in the middle is told.
const ROUNDS: usize = 7;

static ZIPF: LazyLock<Vec<u8>> = LazyLock::new(|| zipf::zipf(lines()));

static AGGREGATOR: LazyLock<Mutex<Aggregator<Growing>>> =
    LazyLock::new(|| Mutex::new(Aggregator::new(Growing::new(Memory::default()), Settings::new())));

type Lines = LineMemory<Vec<LinePlace>, Vec<u8>>;

static LINES: LazyLock<Mutex<Lines>> =
    LazyLock::new(|| Mutex::new(LineMemory::new(vec![[0; 4]; 1 << 16], vec![0; 1 << 22])));

fn main() {
    if !passes::run(&[RECORD, KNOWN, REPEATED]) {
        return;
    }
    let subjects: [(&Subject, &'static [u8]); 4] =
        [(&RECORD, &CORPUS), (&KNOWN, &CORPUS), (&RECORD, &ZIPF), (&KNOWN, &ZIPF)];
    let mut forms = subjects.map(|(subject, text)| Forms::new(subject.pass, text));
    for _ in 0..ROUNDS {
        forms.iter_mut().for_each(Forms::round);
    }
    for ((subject, text), forms) in subjects.iter().zip(forms) {
        let text = if *text == &CORPUS[..] { "corpus" } else { "repeated" };
        forms.print(&format!("{}, {text}", subject.name));
    }
}

fn clear() {
    AGGREGATOR.lock().unwrap_or_else(PoisonError::into_inner).clear(NOW);
}

/// The memory has forgotten the lines whenever it grew.
fn know() {
    known(&CORPUS);
    clear();
}

fn record(text: &[u8]) -> f64 {
    let mut aggregator = AGGREGATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let source = Source::default();
    for message in Messages::new(text) {
        if let Ok(Message::Metric(metric)) = message {
            aggregator.record(&metric, &source, NOW).expect("the budget is large enough for the corpus");
        }
    }
    aggregator.stats().contexts as f64
}

/// The same with the memory, which takes what it knows.
fn known(text: &[u8]) -> f64 {
    let mut aggregator = AGGREGATOR.lock().unwrap_or_else(PoisonError::into_inner);
    let mut memory = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut messages, mut ahead) = (Messages::new(text), LinesAhead::default());
    loop {
        memory.look_ahead(&mut ahead, &mut messages, 0, &aggregator);
        while let Some((line, known)) = ahead.take(&mut aggregator, NOW, |_| ()) {
            if known.is_none()
                && let Ok(Message::Metric(metric)) = line.outline().parse()
            {
                aggregator.record(&metric, &Source::default(), NOW).expect("the budget is large enough for the corpus");
                memory.remember(line, &metric, &aggregator);
            }
        }
        if !ahead.is_full() && messages.next().is_none() {
            return aggregator.stats().contexts as f64;
        }
    }
}

/// A text in datagrams, and what a pass over it took in its forms.
struct Forms {
    pass: fn(&[u8]) -> f64,
    datagrams: Vec<&'static [u8]>,
    scratch: Vec<u64>,
    /// Nanoseconds a message: as it comes, and with disturbed caches.
    times: [Vec<f64>; 2],
}

impl Forms {
    fn new(pass: fn(&[u8]) -> f64, text: &'static [u8]) -> Forms {
        let mut datagrams = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let fits = &rest[..rest.len().min(DATAGRAM)];
            let end = if fits.len() == rest.len() { None } else { fits.iter().rposition(|&byte| byte == b'\n') };
            let (datagram, after) = rest.split_at(end.map_or(fits.len(), |end| end + 1));
            datagrams.push(datagram);
            rest = after;
        }
        Forms { pass, datagrams, scratch: vec![0; DISTURBANCE / 8], times: [const { Vec::new() }; 2] }
    }

    fn round(&mut self) {
        for form in 0..self.times.len() {
            clear();
            let mut time = Duration::ZERO;
            for datagram in &self.datagrams {
                if form == 1 {
                    black_box(&mut self.scratch).iter_mut().for_each(|word| *word = word.wrapping_add(1));
                }
                let start = Instant::now();
                black_box((self.pass)(datagram));
                time += start.elapsed();
            }
            self.times[form].push(time.as_secs_f64() * 1e9 / lines().count() as f64);
        }
    }

    fn print(self, name: &str) {
        let [quiet, disturbed] = self.times.map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        });
        println!("{name}, in datagrams: {quiet:.0} ns a message, with disturbed caches {disturbed:.0}");
    }
}

#[divan::bench(name = "record")]
fn time_record(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &RECORD);
}

#[divan::bench(name = "known")]
fn time_known(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &KNOWN);
}

#[divan::bench(name = "repeated")]
fn time_repeated(bencher: Bencher<'_, '_>) {
    passes::time(bencher, &REPEATED);
}
