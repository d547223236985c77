//! The aggregator: series in memory of the caller.

use core::ffi::c_void;

use basenji_core::Time;
use basenji_core::aggregate::{Aggregator, Settings, Source};
use basenji_core::wire::{Message, Metric, MetricKind, Values};

use crate::bytes::{bj_bytes, given, input, output, slice};
use crate::fields::{Fields, bj_fields, number_kind};
use crate::guard::guard;
use crate::lock::Lock;
use crate::memory::{Memory, Rest, Sizes};
use crate::message::{bj_message, read};
use crate::options::{self, Options, switch};
use crate::series::{bj_on_series, with_series};
use crate::status::*;

/// An aggregator, at the start of memory of the caller.
pub struct bj_aggregator(Lock<Aggregator<Memory>>);

/// The options of an aggregator; begin with `BJ_AGGREGATOR_OPTIONS_INIT`. 0 is the default of what has one.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_aggregator_options {
    /// `sizeof(bj_aggregator_options)`.
    pub size: usize,
    /// The most contexts: series by name, host, type and set of tags.
    pub contexts: usize,
    /// Bytes for their names, hosts and tags.
    pub context_bytes: usize,
    /// Cells of 8 bytes for samples. Counts and gauges need none. A set, histogram, timing or distribution takes 16 at its first sample of a
    /// bucket and more as it grows; a point with a timestamp, and a second open bucket, take 4 more.
    pub cells: usize,
    /// Length of a bucket in seconds; 0 is the default of 10.
    pub bucket_secs: u32,
    /// Seconds that a count without samples goes on with zeros; 0 is the default of 300.
    pub counter_expiry_secs: u32,
    /// Seconds that a context without samples stays known; 0 is the default of 20.
    pub context_expiry_secs: u32,
    /// Whether counts go on with zeros: 0 default (yes), 1 yes, 2 no.
    pub counter_zeros: i32,
    /// How many samples of a bucket a histogram or timing keeps one by one, before it becomes a sketch; 0 is the default of 1024.
    pub histogram_exact_samples: u32,
    /// How many members of a bucket a set counts exactly, before it becomes an estimate; 0 is the default of 1024.
    pub set_exact_members: u32,
    /// How good that estimate is, 4 to 16: it takes 2 to this power bytes, and is about 1.04 divided by their root off; 0 is the default of 14.
    pub set_precision: u32,
    /// The most bins of a sketch, up to 65,535; 0 is the default of 4096.
    pub sketch_bins: u32,
    /// The seed of the hashes: a random number where datagrams come from strangers.
    pub seed: u64,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers.
unsafe impl Options for bj_aggregator_options {
    const FIRST: usize = size_of::<bj_aggregator_options>();
}

/// What an aggregator holds, and what it has refused since it was made.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_aggregator_counters {
    /// Contexts that are known.
    pub contexts: usize,
    /// Bytes of their names, hosts and tags.
    pub bytes: usize,
    /// Cells in use.
    pub cells: usize,
    /// Metrics refused because their context is new and has no room.
    pub refused_contexts: u64,
    /// Values refused because there is no cell or no bucket for them.
    pub refused_values: u64,
    /// Values skipped because they are not finite.
    pub skipped_values: u64,
    /// Metrics whose rate is not above 0 and up to 1, which counts as 1.
    pub odd_rates: u64,
}

/// Bytes beside what grows with the options, as `BJ_AGGREGATOR_WORDS` counts them.
const FIXED: usize = if cfg!(target_pointer_width = "64") { 2048 } else { 1280 };

const _: () = match (Sizes { contexts: 0, bytes: 0, cells: 0 }).with_header(size_of::<bj_aggregator>()) {
    Some(size) => assert!(size <= FIXED),
    None => panic!(),
};

impl bj_aggregator_options {
    fn sizes(&self) -> Sizes {
        Sizes { contexts: self.contexts, bytes: self.context_bytes, cells: self.cells }
    }

    fn settings(&self) -> Result<Settings, bj_status> {
        fn or(number: u32, default: u32) -> u32 {
            if number == 0 { default } else { number }
        }
        let settings = Settings::new();
        let set_precision = or(self.set_precision, settings.set_precision.into());
        let sketch_bins = or(self.sketch_bins, settings.sketch_bins.into());
        if !(4..=16).contains(&set_precision) {
            return Err(BJ_BAD_SETTING);
        }
        Ok(Settings {
            bucket_secs: or(self.bucket_secs, settings.bucket_secs),
            counter_expiry_secs: or(self.counter_expiry_secs, settings.counter_expiry_secs),
            context_expiry_secs: or(self.context_expiry_secs, settings.context_expiry_secs),
            counter_zeros: switch(self.counter_zeros)?.unwrap_or(settings.counter_zeros),
            histogram_exact_samples: or(self.histogram_exact_samples, settings.histogram_exact_samples),
            set_exact_members: or(self.set_exact_members, settings.set_exact_members),
            set_precision: set_precision as u8,
            sketch_bins: u16::try_from(sketch_bins).map_err(|_| BJ_BAD_SETTING)?,
            seed: self.seed,
            ..settings
        })
    }
}

impl bj_aggregator {
    /// Runs `work` on the aggregator that `aggregator` points to.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_AGGREGATOR`, `BJ_MISALIGNED`, `BJ_BUSY`, and those of `work`.
    ///
    /// # Safety
    ///
    /// `aggregator` is NULL or was made by `bj_aggregator_init`, and its memory is still there.
    unsafe fn with<R>(
        aggregator: *const bj_aggregator,
        work: impl FnOnce(&mut Aggregator<Memory>) -> Result<R, bj_status>,
    ) -> Result<R, bj_status> {
        // SAFETY: as this function's contract says.
        unsafe { input(aggregator, BJ_NULL_AGGREGATOR)? }.0.with(work)
    }

    /// Takes in a metric.
    unsafe fn record(
        aggregator: *const bj_aggregator,
        metric: &Metric<'_>,
        source: &Source<'_>,
        now_ms: u64,
    ) -> Result<(), bj_status> {
        let now = Time::from_millis(now_ms);
        // SAFETY: as the contract of the exports says.
        unsafe { bj_aggregator::with(aggregator, |aggregator| aggregator.record(metric, source, now).map_err(full)) }
    }
}

/// Bytes of memory for an aggregator of so many contexts, bytes and cells, as in its options; `SIZE_MAX` when no memory is that large.
/// `BJ_AGGREGATOR_WORDS` is a constant for memory that is static. Constant cost. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_aggregator_size(contexts: usize, bytes: usize, cells: usize) -> usize {
    Sizes { contexts, bytes, cells }.with_header(size_of::<bj_aggregator>()).unwrap_or(usize::MAX)
}

/// Makes an aggregator in `len` bytes of memory of the caller, aligned to 8, at least as many as `bj_aggregator_size` says, and its address into
/// `*aggregator_out`. It needs no end: the memory is the caller's again when the aggregator is not used any more. It must not be moved. Cost:
/// linear in the memory. Any thread.
///
/// Errors: `BJ_NULL_MEMORY`, `BJ_MISALIGNED`, `BJ_TOO_SMALL`, `BJ_NULL_OPTIONS`, `BJ_BAD_SIZE`, `BJ_BAD_SETTING`, `BJ_BAD_SWITCH`, `BJ_NULL_OUT`.
///
/// # Safety
///
/// `memory` is NULL or points to `len` bytes that nobody else uses as long as the aggregator is used; `options` is NULL or as its members say;
/// `aggregator_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_init(
    memory: *mut c_void,
    len: usize,
    options: *const bj_aggregator_options,
    aggregator_out: *mut *mut bj_aggregator,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        if options.is_null() {
            return Err(BJ_NULL_OPTIONS);
        }
        let (options, out) = (options::read(options)?, output(aggregator_out, BJ_NULL_OUT)?);
        let (settings, sizes) = (options.settings()?, options.sizes());
        let size = sizes.with_header(size_of::<bj_aggregator>()).ok_or(BJ_BAD_SETTING)?;
        let aggregator = memory.cast::<bj_aggregator>();
        let storage = Rest::behind(aggregator, len, size)?.storage(sizes)?;
        aggregator.write(bj_aggregator(Lock::new(Aggregator::new(storage, settings))));
        *out = aggregator;
        Ok(())
    })
}

/// Takes in a metric that was parsed, received at `now_ms`, milliseconds since 1970 or since anything else that time goes on from. Cost: linear in
/// its bytes; for a context that is new, or whose tags come in another order than at first, `n log n` in the number of tags. Any thread, one at
/// a time for one `aggregator`.
///
/// Errors: `BJ_NULL_AGGREGATOR`, `BJ_NULL_MESSAGE`, `BJ_NOT_A_METRIC`, `BJ_BUSY`, `BJ_MISALIGNED`; `BJ_FULL_CONTEXTS`, `BJ_FULL_BYTES`,
/// `BJ_FULL_TAGS`, `BJ_FULL_LENGTH` when its context is new and has no room; `BJ_FULL_CELLS`, `BJ_FULL_BUCKETS` when some of its values have
/// none; of a message that no parser has made also `BJ_BAD_KIND`, `BJ_EMPTY_VALUE`, `BJ_BAD_VALUE`, `BJ_BAD_SETTING`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `message` is NULL or one whose datagram is unchanged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_record(
    aggregator: *mut bj_aggregator,
    message: *const bj_message,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let Message::Metric(metric) = read(input(message, BJ_NULL_MESSAGE)?)? else { return Err(BJ_NOT_A_METRIC) };
        bj_aggregator::record(aggregator, &metric, &Source::default(), now_ms)
    })
}

/// Takes in `nvalues` values of a metric; `kind` is a `bj_kind`, but not `BJ_SET`. Values that are not finite are skipped and counted. `fields`
/// may be NULL; the host of the metric is its `hostname`. Cost as `bj_aggregator_record`. Any thread, one at a time for one `aggregator`.
///
/// Errors: those of room as `bj_aggregator_record`, `BJ_NULL_AGGREGATOR`, `BJ_BAD_KIND`, `BJ_NULL_NAME`, `BJ_NULL_VALUE`, `BJ_EMPTY_VALUE`,
/// `BJ_BAD_SIZE`, `BJ_NULL_FIELD`, `BJ_BAD_SETTING`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `name` is as its members say; `values` is NULL or points to `nvalues` doubles;
/// `fields` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_values(
    aggregator: *mut bj_aggregator,
    kind: i32,
    name: bj_bytes,
    values: *const f64,
    nvalues: usize,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (kind, name) = (number_kind(kind)?, given(name, BJ_NULL_NAME)?);
        let (values, fields) = (slice(values, nvalues, BJ_NULL_VALUE)?, Fields::read(fields)?);
        if values.is_empty() {
            return Err(BJ_EMPTY_VALUE);
        }
        let source = Source { host: fields.hostname.unwrap_or_default(), ..Source::default() };
        bj_aggregator::record(aggregator, &fields.metric(kind, name, Values::List(values))?, &source, now_ms)
    })
}

/// Takes in a member of a set. `fields` may be NULL; the host of the metric is its `hostname`. Cost as `bj_aggregator_record`. Any thread, one at
/// a time for one `aggregator`.
///
/// Errors: those of room as `bj_aggregator_record`, `BJ_NULL_AGGREGATOR`, `BJ_NULL_NAME`, `BJ_NULL_VALUE`, `BJ_BAD_SIZE`, `BJ_NULL_FIELD`,
/// `BJ_BAD_SETTING`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `name` and `member` are as their members say; `fields` is NULL or as its members say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_member(
    aggregator: *mut bj_aggregator,
    name: bj_bytes,
    member: bj_bytes,
    fields: *const bj_fields,
    now_ms: u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (name, member) = (given(name, BJ_NULL_NAME)?, given(member, BJ_NULL_VALUE)?);
        let fields = Fields::read(fields)?;
        let source = Source { host: fields.hostname.unwrap_or_default(), ..Source::default() };
        let metric = fields.metric(MetricKind::Set, name, Values::Member(member))?;
        bj_aggregator::record(aggregator, &metric, &source, now_ms)
    })
}

/// Takes in all that another aggregator with the same settings holds, and leaves it there. Cost: linear in the contexts and samples of the other.
/// Any thread, one at a time for each of both.
///
/// Errors: `BJ_NULL_AGGREGATOR`, `BJ_MISALIGNED`, `BJ_BUSY` also when both are the same; those of room as `bj_aggregator_record` when some of it
/// has none, and the rest was taken in.
///
/// # Safety
///
/// `aggregator` and `other` are NULL or were made by `bj_aggregator_init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_merge(aggregator: *mut bj_aggregator, other: *const bj_aggregator) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        bj_aggregator::with(aggregator, |ours| bj_aggregator::with(other, |theirs| ours.merge(theirs).map_err(full)))
    })
}

/// Hands out each point of the buckets that are over at `now_ms`, series by series, and all points with timestamps, to `on_series` with `user`;
/// if `all` is not 0 also those of the open buckets, for a shutdown. They are gone afterwards, and contexts without samples for long are
/// forgotten. A call on the aggregator from the callback returns `BJ_BUSY`. Cost: linear in contexts, `n log n` in the samples of a histogram.
/// Any thread, one at a time for one `aggregator`.
///
/// Errors: `BJ_NULL_AGGREGATOR`, `BJ_NULL_CALLBACK`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `on_series` is NULL or a function that takes `user`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_flush(
    aggregator: *mut bj_aggregator,
    all: i32,
    now_ms: u64,
    on_series: bj_on_series,
    user: *mut c_void,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let on_series = on_series.ok_or(BJ_NULL_CALLBACK)?;
        let now = Time::from_millis(now_ms);
        bj_aggregator::with(aggregator, |aggregator| {
            let flush = if all == 0 { aggregator.flush(now) } else { aggregator.flush_all(now) };
            flush.for_each(|series| with_series(&series, |series| on_series(user, series)));
            Ok(())
        })
    })
}

/// When the bucket of `now_ms` ends, in milliseconds, into `*at_ms_out`: the time of the next flush. Constant cost. Any thread, one at a time for
/// one `aggregator`.
///
/// Errors: `BJ_NULL_AGGREGATOR`, `BJ_NULL_OUT`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `at_ms_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_next_flush(
    aggregator: *const bj_aggregator,
    now_ms: u64,
    at_ms_out: *mut u64,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let out = output(at_ms_out, BJ_NULL_OUT)?;
        let now = Time::from_millis(now_ms);
        *out = bj_aggregator::with(aggregator, |aggregator| Ok(aggregator.next_flush_at(now)))?.as_millis();
        Ok(())
    })
}

/// What an aggregator holds and has refused into `*counters_out`. Constant cost. Any thread, one at a time for one `aggregator`.
///
/// Errors: `BJ_NULL_AGGREGATOR`, `BJ_NULL_OUT`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `aggregator` is NULL or was made by `bj_aggregator_init`; `counters_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_aggregator_stats(
    aggregator: *const bj_aggregator,
    counters_out: *mut bj_aggregator_counters,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let out = output(counters_out, BJ_NULL_OUT)?;
        let stats = bj_aggregator::with(aggregator, |aggregator| Ok(aggregator.stats()))?;
        *out = bj_aggregator_counters {
            contexts: stats.contexts,
            bytes: stats.bytes,
            cells: stats.cells,
            refused_contexts: stats.refused_contexts,
            refused_values: stats.refused_values,
            skipped_values: stats.skipped_values,
            odd_rates: stats.odd_rates,
        };
        Ok(())
    })
}
