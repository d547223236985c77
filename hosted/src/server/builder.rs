//! From settings to a server that runs.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::arrival::Arrival;
use super::config::Config;
use super::error::StartError;
use super::feeds::Feeds;
use super::flusher::{Flusher, Link};
use super::intake::{Intake, Tap};
use super::merger::Merger;
use super::monitor::Monitor;
use super::origin::Tagger;
use super::report::{Hook, ParseReport, Reporter};
use super::rules::Rules;
use super::running::{Address, Listener, Running, Server};
use super::sink::Sink;
use super::socket::{self, Limits, ListenerKind, SocketFile};
use super::stats::Published;
use super::sys::wake;
use super::threads::{Death, Obituary, Threads};
use super::worker::{self, Line, Sockets};
use crate::channel::channel;
use crate::sys::Process;

/// Builds a server: where it listens, and its settings.
#[derive(Default)]
pub struct Builder {
    config: Config,
    listeners: Vec<Listen>,
    watchers: Watchers,
    sinks: Vec<Named>,
}

/// A sink and what it is called.
type Named = (String, Box<dyn Sink>);

enum Listen {
    Udp(SocketAddr),
    #[cfg(unix)]
    UnixDatagram(PathBuf),
    #[cfg(unix)]
    UnixStream(PathBuf),
}

impl Builder {
    /// Listens on a UDP address, as in `127.0.0.1:8125`, `[::]:8125` or `localhost:8125`. Port 0 is any free port. A
    /// name is resolved now, and of several addresses the first of IPv4 is taken.
    ///
    /// # Errors
    ///
    /// - `BadAddress`: the text is not an address, or the name does not resolve.
    pub fn udp(mut self, address: impl fmt::Display) -> Result<Builder, StartError> {
        let text = address.to_string();
        let resolved: io::Result<Vec<_>> = text.to_socket_addrs().map(Iterator::collect);
        let address = resolved.and_then(|all| {
            let first = all.iter().find(|address| address.is_ipv4()).or(all.first());
            first.copied().ok_or_else(|| io::Error::other("the name has no address"))
        });
        let address = address.map_err(|source| StartError::BadAddress { text, source })?;
        self.listeners.push(Listen::Udp(address));
        Ok(self)
    }

    /// Listens on a Unix datagram socket at this path.
    #[cfg(unix)]
    #[must_use]
    pub fn unix_datagram(mut self, path: impl Into<PathBuf>) -> Builder {
        self.listeners.push(Listen::UnixDatagram(path.into()));
        self
    }

    /// Listens on a Unix stream socket at this path.
    #[cfg(unix)]
    #[must_use]
    pub fn unix_stream(mut self, path: impl Into<PathBuf>) -> Builder {
        self.listeners.push(Listen::UnixStream(path.into()));
        self
    }

    /// Changes the settings.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Builder {
        change(&mut self.config);
        self
    }

    /// Calls `hook` for refused lines, at most once a second and kind of error, on a thread of its own.
    #[must_use]
    pub fn on_parse_error(mut self, hook: impl FnMut(&ParseReport) + Send + 'static) -> Builder {
        self.watchers.hook = Some(Box::new(hook));
        self
    }

    /// Calls `hook` with a thread of the server that has panicked, on that thread. The server then no longer
    /// [runs](super::Monitor::is_running) as a whole: it is to be stopped, which flushes what the other threads hold.
    #[must_use]
    pub fn on_death(mut self, hook: impl Fn(&Death) + Send + Sync + 'static) -> Builder {
        self.watchers.obituary = Some(Arc::new(hook));
        self
    }

    /// Calls `tap` with each datagram or frame before it is taken in, on the worker that has received it. That worker
    /// waits for it: this is for tests and for inspection, not for work.
    #[must_use]
    pub fn on_datagram(self, tap: impl Fn(&[u8]) + Send + Sync + 'static) -> Builder {
        self.on_arrival(move |arrival| tap(arrival.bytes))
    }

    /// [`Builder::on_datagram`] with a way to ask where the datagram came from. The last one that is given of both is called.
    #[must_use]
    pub fn on_arrival(mut self, tap: impl Fn(&Arrival<'_>) + Send + Sync + 'static) -> Builder {
        self.watchers.tap = Some(Arc::new(tap));
        self
    }

    /// While `wanted` is true, histograms and timings of a bucket have a sketch of their samples
    /// ([`Histogram::sketch`](super::Histogram::sketch)) beside their aggregates: for the first 262,144 bins of a bucket, or
    /// a sixty-fourth of [`Memory::cells`](super::Memory::cells) if that is less. It is read when a bucket is begun.
    #[must_use]
    pub fn sketch_histograms(mut self, wanted: Arc<AtomicBool>) -> Builder {
        self.watchers.sketches = wanted;
        self
    }

    /// Adds the tags of each message's origin, which `tagger` knows. [`Config::origin`] tells whose they are, and
    /// [`Config::origin_detection`] whether the kernel is asked who has sent what comes over Unix sockets.
    #[must_use]
    pub fn tagger(mut self, tagger: impl Tagger + 'static) -> Builder {
        self.watchers.tagger = Some(Arc::new(tagger));
        self
    }

    /// Applies `rules` to metrics before they are recorded; [`Server::change`] replaces them.
    #[must_use]
    pub fn rules(mut self, rules: impl Rules + 'static) -> Builder {
        self.watchers.rules = Some(Arc::new(rules));
        self
    }

    /// Adds a sink under a name, for [`Server::sinks`] and its thread. Each has a thread and a queue of its own, and
    /// nothing of the buckets is copied for it.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji::server::{MemorySink, Server};
    ///
    /// let (first, second) = (MemorySink::default(), MemorySink::default());
    /// let builder = Server::builder().udp("127.0.0.1:0")?.sink("first", first.clone()).sink("second", second.clone());
    /// builder.start_sinks()?.stop();
    /// assert_eq!(first.buckets().len(), second.buckets().len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sink(mut self, name: impl Into<String>, sink: impl Sink + 'static) -> Builder {
        let name: String = name.into();
        // No thread can have a name with a zero byte.
        self.sinks.push((name.replace('\0', ""), Box::new(sink)));
        self
    }

    /// Starts with one sink more, which is called `sink`; see [`Builder::start_sinks`].
    ///
    /// # Errors
    ///
    /// Why it does not start; nothing is left behind then.
    pub fn start(self, sink: impl Sink + 'static) -> Result<Server, StartError> {
        self.sink("sink", sink).start_sinks()
    }

    /// Binds every listener and starts with the sinks that were added. Once this returns, what is sent is received.
    ///
    /// # Errors
    ///
    /// Why it does not start; nothing is left behind then.
    pub fn start_sinks(self) -> Result<Server, StartError> {
        let Builder { mut config, listeners, watchers, sinks } = self;
        config.validate()?;
        config.settle();
        if listeners.is_empty() {
            return Err(StartError::NoListener);
        }
        let bound = Bound::bind(&config, listeners)?;
        bound
            .start(config, watchers, sinks)
            .map_err(|source| StartError::System { what: "cannot start the threads of the server".to_owned(), source })
    }
}

impl Server {
    /// Begins a server, with the settings of [`Config::default`](super::Config::default).
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// The hooks, rules and tagger that a server calls while it runs.
#[derive(Default)]
struct Watchers {
    hook: Option<Hook>,
    tap: Option<Tap>,
    tagger: Option<Arc<dyn Tagger>>,
    rules: Option<Arc<dyn Rules>>,
    obituary: Option<Obituary>,
    sketches: Arc<AtomicBool>,
}

/// Listeners that are bound, by worker.
struct Bound {
    listeners: Vec<Listener>,
    files: Vec<SocketFile>,
    workers: Vec<Sockets>,
}

impl Bound {
    fn bind(config: &Config, listeners: Vec<Listen>) -> Result<Bound, StartError> {
        let workers = (0..config.workers).map(|_| Sockets::new(config)).collect();
        let mut bound = Bound { listeners: Vec::new(), files: Vec::new(), workers };
        for listen in listeners {
            bound.bind_one(config, listen)?;
        }
        Ok(bound)
    }

    /// Binds one listener; sockets that workers cannot share are dealt out in turn.
    fn bind_one(&mut self, config: &Config, listen: Listen) -> Result<(), StartError> {
        let (kind, address, granted_buffer) = match listen {
            Listen::Udp(address) => {
                let (sockets, address) = socket::bind_udp(address, config.workers, config.socket_buffer)?;
                let granted = sockets.first().and_then(|socket| socket.granted_buffer);
                for (worker, socket) in self.workers.iter_mut().zip(sockets) {
                    worker.datagram.push(socket);
                }
                (ListenerKind::Udp, Address::Udp(address), granted)
            }
            #[cfg(unix)]
            Listen::UnixDatagram(path) => {
                let (mode, buffer) = (config.socket_mode, config.socket_buffer);
                let (socket, file) = socket::bind_unix_datagram(&path, mode, buffer, config.origin_detection)?;
                let granted = socket.granted_buffer;
                self.files.push(file);
                self.workers[self.listeners.len() % config.workers].datagram.push(socket);
                (ListenerKind::UnixDatagram, Address::Path(path), granted)
            }
            #[cfg(unix)]
            Listen::UnixStream(path) => {
                let (listener, file) = socket::bind_unix_stream(&path, config.socket_mode, config.origin_detection)?;
                self.files.push(file);
                for worker in &mut self.workers {
                    let shared = listener.try_clone().map_err(|source| StartError::path(&path, source))?;
                    worker.stream.push(shared);
                }
                (ListenerKind::UnixStream, Address::Path(path), None)
            }
        };
        self.listeners.push(Listener { kind, address, granted_buffer });
        Ok(())
    }

    fn start(self, config: Config, watchers: Watchers, sinks: Vec<Named>) -> io::Result<Server> {
        let Watchers { hook, tap, tagger, rules, obituary, sketches } = watchers;
        let (names, sinks): (Vec<_>, Vec<_>) = sinks.into_iter().unzip();
        let feeds = Arc::new(Feeds::new(names.iter().cloned(), config.sink_bytes));
        let mut published = Vec::new();
        let mut threads = Threads { obituary, ..Threads::default() };
        let mut links = Vec::new();
        let (demands, demanded) = channel(usize::MAX);
        let (reporter, reports) = match hook {
            None => (Reporter::default(), None),
            Some(hook) => Reporter::start(hook).map(|(reporter, thread)| (reporter, Some(thread)))?,
        };
        let merger = Merger::new(config.clone(), rules.clone());
        for (number, sockets) in self.workers.into_iter().enumerate() {
            let (waker, wake) = wake()?;
            let (orders, waiting) = channel(usize::MAX);
            let (answer, answers) = channel(usize::MAX);
            let counters = Arc::new(Published::default());
            published.push(Arc::clone(&counters));
            links.push(Link { orders, answers, waker });
            let line = Line { wake, orders: waiting, answers: answer, published: counters };
            let intake =
                Intake::new(&config, merger.shard(), reporter.clone(), tap.clone(), tagger.clone(), rules.as_ref());
            threads.spawn(format!("basenji-in-{number}"), move || worker::run(sockets, intake, line))?;
        }
        drop(reporter);
        let counters = Arc::new(Published::default());
        published.push(Arc::clone(&counters));
        let bucket_secs = config.aggregation.bucket_secs;
        let patience = config.stop_wait;
        let books = merger.books();
        let flusher = Flusher::new(merger, bucket_secs, links, Arc::clone(&feeds), counters, sketches);
        threads.spawn("basenji-flush".to_owned(), move || flusher.run(&demanded))?;
        // Threads that run code of the program are waited for separately.
        let inner = std::mem::take(&mut threads.handles);
        threads.handles.extend(reports);
        for (number, (name, mut sink)) in names.into_iter().zip(sinks).enumerate() {
            let feeds = Arc::clone(&feeds);
            threads.spawn(format!("basenji-{name}"), move || feeds.run(number, &mut *sink))?;
        }
        let running = Running { files: self.files, threads: inner, foreign: threads.handles, patience };
        let monitor =
            Monitor { published, feeds, books, demands, alive: threads.alive, generation: Process::generation() };
        Ok(Server { listeners: self.listeners, monitor, running: Some(running) })
    }
}

impl Sockets {
    /// No sockets yet.
    fn new(config: &Config) -> Sockets {
        let limits = Limits {
            connections: config.max_connections.div_ceil(config.workers),
            frame: config.receive_buffer,
            credentials: config.origin_detection,
        };
        Sockets { datagram: Vec::new(), stream: Vec::new(), limits }
    }
}
