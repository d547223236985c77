//! The client.

use std::ffi::c_char;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use basenji::client::{Aggregation, BuildError, Client, Profile};
use basenji::core::wire::Cardinality;
use basenji_ffi_core::*;

use crate::guard::guard;
use crate::text::{option, optional, texts};

/// A client, shared by all threads of a program.
pub struct bj_client {
    pub(crate) client: Client,
    closed: AtomicBool,
}

/// The options of a client; begin with `BJ_CLIENT_OPTIONS_INIT`. 0 and NULL are the defaults.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_client_options {
    /// `sizeof(bj_client_options)`.
    pub size: usize,
    /// Where to send: `udp://127.0.0.1:8125`, `unix:///path`, `unixgram:///path` or `unixstream:///path`; by default what the environment
    /// says (`DD_DOGSTATSD_URL`, `DD_DOGSTATSD_SOCKET`, `DD_AGENT_HOST` ...), else `udp://localhost:8125`.
    pub address: *const c_char,
    /// What stands before each name, with its dot.
    pub prefix: *const c_char,
    /// What stands behind each name, with its dot.
    pub suffix: *const c_char,
    /// Tags of every message.
    pub tags: *const *const c_char,
    /// How many they are.
    pub ntags: usize,
    /// The cardinality of calls that name none: `none`, `low`, `orchestrator` or `high`.
    pub cardinality: *const c_char,
    /// 0: aggregated, packed, and sent in the background. 1: a datagram a call, from the calling thread.
    pub profile: i32,
    /// Whether calls are aggregated, with profile 0: 0 default (yes), 1 yes, 2 no.
    pub aggregate: i32,
    /// Whether the client's own counters are sent: 0 default (yes), 1 yes, 2 no.
    pub telemetry: i32,
    /// Whether messages tell the container that they come from: 0 default (what the environment says, else yes), 1 yes, 2 no.
    pub origin_detection: i32,
    /// Milliseconds that calls gather, with profile 0; 0 is the default of two seconds.
    pub flush_interval_ms: u32,
    /// Most bytes of a datagram of several lines; 0 is the default: 1432 over UDP, 8192 elsewhere.
    pub payload: u32,
    /// The rate of calls that name none, above 0 and up to 1; 0 is the default of 1.
    pub sample_rate: f64,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers and pointers.
unsafe impl Options for bj_client_options {
    const FIRST: usize = size_of::<bj_client_options>();
}

impl bj_client {
    /// The client that `client` points to.
    ///
    /// # Errors
    ///
    /// `BJ_NULL_CLIENT`, or `BJ_CLOSED` after `bj_close`.
    ///
    /// # Safety
    ///
    /// `client` is NULL or was made by `bj_client_new` and is not freed.
    #[inline]
    pub(crate) unsafe fn open<'a>(client: *const bj_client) -> Result<&'a Client, bj_status> {
        // SAFETY: as this function's contract says.
        let client = unsafe { input(client, BJ_NULL_CLIENT)? };
        if client.closed.load(Ordering::Relaxed) {
            return Err(BJ_CLOSED);
        }
        Ok(&client.client)
    }
}

/// Makes a client into `*client_out`; `options` may be NULL for the defaults. Nothing is opened or looked up before the first datagram. To be
/// freed by `bj_client_free`. Any thread.
///
/// Errors: `BJ_NULL_OUT`, `BJ_BAD_SIZE`, `BJ_BAD_ADDRESS`, `BJ_BAD_PROFILE`, `BJ_BAD_SWITCH`, `BJ_BAD_CARDINALITY`, `BJ_BAD_UTF8`,
/// `BJ_BAD_SAMPLE_RATE`, `BJ_NULL_TAGS`, `BJ_SYSTEM`.
///
/// # Safety
///
/// `options` is NULL or as its members say; `client_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_new(
    options: *const bj_client_options,
    client_out: *mut *mut bj_client,
) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (out, client) = unsafe { (output(client_out, BJ_NULL_OUT)?, build(&options::read(options)?)?) };
        *out = Box::into_raw(Box::new(bj_client { client, closed: AtomicBool::new(false) }));
        Ok(())
    })
}

unsafe fn build(options: &bj_client_options) -> Result<Client, bj_status> {
    let mut builder = Client::builder().telemetry_client("c", env!("CARGO_PKG_VERSION"));
    // SAFETY: the strings are as the caller of `bj_client_new` promises.
    let (address, prefix, suffix, cardinality, tags) = unsafe {
        let tags = texts(options.tags, options.ntags)?;
        (
            option(options.address)?,
            option(options.prefix)?,
            option(options.suffix)?,
            optional(options.cardinality),
            tags,
        )
    };
    if let Some(address) = address {
        builder = builder.to(address).map_err(|_| BJ_BAD_ADDRESS)?;
    }
    builder = builder.prefix(prefix.unwrap_or_default()).suffix(suffix.unwrap_or_default());
    for tag in tags {
        builder = builder.tag(std::str::from_utf8(tag).map_err(|_| BJ_BAD_UTF8)?);
    }
    if let Some(cardinality) = cardinality {
        builder = builder.cardinality(Cardinality::parse(cardinality).ok_or(BJ_BAD_CARDINALITY)?);
    }
    builder = match options.profile {
        0 => builder,
        1 => builder.profile(Profile::Plain),
        _ => return Err(BJ_BAD_PROFILE),
    };
    if switch(options.aggregate)? == Some(false) {
        builder = builder.aggregation(Aggregation::Off);
    }
    if let Some(on) = switch(options.telemetry)? {
        builder = builder.telemetry(on);
    }
    if let Some(on) = switch(options.origin_detection)? {
        builder = builder.origin_detection(on);
    }
    if options.flush_interval_ms > 0 {
        builder = builder.flush_interval(Duration::from_millis(options.flush_interval_ms.into()));
    }
    if options.payload > 0 {
        builder = builder.payload(options.payload as usize);
    }
    if options.sample_rate != 0.0 {
        if !(options.sample_rate > 0.0 && options.sample_rate <= 1.0) {
            return Err(BJ_BAD_SAMPLE_RATE);
        }
        builder = builder.sample_rate(options.sample_rate);
    }
    builder.build().map_err(|error| match error {
        BuildError::Address(_) => BJ_BAD_ADDRESS,
        _ => BJ_SYSTEM,
    })
}

/// Sends what was called before, and waits until it is with the system, or lost and counted, `timeout_ms` milliseconds at most. Any thread.
///
/// Errors: `BJ_NULL_CLIENT`, `BJ_CLOSED`, `BJ_TIMEOUT` when something waits still.
///
/// # Safety
///
/// `client` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_flush(client: *const bj_client, timeout_ms: u32) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let client = unsafe { bj_client::open(client)? };
        let done = client.wait_for_pending(Duration::from_millis(timeout_ms.into()));
        if done { Ok(()) } else { Err(BJ_TIMEOUT) }
    })
}

/// Sends what was called before, for a bounded time, and ends the client: calls after it return `BJ_CLOSED`, its counters stay readable. Any
/// thread.
///
/// Errors: `BJ_NULL_CLIENT`, `BJ_CLOSED` when it was closed before.
///
/// # Safety
///
/// `client` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_close(client: *const bj_client) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let client = unsafe { input(client, BJ_NULL_CLIENT)? };
        if client.closed.swap(true, Ordering::Relaxed) {
            return Err(BJ_CLOSED);
        }
        client.client.close();
        Ok(())
    })
}

/// Closes a client if `bj_close` has not, and frees it; its metrics may still be called and freed, and do nothing. NULL is harmless. No other
/// thread may use it any more.
///
/// # Safety
///
/// `client` is NULL, or was made by `bj_client_new` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_client_free(client: *mut bj_client) {
    guard(|| {
        if !client.is_null() {
            // SAFETY: it comes from the box of `bj_client_new`.
            drop(unsafe { Box::from_raw(client) });
        }
        Ok(())
    });
}
