//! The server: it receives, aggregates, and hands finished series to callbacks or to whoever pulls them.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use basenji::server::{Server, StartError, Stats};
use basenji_ffi_core::*;

use crate::guard::guard;
use crate::inbox::Inbox;
use crate::sink::{CallbackSink, Callbacks, bj_on_message, in_callback};
use crate::text::{option, texts};

/// A server.
pub struct bj_server {
    state: Mutex<State>,
    /// What is to be pulled.
    pub(crate) inbox: Option<Arc<Inbox>>,
}

enum State {
    Running(Box<Server>),
    Stopped(Box<Stats>),
}

/// The options of a server; begin with `BJ_SERVER_OPTIONS_INIT`. 0 and NULL are the defaults, but it has to listen somewhere.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bj_server_options {
    /// `sizeof(bj_server_options)`.
    pub size: usize,
    /// Where to listen for UDP: `127.0.0.1:8125`; port 0 is any free one.
    pub udp: *const c_char,
    /// The path of a Unix socket of datagrams.
    pub socket_path: *const c_char,
    /// The path of a Unix stream socket.
    pub stream_path: *const c_char,
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
    pub bucket_secs: u32,
    /// Threads that read; 0 is the default of 1.
    pub workers: u32,
    /// Whether flushes carry the server's own counters as `basenji.*`: 0 default (yes), 1 yes, 2 no.
    pub telemetry: i32,
    /// Whether flushes are kept for `bj_server_next`: 0 default (no), 1 yes, 2 no. Then somebody has to pull them: only one waits there, more
    /// wait in a queue that is bounded in bytes and whose oldest are dropped and counted.
    pub pull: i32,
    /// Most series at a time; what comes beyond is refused and counted. 0 is the default of a million.
    pub contexts: usize,
}

// SAFETY: it is `repr(C)`, begins with its size, and is made of numbers, pointers and optional functions.
unsafe impl Options for bj_server_options {
    const FIRST: usize = offset_of!(bj_server_options, contexts);
}

impl bj_server {
    pub(crate) fn stats(&self) -> Stats {
        match &*self.lock() {
            State::Running(server) => server.stats(),
            State::Stopped(stats) => **stats,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a server into `*server_out`. Once this returns, what is sent is received. To be freed by `bj_server_free`. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_OPTIONS`, `BJ_NULL_OUT`, `BJ_BAD_SIZE`, `BJ_NO_LISTENER`, `BJ_BAD_ADDRESS`, `BJ_PORT_IN_USE`, `BJ_PERMISSION`,
/// `BJ_BAD_SETTING`, `BJ_BAD_SWITCH`, `BJ_BAD_UTF8`, `BJ_BAD_TAGS`, `BJ_NULL_TAGS`, `BJ_SYSTEM`.
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
        *out = Box::into_raw(Box::new(server));
        Ok(())
    })
}

unsafe fn start(options: &bj_server_options) -> Result<bj_server, bj_status> {
    // SAFETY: the strings are as the caller of `bj_server_new` promises.
    let (udp, datagram, stream, tags) = unsafe {
        let tags = texts(options.tags, options.ntags)?;
        (option(options.udp)?, option(options.socket_path)?, option(options.stream_path)?, tags)
    };
    let tags = tags.into_iter().map(|tag| String::from_utf8(tag.to_vec()).map_err(|_| BJ_BAD_UTF8));
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    let telemetry = switch(options.telemetry)?;
    let inbox = (switch(options.pull)? == Some(true)).then(Arc::<Inbox>::default);
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
        if options.bucket_secs > 0 {
            config.aggregation.bucket_secs = options.bucket_secs;
        }
        if options.workers > 0 {
            config.workers = options.workers as usize;
        }
        if options.contexts > 0 {
            config.memory.contexts = options.contexts;
        }
        config.telemetry = telemetry.unwrap_or(config.telemetry);
    });
    let &bj_server_options { on_series, on_event, on_service_check, user, .. } = options;
    let callbacks = Callbacks { on_series, on_event, on_service_check, user };
    let server = builder.start(CallbackSink { callbacks, inbox: inbox.clone() }).map_err(status)?;
    Ok(bj_server { state: Mutex::new(State::Running(Box::new(server))), inbox })
}

/// Why a server does not start, as a status.
fn status(error: StartError) -> bj_status {
    match error {
        StartError::NoListener => BJ_NO_LISTENER,
        StartError::PortInUse { .. } | StartError::PathInUse { .. } => BJ_PORT_IN_USE,
        StartError::Permission { .. } => BJ_PERMISSION,
        StartError::BadTag { .. } => BJ_BAD_TAGS,
        StartError::Setting(_) | StartError::Unsupported { .. } => BJ_BAD_SETTING,
        StartError::System { .. } => BJ_SYSTEM,
        _ => BJ_BAD_ADDRESS,
    }
}

/// The UDP port that a server listens on into `*port_out`; 0 if on none. Any thread.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_SERVER`, `BJ_NULL_OUT`, `BJ_CLOSED` when it was stopped.
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
/// readable, and what waits to be pulled still can be. Any thread, but no callback.
///
/// Errors: `BJ_MISALIGNED`, `BJ_NULL_SERVER`, `BJ_CLOSED` when it was stopped before, `BJ_BUSY`.
///
/// # Safety
///
/// `server` is NULL or not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_stop(server: *const bj_server) -> bj_status {
    guard(|| {
        // SAFETY: the pointer is as this function's contract says.
        let server = unsafe { input(server, BJ_NULL_SERVER)? };
        if in_callback() {
            return Err(BJ_BUSY);
        }
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
            let _end = server.inbox.as_deref().map(Inbox::end);
            let stats = running.stop();
            *server.lock() = State::Stopped(Box::new(stats));
        }
        Ok(())
    })
}

/// Stops a server if `bj_server_stop` has not, and frees it; buckets that were pulled stay. NULL is harmless. No other thread may use it any
/// more, and no callback may free it.
///
/// # Safety
///
/// `server` is NULL, or was made by `bj_server_new` and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bj_server_free(server: *mut bj_server) {
    guard(|| {
        if !server.is_null() {
            // SAFETY: it comes from the box of `bj_server_new`.
            let server = unsafe { Box::from_raw(server) };
            let _end = server.inbox.as_deref().map(Inbox::end);
            drop(server.state);
        }
        Ok(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_is_told_from_what_fails() {
        let place = "/run/s".to_owned();
        assert_eq!(status(StartError::Permission { place: place.clone() }), BJ_PERMISSION);
        let source = std::io::ErrorKind::OutOfMemory.into();
        assert_eq!(status(StartError::System { what: place, source }), BJ_SYSTEM);
    }
}
