//! A server's aggregator for 256 contexts: datagrams in, series out.

#![no_std]

use basenji_core::aggregate::{Aggregator, Point, Settings, Source, StaticStorage};
use basenji_core::wire::{Message, Messages};
use basenji_firmware_subjects::{Place, time};

type Memory = StaticStorage<256, 8192, 2048, 16>;

static STORAGE: Place<Memory> = Place::holding(StaticStorage::new());
static AGGREGATOR: Place<Aggregator<&mut Memory>> = Place::new();

/// Makes the aggregator.
#[unsafe(no_mangle)]
pub extern "C" fn subject_start() {
    // SAFETY: this is the start.
    unsafe {
        AGGREGATOR.put(Aggregator::new(STORAGE.get(), Settings::new()));
    }
}

/// Takes in the datagram, or hands out the series if it is empty; says how many.
///
/// # Safety
///
/// `subject_start` was called; `datagram` points to `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn subject_run(number: u32, datagram: *const u8, len: usize) -> u32 {
    // SAFETY: as the contract says.
    let (aggregator, datagram) = unsafe { (AGGREGATOR.get(), core::slice::from_raw_parts(datagram, len)) };
    let now = time(number);
    if datagram.is_empty() {
        return aggregator.flush_all(now).fold(0, |handed, series| {
            handed
                + match series.point {
                    Point::Count(value) | Point::Gauge(value) => value as u32,
                    Point::Set(members) => members as u32,
                    Point::Histogram(histogram) => {
                        histogram.aggregates().fold(0.0, |sum, (_, value)| sum + value) as u32
                    }
                    Point::Distribution(sketch) => sketch.bins().count() as u32,
                    Point::Samples(_) | Point::Member(_) => 0,
                }
        });
    }
    let taken = Messages::new(datagram).flatten().filter(|message| match message {
        Message::Metric(metric) => aggregator.record(metric, &Source::default(), now).is_ok(),
        Message::Event(_) | Message::ServiceCheck(_) => false,
    });
    taken.count() as u32
}
