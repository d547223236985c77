//! The emitter: a client in memory of the caller, without a clock or a socket.

use core::ffi::{c_char, c_void};
use core::mem::MaybeUninit;
use core::ptr::addr_of_mut;

use basenji_core::Time;
use basenji_core::aggregate::{StaticStorage, Storage};
use basenji_core::client::{Aggregation, Client, Common, Limits, Options as ClientOptions, Ours};

use crate::bytes::{input, output, string};
use crate::counters::bj_client_counters;
use crate::emit::{Emitting, Transmitter, bj_on_send};
use crate::guard::guard;
use crate::lock::Lock;
use crate::memory::{Memory, Rest, Sizes};
use crate::options::{self, Options};
use crate::status::*;

/// A client that writes each call into a line, packs lines into datagrams, and hands these to a callback. At the start of memory of the caller.
pub struct bj_emitter(Lock<Transmitter>);

/// The options of an emitter; begin with `BJ_EMITTER_OPTIONS_INIT`. 0 and NULL are the default of what has one. The strings stay the caller's, and
/// have to be there as long as the emitter, as literals are.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_emitter_options {
    /// `sizeof(bj_emitter_options)`.
    pub size: usize,
    /// Takes each datagram, on whatever calls the emitter.
    pub send: bj_on_send,
    /// Handed to `send`.
    pub user: *mut c_void,
    /// What stands before each name, with its dot.
    pub prefix: *const c_char,
    /// What stands behind each name, with its dot.
    pub suffix: *const c_char,
    /// Tags of every message, joined by commas.
    pub tags: *const c_char,
    /// `c:` of every message.
    pub local_data: *const c_char,
    /// `e:` of every message.
    pub external_data: *const c_char,
    /// `card:` of messages whose call names none.
    pub cardinality: *const c_char,
    /// Bytes for lines that wait; two datagrams are a good number.
    pub buffer: usize,
    /// For `bj_emitter_init_aggregating`: the most contexts. When they are full, calls become lines one by one.
    pub contexts: usize,
    /// Bytes for their names and tags.
    pub context_bytes: usize,
    /// Cells of 8 bytes for samples, as those of an aggregator; none for counts, gauges and members of sets.
    pub cells: usize,
    /// Most bytes of a datagram, and of a line; 0 is the default of 1432, or of half the buffer if that is less.
    pub datagram: u32,
    /// Milliseconds that calls gather; 0 is the default of two seconds.
    pub flush_interval_ms: u32,
    /// The most samples of one context that a flush sends one by one, 0 for the default of 128; more are gathered in the bins of a sketch, of which
    /// every value is counted and none is off by more than 0.8 %.
    pub samples: u32,
    /// The rate of calls that name none, above 0 and up to 1; 0 is the default of 1.
    pub sample_rate: f64,
    /// The seed of hashes and sampling: another number on each device.
    pub seed: u64,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers, pointers and an optional function.
unsafe impl Options for bj_emitter_options {
    const FIRST: usize = size_of::<bj_emitter_options>();
}

/// An emitter and its client, one behind the other.
#[repr(C)]
struct Whole<S> {
    emitter: MaybeUninit<bj_emitter>,
    client: MaybeUninit<Emitting<S>>,
}

/// No memory for contexts: a client without it is without the code of aggregation.
type NoContexts = StaticStorage<0, 0, 0, 0>;

/// Bytes beside what grows with the options, as `BJ_EMITTER_WORDS` and `BJ_EMITTER_AGGREGATING_WORDS` count them.
const FIXED: usize = if cfg!(target_pointer_width = "64") { 2432 } else { 1728 };

const _: () = assert!(size_of::<Whole<NoContexts>>() <= FIXED);
const _: () = match (Sizes { contexts: 0, bytes: 0, cells: 0 }).with_header(size_of::<Whole<Memory>>()) {
    Some(size) => assert!(size <= FIXED + 512),
    None => panic!(),
};

impl bj_emitter_options {
    /// What the client is told. `buffer` is at least 1.
    unsafe fn client(
        &self,
        aggregation: Aggregation,
    ) -> Result<(Common<&'static [u8]>, ClientOptions<Ours>), bj_status> {
        // SAFETY: as the contract of the exports says.
        let text = |text: *const c_char| unsafe { string(text, BJ_OK) }.unwrap_or_default();
        let defaults = ClientOptions::of(Ours);
        let sample_rate = match self.sample_rate {
            0.0 => defaults.sample_rate,
            rate if rate > 0.0 && rate <= 1.0 => rate,
            _ => return Err(BJ_BAD_SAMPLE_RATE),
        };
        let datagram = match self.datagram {
            0 => defaults.limits.datagram.min(self.buffer.div_ceil(2)),
            bytes => bytes as usize,
        };
        let flush_millis =
            if self.flush_interval_ms == 0 { defaults.flush_millis } else { self.flush_interval_ms.into() };
        let common = Common {
            prefix: text(self.prefix),
            suffix: text(self.suffix),
            tags: text(self.tags),
            local_data: text(self.local_data),
            external_data: text(self.external_data),
            cardinality: text(self.cardinality),
            telemetry: None,
        };
        let limits = Limits { datagram, line: datagram };
        let (seed, sampling_seed) = (self.seed, self.seed);
        Ok((common, ClientOptions { limits, aggregation, flush_millis, sample_rate, seed, sampling_seed, ..defaults }))
    }

    /// Makes an emitter.
    ///
    /// # Safety
    ///
    /// As the contract of the exports says; `storage` takes its parts from memory that belongs to the emitter.
    unsafe fn make<S: Storage + 'static>(
        &self,
        memory: *mut c_void,
        len: usize,
        size: Option<usize>,
        aggregation: Aggregation,
        storage: impl FnOnce(&mut Rest) -> Result<S, bj_status>,
    ) -> Result<*mut bj_emitter, bj_status> {
        let send = self.send.ok_or(BJ_NULL_CALLBACK)?;
        if self.buffer == 0 {
            return Err(BJ_BAD_SETTING);
        }
        let whole = memory.cast::<Whole<S>>();
        let size = size.and_then(|size| size.checked_add(self.buffer)).ok_or(BJ_BAD_SETTING)?;
        // SAFETY: as this function's contract says; what is put into the memory is never used but through the emitter.
        unsafe {
            let (common, options) = self.client(aggregation)?;
            let mut rest = Rest::behind(whole, len, size)?;
            let storage = storage(&mut rest)?;
            let lines = rest.take::<u8>(self.buffer)?;
            let client = (*addr_of_mut!((*whole).client)).write(Client::new(storage, lines, common, options));
            let emitter = bj_emitter(Lock::new(Transmitter { client, send, user: self.user }));
            Ok((*addr_of_mut!((*whole).emitter)).write(emitter))
        }
    }
}

impl bj_emitter {
    /// Runs `work` on the emitter that `emitter` points to.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_EMITTER`, `BJ_MISALIGNED`, `BJ_BUSY`, and those of `work`.
    ///
    /// # Safety
    ///
    /// `emitter` is NULL or was made by one of the functions below, and its memory is still there.
    pub(crate) unsafe fn with<R>(
        emitter: *const bj_emitter,
        work: impl FnOnce(&mut Transmitter) -> Result<R, bj_status>,
    ) -> Result<R, bj_status> {
        // SAFETY: as this function's contract says.
        unsafe { input(emitter, BJ_NULL_EMITTER)? }.0.with(work)
    }
}

/// Bytes of memory for an emitter of `bj_emitter_init` with so many bytes for lines; `SIZE_MAX` when no memory is that large. `BJ_EMITTER_WORDS`
/// is a constant for memory that is static. Constant cost. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_emitter_size(buffer: usize) -> usize {
    size_of::<Whole<NoContexts>>().saturating_add(buffer)
}

/// Bytes of memory for an emitter of `bj_emitter_init_aggregating` with so many bytes for lines, contexts, bytes and cells, as in its options;
/// `SIZE_MAX` when no memory is that large. `BJ_EMITTER_AGGREGATING_WORDS` is a constant for memory that is static. Constant cost. Any thread.
#[unsafe(no_mangle)]
pub extern "C" fn bj_emitter_aggregating_size(buffer: usize, contexts: usize, bytes: usize, cells: usize) -> usize {
    let size = Sizes { contexts, bytes, cells }.with_header(size_of::<Whole<Memory>>());
    size.unwrap_or(usize::MAX).saturating_add(buffer)
}

/// Makes an emitter that writes a line a call, in `len` bytes of memory of the caller, aligned to 8, at least as many as `bj_emitter_size` says,
/// and its address into `*emitter_out`. The options for contexts do not count. It needs no end but a `bj_emitter_flush`: the memory is the caller's
/// again when the emitter is not used any more. It must not be moved. Cost: linear in the memory. Any thread.
///
/// Errors: `BJ_NULL_MEMORY`, `BJ_MISALIGNED`, `BJ_TOO_SMALL`, `BJ_NULL_OPTIONS`, `BJ_BAD_SIZE`, `BJ_NULL_CALLBACK`, `BJ_BAD_SAMPLE_RATE`,
/// `BJ_BAD_SETTING` when there is no buffer, `BJ_NULL_OUT`.
///
/// # Safety
///
/// `memory` is NULL or points to `len` bytes that nobody else uses as long as the emitter is used; `options` is NULL or as its members say;
/// `emitter_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_init(
    memory: *mut c_void,
    len: usize,
    options: *const bj_emitter_options,
    emitter_out: *mut *mut bj_emitter,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (options, out) = (given(options)?, output(emitter_out, BJ_NULL_OUT)?);
        let size = Some(size_of::<Whole<NoContexts>>());
        *out = options.make(memory, len, size, Aggregation::Off, |_| Ok(NoContexts::new()))?;
        Ok(())
    })
}

/// Makes an emitter that aggregates: what was called since the last flush leaves as one line a context with its values. In `len` bytes of memory
/// of the caller, aligned to 8, at least as many as `bj_emitter_aggregating_size` says, and its address into `*emitter_out`. Otherwise as
/// `bj_emitter_init`, beside which it takes about 35 KiB more of flash.
///
/// Errors: as `bj_emitter_init`; `BJ_BAD_SETTING` also when no memory is as large as the options want it.
///
/// # Safety
///
/// As `bj_emitter_init`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_init_aggregating(
    memory: *mut c_void,
    len: usize,
    options: *const bj_emitter_options,
    emitter_out: *mut *mut bj_emitter,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let (options, out) = (given(options)?, output(emitter_out, BJ_NULL_OUT)?);
        let sizes = Sizes { contexts: options.contexts, bytes: options.context_bytes, cells: options.cells };
        let size = sizes.with_header(size_of::<Whole<Memory>>());
        let aggregation = match options.samples {
            0 => Aggregation::DEFAULT,
            samples => Aggregation::Extended { samples },
        };
        *out = options.make(memory, len, size, aggregation, |rest| rest.storage(sizes))?;
        Ok(())
    })
}

/// The options, which have to be there.
unsafe fn given(options: *const bj_emitter_options) -> Result<bj_emitter_options, bj_status> {
    if options.is_null() {
        return Err(BJ_NULL_OPTIONS);
    }
    // SAFETY: as the contract of the exports says.
    unsafe { options::read(options) }
}

/// Sends what is due at `now_ms`: full datagrams, and once the interval is over all that waits. To be called at the time that
/// `bj_emitter_deadline` says; each call for a message does the same. Cost: linear in what is sent. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_poll(emitter: *mut bj_emitter, now_ms: u64) -> bj_status {
    // SAFETY: the pointer is as this function's contract says.
    guard(|| unsafe {
        bj_emitter::with(emitter, |transmitter| {
            transmitter.send_due(Time::from_millis(now_ms));
            Ok(())
        })
    })
}

/// Sends all that waits, aggregated or not. Cost: linear in it. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_flush(emitter: *mut bj_emitter, now_ms: u64) -> bj_status {
    // SAFETY: the pointer is as this function's contract says.
    guard(|| unsafe {
        bj_emitter::with(emitter, |transmitter| {
            let now = Time::from_millis(now_ms);
            transmitter.client.flush(now);
            transmitter.send_due(now);
            Ok(())
        })
    })
}

/// When `bj_emitter_poll` is to be called next if nothing else happens, in milliseconds, into `*at_ms_out`; it may be over. Returns `BJ_END` when
/// nothing waits. Constant cost. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_OUT`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `at_ms_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_deadline(emitter: *const bj_emitter, at_ms_out: *mut u64) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let out = output(at_ms_out, BJ_NULL_OUT)?;
        *out = bj_emitter::with(emitter, |transmitter| transmitter.client.next_deadline().ok_or(BJ_END))?.as_millis();
        Ok(())
    })
}

/// What an emitter has done since it was made into `*counters_out`. Constant cost. Any thread, one at a time for one `emitter`.
///
/// Errors: `BJ_NULL_EMITTER`, `BJ_NULL_OUT`, `BJ_BUSY`, `BJ_MISALIGNED`.
///
/// # Safety
///
/// `emitter` is NULL or was made by `bj_emitter_init` or `bj_emitter_init_aggregating`; `counters_out` is NULL or points to a struct.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_emitter_stats(
    emitter: *const bj_emitter,
    counters_out: *mut bj_client_counters,
) -> bj_status {
    // SAFETY: the pointers are as this function's contract says.
    guard(|| unsafe {
        let out = output(counters_out, BJ_NULL_OUT)?;
        *out = bj_emitter::with(emitter, |transmitter| Ok(bj_client_counters::from(&*transmitter.client.counters())))?;
        Ok(())
    })
}
