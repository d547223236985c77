//! From settings to a server that runs.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
#[cfg(unix)]
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};

use super::config::Config;
#[cfg(unix)]
use super::connections::Limits;
use super::error::StartError;
use super::flusher::{Flusher, Link};
use super::intake::{Intake, Tap};
use super::monitor::Monitor;
use super::origin::Tagger;
use super::outlet::Outlet;
use super::report::{Hook, ParseReport, Reporter};
use super::rules::Rules;
use super::running::{Address, Listener, Running, Server};
use super::shard::Shard;
use super::sink::Sink;
use super::socket::{self, ListenerKind};
use super::stats::Published;
use super::sys::wake;
use super::worker::{self, Line, Sockets};

/// A server to be: where it listens, and its settings.
#[derive(Default)]
pub struct Builder {
    config: Config,
    listeners: Vec<Listen>,
    hook: Option<Hook>,
    tap: Option<Tap>,
    tagger: Option<Arc<dyn Tagger>>,
    rules: Option<Arc<dyn Rules>>,
}

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
        self.hook = Some(Box::new(hook));
        self
    }

    /// Calls `tap` with each datagram or frame before it is taken in, on the worker that has received it. That worker
    /// waits for it: this is for tests and for looking on, not for work.
    #[must_use]
    pub fn on_datagram(mut self, tap: impl Fn(&[u8]) + Send + Sync + 'static) -> Builder {
        self.tap = Some(Arc::new(tap));
        self
    }

    /// Adds the tags of each message's origin, which `tagger` knows. [`Config::origin`] tells whose they are, and
    /// [`Config::origin_detection`] whether the kernel is asked who has sent what comes over Unix sockets.
    #[must_use]
    pub fn tagger(mut self, tagger: impl Tagger + 'static) -> Builder {
        self.tagger = Some(Arc::new(tagger));
        self
    }

    /// Has metrics recorded as `rules` say; [`Server::change`] replaces them.
    #[must_use]
    pub fn rules(mut self, rules: impl Rules + 'static) -> Builder {
        self.rules = Some(Arc::new(rules));
        self
    }

    /// Binds every listener and starts. Once this returns, what is sent is received.
    ///
    /// # Errors
    ///
    /// Why it does not start; nothing is left behind then.
    pub fn start(self, sink: impl Sink + 'static) -> Result<Server, StartError> {
        let Builder { mut config, listeners, hook, tap, tagger, rules } = self;
        config.validate()?;
        config.settle();
        if listeners.is_empty() {
            return Err(StartError::NoListener);
        }
        let bound = Bound::bind(&config, listeners)?;
        bound
            .start(config, Watchers { hook, tap, tagger, rules }, Box::new(sink))
            .map_err(|source| StartError::System { what: "cannot start the threads of the server".to_owned(), source })
    }
}

/// Whom a server asks and tells while it runs.
struct Watchers {
    hook: Option<Hook>,
    tap: Option<Tap>,
    tagger: Option<Arc<dyn Tagger>>,
    rules: Option<Arc<dyn Rules>>,
}

/// Listeners that are bound, by worker.
struct Bound {
    listeners: Vec<Listener>,
    #[cfg(unix)]
    files: Vec<socket::SocketFile>,
    workers: Vec<Sockets>,
}

impl Bound {
    fn bind(config: &Config, listeners: Vec<Listen>) -> Result<Bound, StartError> {
        let workers = (0..config.workers).map(|_| Sockets::new(config)).collect();
        let mut bound = Bound {
            listeners: Vec::new(),
            #[cfg(unix)]
            files: Vec::new(),
            workers,
        };
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

    fn start(self, config: Config, watchers: Watchers, mut sink: Box<dyn Sink>) -> io::Result<Server> {
        let Watchers { hook, tap, tagger, rules } = watchers;
        let outlet = Arc::new(Outlet::new(config.sink_bytes));
        let mut published = Vec::new();
        let mut threads = Threads::default();
        let mut links = Vec::new();
        let (demands, demanded) = channel();
        let reporter = match hook {
            None => Reporter::default(),
            Some(hook) => {
                let (reporter, thread) = Reporter::start(hook)?;
                threads.handles.push(thread);
                reporter
            }
        };
        for (number, sockets) in self.workers.into_iter().enumerate() {
            let (waker, wake) = wake()?;
            let (orders, waiting) = channel();
            let (answer, answers) = channel();
            let counters = Arc::new(Published::default());
            published.push(Arc::clone(&counters));
            links.push(Link { orders, answers, waker, published: Arc::clone(&counters) });
            let line = Line { wake, orders: waiting, answers: answer, published: counters };
            let shard = Box::new(Shard::new(&config));
            let intake = Intake::new(&config, shard, reporter.clone(), tap.clone(), tagger.clone(), rules.as_ref());
            threads.spawn(format!("basenji-in-{number}"), move || worker::run(sockets, intake, line))?;
        }
        drop(reporter);
        let counters = Arc::new(Published::default());
        published.push(Arc::clone(&counters));
        let flusher = Flusher::new(config, rules, links, Arc::clone(&outlet), counters);
        threads.spawn("basenji-flush".to_owned(), move || flusher.run(&demanded))?;
        let queue = Arc::clone(&outlet);
        threads.spawn("basenji-sink".to_owned(), move || queue.run(&mut *sink))?;
        let running = Running {
            #[cfg(unix)]
            files: self.files,
            threads: threads.handles,
        };
        let monitor = Monitor { published, outlet, demands, alive: threads.alive };
        Ok(Server { listeners: self.listeners, monitor, running: Some(running) })
    }
}

impl Sockets {
    /// No sockets yet.
    fn new(config: &Config) -> Sockets {
        #[cfg(not(unix))]
        let _ = config;
        Sockets {
            datagram: Vec::new(),
            #[cfg(unix)]
            stream: Vec::new(),
            #[cfg(unix)]
            limits: Limits {
                connections: config.max_connections.div_ceil(config.workers),
                frame: config.receive_buffer,
                credentials: config.origin_detection,
            },
        }
    }
}

/// Threads, and what tells whether they run.
#[derive(Default)]
struct Threads {
    handles: Vec<JoinHandle<()>>,
    alive: Vec<Weak<()>>,
}

impl Threads {
    fn spawn(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let alive = Arc::new(());
        self.alive.push(Arc::downgrade(&alive));
        self.handles.push(thread::Builder::new().name(name).spawn(move || {
            let _alive = alive;
            work();
        })?);
        Ok(())
    }
}
