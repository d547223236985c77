//! The server as a native object; what JavaScript hands in is checked in `lib/server.js`.
//!
//! The server's own threads receive and aggregate. They wake JavaScript through a thread-safe function that carries nothing;
//! JavaScript then takes what is in the mailbox.

use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use basenji::server::{Bucket, Builder, Config, Kind, Server, StartError, Stats};
use napi::bindgen_prelude::*;
use napi::sys;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::encode::Encoder;
use crate::mailbox::Mailbox;
use crate::series::Series;
use crate::settings::config;

/// Calls the function that looks into the mailbox.
type Wake = ThreadsafeFunction<(), (), (), Status, false>;

/// Where a server listens.
#[napi(object)]
pub struct Listening {
    /// UDP addresses.
    pub udp: Vec<String>,
    pub socket_path: Option<String>,
    pub stream_path: Option<String>,
    /// Whether the datagrams are kept for `take_datagrams`.
    pub messages: bool,
}

/// A server and the way from its threads to JavaScript.
#[napi]
pub struct NativeServer {
    /// Until it is stopped.
    server: Option<Arc<Server>>,
    /// What was counted in all.
    stopped: Arc<OnceLock<Stats>>,
    /// Those that wait for the server, so that JavaScript's does not. Node waits for its own pool at the end of a process, when nobody
    /// takes anything any more; these are let go.
    threads: Vec<JoinHandle<()>>,
    mailbox: Arc<Mailbox>,
    /// Until it is released.
    wake: Option<Arc<Wake>>,
    port: u32,
    addresses: Vec<String>,
}

#[napi]
impl NativeServer {
    /// Binds and starts. `wake` is called when there is something to be taken.
    #[napi(constructor)]
    pub fn new(
        env: &Env,
        listening: Listening,
        options: Object<'_>,
        wake: Function<'_, (), ()>,
    ) -> Result<Self, String> {
        let failed = |error: Error| Error::new("ERR_SYSTEM_ERROR".to_owned(), error.reason.clone());
        let config = config(&options).map_err(failed)?.map_err(|error| start_error(StartError::Setting(error)))?;
        let wake = Arc::new(wake.build_threadsafe_function::<()>().build().map_err(failed)?);
        let mailbox = Arc::new(Mailbox::default());
        // An environment that ends takes nothing any more, and waits for its tasks before it drops its objects.
        env.add_env_cleanup_hook(Arc::downgrade(&mailbox), |mailbox| {
            if let Some(mailbox) = mailbox.upgrade() {
                mailbox.close();
            }
        })
        .map_err(failed)?;
        let server = start(listening, config, &mailbox, &wake)?;
        let port = u32::from(server.port());
        let addresses = server.listeners().iter().map(|listener| listener.address.to_string()).collect();
        Ok(NativeServer {
            server: Some(Arc::new(server)),
            stopped: Arc::default(),
            threads: Vec::new(),
            mailbox,
            wake: Some(wake),
            port,
            addresses,
        })
    }

    /// The port of the first UDP listener; 0 without one.
    #[napi]
    pub fn port(&self) -> u32 {
        self.port
    }

    /// Where each listener can be reached.
    #[napi]
    pub fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// The bucket that waits.
    #[napi]
    pub fn take<'env>(&self, env: &'env Env) -> Result<Option<Object<'env>>> {
        self.mailbox.take().map(|bucket| bucket_object(env, &bucket)).transpose()
    }

    /// The datagrams that wait, ended by newlines.
    #[napi]
    pub fn take_datagrams(&self) -> Buffer {
        self.mailbox.datagrams().into()
    }

    /// Flushes everything; `number` is among those of `finished` once JavaScript has taken it.
    #[napi]
    pub fn flush(&mut self, number: u32) {
        let server = self.server.clone();
        self.spawn(number, move |_| {
            if let Some(server) = server {
                server.flush();
            }
        });
    }

    /// Stops; `number` is among those of `finished` once JavaScript has taken the last bucket. All flushes have finished before.
    #[napi]
    pub fn stop(&mut self, number: u32) {
        let server = self.server.take().and_then(Arc::into_inner);
        self.spawn(number, |stopped| {
            if let Some(server) = server {
                let _ = stopped.set(server.stop());
            }
        });
    }

    /// The numbers of flushes and stops that have ended since the last call.
    #[napi]
    pub fn finished(&self) -> Vec<u32> {
        self.mailbox.finished()
    }

    /// What was counted so far, or in all; `undefined` while the server is being stopped.
    #[napi]
    pub fn stats<'env>(&self, env: &'env Env) -> Result<Option<Object<'env>>> {
        let running = self.server.as_ref().map(|server| server.stats());
        let Some(stats) = running.or_else(|| self.stopped.get().copied()) else { return Ok(None) };
        let mut object = stats_object(env, &stats)?;
        object.set("datagramsUnseen", self.mailbox.dropped() as f64)?;
        Ok(Some(object))
    }

    /// Whether the server keeps the process alive.
    #[napi]
    pub fn keep_alive(&self, env: &Env, keep: bool) {
        let Some(wake) = &self.wake else { return };
        // SAFETY: this is the thread of the environment that has made the function, which lives as long as `wake` does.
        unsafe {
            if keep {
                sys::napi_ref_threadsafe_function(env.raw(), wake.raw());
            } else {
                sys::napi_unref_threadsafe_function(env.raw(), wake.raw());
            }
        }
    }

    /// Lets go of the function: JavaScript is not woken any more.
    #[napi]
    pub fn release(&mut self) {
        self.wake = None;
    }
}

impl NativeServer {
    /// Does `work` on a thread of its own, then wakes JavaScript.
    fn spawn(&mut self, number: u32, work: impl FnOnce(&OnceLock<Stats>) + Send + 'static) {
        self.threads.retain(|thread| !thread.is_finished());
        let (mailbox, wake, stopped) = (Arc::clone(&self.mailbox), self.wake.clone(), Arc::clone(&self.stopped));
        self.threads.push(thread::spawn(move || {
            work(&stopped);
            mailbox.finish(number);
            if let Some(wake) = wake {
                wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        }));
    }
}

impl Drop for NativeServer {
    /// Nobody is left to take anything: the threads end without waiting for it.
    fn drop(&mut self) {
        self.mailbox.close();
        self.server.take();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn start(listening: Listening, config: Config, mailbox: &Arc<Mailbox>, wake: &Arc<Wake>) -> Result<Server, String> {
    let mut builder: Builder = Server::builder().config(|defaults| *defaults = config);
    for address in listening.udp {
        builder = builder.udp(address).map_err(start_error)?;
    }
    #[cfg(unix)]
    {
        builder = listening.socket_path.into_iter().fold(builder, Builder::unix_datagram);
        builder = listening.stream_path.into_iter().fold(builder, Builder::unix_stream);
    }
    #[cfg(not(unix))]
    if listening.socket_path.or(listening.stream_path).is_some() {
        return Err(start_error(StartError::Unsupported { what: "a server on a Unix socket" }));
    }
    if listening.messages {
        let (mailbox, wake) = (Arc::clone(mailbox), Arc::clone(wake));
        builder = builder.on_datagram(move |datagram| {
            if mailbox.push(datagram) {
                wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        });
    }
    let (mailbox, wake) = (Arc::clone(mailbox), Arc::clone(wake));
    let sink = move |bucket: &Bucket| {
        mailbox.put(bucket, || {
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
    };
    builder.start(sink).map_err(start_error)
}

/// The error with a code that Node's own sockets have for it.
fn start_error(error: StartError) -> Error<String> {
    let code = match &error {
        StartError::PortInUse { .. } | StartError::PathInUse { .. } => "EADDRINUSE",
        StartError::AddressNotAvailable { .. } => "EADDRNOTAVAIL",
        StartError::Permission { .. } => "EACCES",
        StartError::NoDirectory { .. } => "ENOENT",
        StartError::NotASocket { .. } => "ENOTSOCK",
        StartError::BadPath { .. } => "ENAMETOOLONG",
        StartError::Setting(_) => "ERR_OUT_OF_RANGE",
        StartError::Unsupported { .. } => "ENOTSUP",
        StartError::System { .. } => "ERR_SYSTEM_ERROR",
        _ => "ERR_INVALID_ARG_VALUE",
    };
    Error::new(code.to_owned(), error.to_string())
}

fn bucket_object<'env>(env: &'env Env, bucket: &Bucket) -> Result<Object<'env>> {
    let mut object = Object::new(env)?;
    object.set("flushedAt", bucket.flushed_at().as_millis() as f64)?;
    let series: Result<Vec<_>> = bucket.series().map(|series| Series::from(series).object(env)).collect();
    object.set("series", series?)?;
    let mut events = Encoder::default();
    bucket.events().for_each(|event| events.event(&event));
    object.set("events", events.finish())?;
    let mut checks = Encoder::default();
    bucket.service_checks().for_each(|check| checks.check(&check));
    object.set("serviceChecks", checks.finish())?;
    Ok(object)
}

fn stats_object<'env>(env: &'env Env, stats: &Stats) -> Result<Object<'env>> {
    fn by<'env, K: Kind>(env: &'env Env, get: impl Fn(K) -> u64) -> Result<Object<'env>> {
        let mut object = Object::new(env)?;
        K::ALL.iter().try_for_each(|&kind| object.set(kind.tag_value(), get(kind) as f64))?;
        Ok(object)
    }
    let mut object = Object::new(env)?;
    object.set("datagrams", by(env, |kind| stats.datagrams.get(kind))?)?;
    object.set("bytes", by(env, |kind| stats.bytes.get(kind))?)?;
    object.set("messages", by(env, |kind| stats.messages.get(kind))?)?;
    object.set("parseErrors", by(env, |kind| stats.parse_errors.get(kind))?)?;
    object.set("refused", by(env, |kind| stats.refused.get(kind))?)?;
    for (name, value) in [
        ("kernelDrops", stats.kernel_drops),
        ("badFields", stats.bad_fields),
        ("skippedValues", stats.skipped_values),
        ("oddRates", stats.odd_rates),
        ("eventsDropped", stats.events_dropped),
        ("checksDropped", stats.checks_dropped),
        ("seriesDropped", stats.series_dropped),
        ("flushes", stats.flushes),
        ("contexts", stats.contexts),
    ] {
        object.set(name, value as f64)?;
    }
    Ok(object)
}
