//! The server: it receives, aggregates, and hands finished series to callbacks.

use std::ffi::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use basenji::core::sketch::{Sketch, Summary};
use basenji::core::wire::{Message, Tags};
use basenji::server::{Bucket, Point, Series, Server, Sink, StartError, Stats};
use basenji_ffi_core::*;

use crate::guard::guard;
use crate::text::{option, strings};

/// A server.
pub struct bj_server(Mutex<State>);

enum State {
    Running(Box<Server>),
    Stopped(Box<Stats>),
}

/// One point of one series. All that it points to is there until the callback returns.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_series {
    /// The name of the metric.
    pub name: bj_bytes,
    /// The host; no bytes for none.
    pub host: bj_bytes,
    /// The tags, sorted, each once.
    pub tags: bj_tags,
    /// The type: a `bj_kind`.
    pub kind: i32,
    /// Length of the bucket in seconds.
    pub interval: u32,
    /// Seconds since 1970: the start of the bucket, or the point's own timestamp.
    pub timestamp: u64,
    /// The sum of a count, the last value of a gauge, how many different members a set has; the mean of the others.
    pub value: f64,
    /// Of a histogram, timing or distribution: how many samples, weighed by their rate.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// For `bj_series_quantile`; NULL unless it is a distribution.
    pub sketch: *const c_void,
}

/// Takes a series. The pointers are good until it returns. It must not unwind, and must not stop or free the server.
pub type bj_on_series = Option<unsafe extern "C" fn(user: *mut c_void, series: *const bj_series)>;

/// Takes an event or a service check, likewise.
pub type bj_on_message = Option<unsafe extern "C" fn(user: *mut c_void, message: *const bj_message)>;

/// The options of a server; begin with `BJ_SERVER_OPTIONS_INIT`. 0 and NULL are the defaults, but it has to listen somewhere.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_server_options {
    /// `sizeof(bj_server_options)`.
    pub size: usize,
    /// Where to listen for UDP: `127.0.0.1:8125`; port 0 is any free one.
    pub udp: *const c_char,
    /// The path of a Unix socket of datagrams.
    pub unix_datagram: *const c_char,
    /// The path of a Unix stream socket.
    pub unix_stream: *const c_char,
    /// Tags that everything gets beside its own.
    pub tags: *const *const c_char,
    /// How many they are.
    pub ntags: usize,
    /// Called for each series of a flush, on a thread of the library.
    pub on_series: bj_on_series,
    /// Called for each event of a flush, on the same thread.
    pub on_event: bj_on_message,
    /// Called for each service check of a flush, on the same thread.
    pub on_service_check: bj_on_message,
    /// Handed to each callback.
    pub user: *mut c_void,
    /// Length of a bucket in seconds; 0 is the default of 10.
    pub flush_interval_s: u32,
    /// Threads that read; 0 is the default of 1.
    pub workers: u32,
    /// Whether flushes carry the server's own counters as `basenji.*`: 0 default (yes), 1 yes, 2 no.
    pub telemetry: i32,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers, pointers and optional functions.
unsafe impl Options for bj_server_options {
    const FIRST: usize = size_of::<bj_server_options>();
}

/// The callbacks of a caller.
struct Callbacks {
    on_series: bj_on_series,
    on_event: bj_on_message,
    on_service_check: bj_on_message,
    user: *mut c_void,
}

// SAFETY: `user` belongs to the caller, whom the header tells that callbacks run on another thread.
unsafe impl Send for Callbacks {}

impl Sink for Callbacks {
    fn bucket(&mut self, bucket: &Bucket) {
        let mut joined = Vec::new();
        if let Some(callback) = self.on_series {
            for series in bucket.series() {
                with_series(&series, &mut joined, |series| {
                    // SAFETY: the caller gave it for this.
                    unsafe { callback(self.user, series) }
                });
            }
        }
        let tell = |callback: bj_on_message, message: Message<'_>| {
            if let Some(callback) = callback {
                let view = view(&message, &[]);
                // SAFETY: the caller gave it for this.
                unsafe { callback(self.user, &view) }
            }
        };
        bucket.events().for_each(|event| tell(self.on_event, Message::Event(event)));
        bucket.service_checks().for_each(|check| tell(self.on_service_check, Message::ServiceCheck(check)));
    }
}

/// Calls `work` with a series as C sees it; `joined` is for its tags.
fn with_series(series: &Series<'_>, joined: &mut Vec<u8>, work: impl FnOnce(&bj_series)) {
    let tags = match series.tags {
        Tags::Text(text) => text,
        Tags::List(list) => {
            joined.clear();
            for tag in list {
                if !joined.is_empty() {
                    joined.push(b',');
                }
                joined.extend_from_slice(tag);
            }
            joined
        }
    };
    let (value, summary, sketch): (f64, Summary, Option<&Sketch<&[u64]>>) = match &series.point {
        Point::Count(value) | Point::Gauge(value) => (*value, Summary::default(), None),
        Point::Set(members) => (*members as f64, Summary::default(), None),
        Point::Histogram(histogram) => (histogram.summary.avg, histogram.summary, None),
        Point::Distribution(sketch) => (sketch.summary().avg, sketch.summary(), Some(sketch)),
    };
    work(&bj_series {
        name: bj_bytes::of(series.name),
        host: bj_bytes::of(series.host),
        tags: bj_tags { text: if tags.is_empty() { bj_bytes::NONE } else { bj_bytes::of(tags) } },
        kind: series.kind as i32,
        interval: series.interval,
        timestamp: series.timestamp,
        value,
        count: summary.count,
        sum: summary.sum,
        min: summary.min,
        max: summary.max,
        sketch: sketch.map_or(std::ptr::null(), |sketch| std::ptr::from_ref(sketch).cast()),
    });
}

impl bj_server {
    pub(crate) fn stats(&self) -> Stats {
        match &*self.lock() {
            State::Running(server) => server.stats(),
            State::Stopped(stats) => **stats,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a server into `*server_out`. Once this returns, what is sent is received. To be freed by `bj_server_free`. Any thread.
///
/// Errors: `BJ_NULL_OPTIONS`, `BJ_NULL_OUT`, `BJ_BAD_SIZE`, `BJ_NO_LISTENER`, `BJ_BAD_ADDRESS`, `BJ_PORT_IN_USE`, `BJ_PERMISSION`,
/// `BJ_BAD_SETTING`, `BJ_BAD_SWITCH`, `BJ_BAD_UTF8`, `BJ_NULL_TAGS`, `BJ_SYSTEM`.
///
/// # Safety
///
/// `options` is NULL or as its members say; `server_out` is NULL or points to a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_new(
    options: *const bj_server_options,
    server_out: *mut *mut bj_server,
) -> bj_status {
    guard(|| {
        if options.is_null() {
            return Err(BJ_NULL_OPTIONS);
        }
        // SAFETY: the pointers are as this function's contract says.
        let (out, server) = unsafe { (output(server_out, BJ_NULL_OUT)?, start(&options::read(options)?)?) };
        *out = Box::into_raw(Box::new(bj_server(Mutex::new(State::Running(Box::new(server))))));
        Ok(())
    })
}

unsafe fn start(options: &bj_server_options) -> Result<Server, bj_status> {
    // SAFETY: the strings are as the caller of `bj_server_new` promises.
    let (udp, datagram, stream, tags) = unsafe {
        let tags = strings(options.tags, options.ntags)?;
        (option(options.udp)?, option(options.unix_datagram)?, option(options.unix_stream)?, tags)
    };
    let tags = tags.into_iter().map(|tag| String::from_utf8(tag.to_vec()).map_err(|_| BJ_BAD_UTF8));
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    let telemetry = switch(options.telemetry)?;
    let mut builder = Server::builder();
    if let Some(address) = udp {
        builder = builder.udp(address).map_err(status)?;
    }
    #[cfg(unix)]
    {
        if let Some(path) = datagram {
            builder = builder.unix_datagram(path);
        }
        if let Some(path) = stream {
            builder = builder.unix_stream(path);
        }
    }
    #[cfg(not(unix))]
    if datagram.or(stream).is_some() {
        return Err(BJ_BAD_ADDRESS);
    }
    let builder = builder.config(|config| {
        config.tags = tags;
        if options.flush_interval_s > 0 {
            config.aggregation.bucket_secs = options.flush_interval_s;
        }
        if options.workers > 0 {
            config.workers = options.workers as usize;
        }
        config.telemetry = telemetry.unwrap_or(config.telemetry);
    });
    let &bj_server_options { on_series, on_event, on_service_check, user, .. } = options;
    builder.start(Callbacks { on_series, on_event, on_service_check, user }).map_err(status)
}

/// Why a server does not start, as a status.
fn status(error: StartError) -> bj_status {
    match error {
        StartError::NoListener => BJ_NO_LISTENER,
        StartError::PortInUse { .. } | StartError::PathInUse { .. } => BJ_PORT_IN_USE,
        StartError::Permission { .. } => BJ_PERMISSION,
        StartError::Setting { .. } | StartError::BadTag { .. } | StartError::Unsupported { .. } => BJ_BAD_SETTING,
        StartError::System { .. } => BJ_SYSTEM,
        _ => BJ_BAD_ADDRESS,
    }
}

/// The UDP port that a server listens on into `*port_out`; 0 if on none. Any thread.
///
/// Errors: `BJ_NULL_SERVER`, `BJ_NULL_OUT`, `BJ_CLOSED` when it was stopped.
///
/// # Safety
///
/// `server` is NULL or not freed; `port_out` is NULL or points to a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_port(server: *const bj_server, port_out: *mut u16) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says.
        let (server, out) = unsafe { (input(server, BJ_NULL_SERVER)?, output(port_out, BJ_NULL_OUT)?) };
        match &*server.lock() {
            State::Running(server) => *out = server.port(),
            State::Stopped(_) => return Err(BJ_CLOSED),
        }
        Ok(())
    })
}

/// Reads what has arrived, flushes the open buckets, waits until the callbacks have had everything, and ends the server. Its counters stay
/// readable. Any thread, but no callback.
///
/// Errors: `BJ_NULL_SERVER`, `BJ_CLOSED` when it was stopped before.
///
/// # Safety
///
/// `server` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_stop(server: *const bj_server) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let server = unsafe { input(server, BJ_NULL_SERVER)? };
        let running = {
            let mut state = server.lock();
            let stats = match &*state {
                State::Running(server) => server.stats(),
                State::Stopped(_) => return Err(BJ_CLOSED),
            };
            std::mem::replace(&mut *state, State::Stopped(Box::new(stats)))
        };
        // Without the lock, so that a callback may still ask for counters.
        if let State::Running(running) = running {
            let stats = running.stop();
            *server.lock() = State::Stopped(Box::new(stats));
        }
        Ok(())
    })
}

/// Stops a server if `bj_server_stop` has not, and frees it. NULL is harmless. No other thread may use it any more.
///
/// # Safety
///
/// `server` is NULL, or was made by `bj_server_new` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_free(server: *mut bj_server) {
    guard(|| {
        if !server.is_null() {
            // SAFETY: it comes from the box of `bj_server_new`.
            drop(unsafe { Box::from_raw(server) });
        }
        Ok(())
    });
}

/// The value below which the share `q`, 0 to 1, of a distribution's samples lies, into `*value_out`: at most 2.4 % off. In a callback, with the
/// series that it was given. Cost: a walk over the bins, up to 4096.
///
/// Errors: `BJ_NULL_SERIES`, `BJ_NULL_OUT`, `BJ_NO_SKETCH` unless it is a distribution.
///
/// # Safety
///
/// `series` is NULL or what the callback was given; `value_out` is NULL or points to a double.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_series_quantile(series: *const bj_series, q: f64, value_out: *mut f64) -> bj_status {
    guard(|| {
        // SAFETY: the pointers are as this function's contract says; the sketch lives as long as its series.
        let (out, sketch) = unsafe {
            let series = input(series, BJ_NULL_SERIES)?;
            (output(value_out, BJ_NULL_OUT)?, input(series.sketch.cast::<Sketch<&[u64]>>(), BJ_NO_SKETCH)?)
        };
        *out = sketch.quantile(q);
        Ok(())
    })
}
