//! Parsing, writing, recording and flushing do not allocate: a counting allocator sees none in steady state, which for the growing storage of a
//! server begins when every context is known.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use basenji::server::{Growing, Memory};
use basenji_core::Time;
use basenji_core::aggregate::{Aggregator, Point, Settings, Source, StaticStorage, Storage};
use basenji_core::wire::{Message, Messages, Writer};
use basenji_tests::corpus::corpus;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting each thread's allocations.
struct Counting;

// SAFETY: everything is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often this thread allocates in `work`.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_sees_an_allocation() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn parsing_and_writing_do_not_allocate() {
    let corpus = corpus(5_000, 7);
    let mut buffer = [0; 4096];
    let mut messages = 0;
    let count = allocations(|| {
        for message in Messages::new(&corpus) {
            let message = message.expect("the corpus is good");
            if let Message::Metric(metric) = message {
                messages += metric.values.iter().count().min(1) + metric.tags.iter().count().min(1);
            }
            message.write(&mut Writer::new(&mut buffer)).expect("a line fits");
        }
    });
    assert!(messages > 5_000);
    assert_eq!(count, 0);
}

#[test]
fn recording_and_flushing_in_arrays_do_not_allocate() {
    let corpus = corpus(2_000, 7);
    let mut storage = Box::new(StaticStorage::<2_048, 262_144, 65_536>::new());
    let mut aggregator = Aggregator::new(&mut *storage, Settings::new());
    for bucket in 0..5 {
        let now = Time::from_secs(1_700_000_000 + bucket * 10);
        let (recording, flushing) = round(&corpus, &mut aggregator, now);
        assert_eq!((recording, flushing), (0, 0), "bucket {bucket}");
    }
}

#[test]
fn recording_and_flushing_in_growing_storage_allocate_only_while_contexts_are_new() {
    let corpus = corpus(2_000, 7);
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::new());
    for bucket in 0..5 {
        let now = Time::from_secs(1_700_000_000 + bucket * 10);
        let (recording, flushing) = round(&corpus, &mut aggregator, now);
        assert_eq!((recording > 0, flushing), (bucket == 0, 0), "bucket {bucket}: {recording}");
    }
}

/// The allocations of recording `corpus` at `now`, and of flushing it when its bucket is over.
fn round<S: Storage>(corpus: &[u8], aggregator: &mut Aggregator<S>, now: Time) -> (u64, u64) {
    let source = Source::default();
    let recording = allocations(|| {
        for message in Messages::new(corpus) {
            if let Ok(Message::Metric(metric)) = message {
                aggregator.record(&metric, &source, now).expect("there is room");
            }
        }
    });
    let mut points = 0.0;
    let flushing = allocations(|| {
        for series in aggregator.flush(now.plus_millis(10_000)) {
            points += match series.point {
                Point::Histogram(histogram) => histogram.aggregates().count().min(1) as f64,
                Point::Distribution(sketch) => sketch.quantile(0.5).min(0.0) + 1.0,
                _ => 1.0,
            };
        }
    });
    assert!(points > 1_000.0, "{points} points");
    (recording, flushing)
}
