//! From options to a client that runs. Every default of every option is here.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{Aggregation, ClientTags, Common, Dialect, Limits, Telemetry};
use basenji_core::wire::Cardinality;

use super::address::{Address, AddressError, DEFAULT_PORT};
use super::config::{Config, Connect, Profile};
use super::emitter::Client;
use super::environment::Environment;
use super::sender::{SenderConfig, Trouble, TroubleHook};
use super::transport::{Transport, TransportOptions};
use crate::container::container_id;
use crate::server::Memory;

/// A client to be. What is said here is stronger than the environment, and that is stronger than the defaults.
pub struct Builder {
    profile: Profile,
    address: Option<Address>,
    connect: Option<Connect>,
    environment: Option<Environment>,
    prefix: String,
    suffix: String,
    tags: Vec<String>,
    cardinality: Option<Cardinality>,
    origin_detection: Option<bool>,
    container_id: Option<String>,
    root: PathBuf,
    dialect: Dialect,
    aggregation: Aggregation,
    flush_interval: Duration,
    background: Option<bool>,
    payload: Option<usize>,
    sample_rate: f64,
    telemetry: bool,
    telemetry_interval: Duration,
    telemetry_client: [String; 2],
    memory: Memory,
    sender: SenderConfig,
    transport: TransportOptions,
}

/// Longest line, and longest datagram where it is the only line of it: the receive buffer of a server.
const LONGEST_LINE: usize = 8192;

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            profile: Profile::Fast,
            address: None,
            connect: None,
            environment: None,
            prefix: String::new(),
            suffix: String::new(),
            tags: Vec::new(),
            cardinality: None,
            origin_detection: None,
            container_id: None,
            root: PathBuf::from("/"),
            dialect: Dialect::BASENJI,
            aggregation: Aggregation::Extended { samples: 1024 },
            flush_interval: Duration::from_secs(2),
            background: None,
            payload: None,
            sample_rate: 1.0,
            telemetry: true,
            telemetry_interval: Duration::from_millis(Telemetry::INTERVAL_MILLIS),
            telemetry_client: ["rust", env!("CARGO_PKG_VERSION")].map(str::to_owned),
            memory: Memory { contexts: 10_000, bytes: 2 << 20, cells: 1 << 20 },
            sender: SenderConfig::default(),
            transport: TransportOptions::default(),
        }
    }
}

impl Builder {
    /// How the client works: [`Profile::Fast`].
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Builder {
        self.profile = profile;
        self
    }

    /// Where to send: what the environment says, else `udp://localhost:8125`.
    ///
    /// # Errors
    ///
    /// The text is no address.
    pub fn to(mut self, address: &str) -> Result<Builder, AddressError> {
        self.address = Some(Address::parse(address, DEFAULT_PORT)?);
        Ok(self)
    }

    /// Sends over what `make` makes instead of to an address. It is called once more in the child of each fork.
    #[must_use]
    pub fn transport(mut self, make: impl Fn() -> Box<dyn Transport> + Send + Sync + 'static) -> Builder {
        self.connect = Some(Arc::new(make));
        self
    }

    /// The options of the transport to an address.
    #[must_use]
    pub fn transport_options(mut self, change: impl FnOnce(&mut TransportOptions)) -> Builder {
        change(&mut self.transport);
        self
    }

    /// What counts as the environment: that of the process.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Builder {
        self.environment = Some(environment);
        self
    }

    /// What stands before each name, with its dot: nothing.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Builder {
        self.prefix = prefix.into();
        self
    }

    /// What stands behind each name, with its dot: nothing.
    #[must_use]
    pub fn suffix(mut self, suffix: impl Into<String>) -> Builder {
        self.suffix = suffix.into();
        self
    }

    /// A tag of each message; takes the place of the environment's tags with the same key.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Builder {
        self.tags.push(tag.into());
        self
    }

    /// The cardinality of calls that name none: what the environment says, else none.
    #[must_use]
    pub fn cardinality(mut self, cardinality: Cardinality) -> Builder {
        self.cardinality = Some(cardinality);
        self
    }

    /// Whether messages tell the container that they come from: what the environment says, else yes. An entity id of the environment tells
    /// the pod instead.
    #[must_use]
    pub fn origin_detection(mut self, on: bool) -> Builder {
        self.origin_detection = Some(on);
        self
    }

    /// The text of the `c:` field, whatever origin detection finds or is told.
    #[must_use]
    pub fn container_id(mut self, id: impl Into<String>) -> Builder {
        self.container_id = Some(id.into());
        self
    }

    /// Where `/proc` and `/sys` are looked for: `/`.
    #[must_use]
    pub fn root(mut self, root: impl AsRef<Path>) -> Builder {
        self.root = root.as_ref().to_path_buf();
        self
    }

    /// How lines are written: [`Dialect::BASENJI`].
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Builder {
        self.dialect = dialect;
        self
    }

    /// Which calls [`Profile::Fast`] aggregates: all kinds, with up to 1024 samples of a context and interval.
    #[must_use]
    pub fn aggregation(mut self, aggregation: Aggregation) -> Builder {
        self.aggregation = aggregation;
        self
    }

    /// How long calls gather with [`Profile::Fast`]: two seconds.
    #[must_use]
    pub fn flush_interval(mut self, interval: Duration) -> Builder {
        self.flush_interval = interval;
        self
    }

    /// Whether a thread sends the datagrams: with [`Profile::Fast`]. Without it what the system does not take at once is dropped.
    #[must_use]
    pub fn background(mut self, on: bool) -> Builder {
        self.background = Some(on);
        self
    }

    /// Most bytes of a datagram of several lines: 1432 over UDP, 8192 elsewhere.
    #[must_use]
    pub fn payload(mut self, bytes: usize) -> Builder {
        self.payload = Some(bytes);
        self
    }

    /// The rate of calls that name none: 1. Aggregated counts, gauges and sets are exact whatever the rate.
    #[must_use]
    pub fn sample_rate(mut self, rate: f64) -> Builder {
        self.sample_rate = rate;
        self
    }

    /// Whether the client's own counters are sent: yes.
    #[must_use]
    pub fn telemetry(mut self, on: bool) -> Builder {
        self.telemetry = on;
        self
    }

    /// How long it takes from one report of the client's own counters to the next, at least a millisecond: ten seconds. A report leaves with
    /// a flush, or with the next call where each one is a datagram.
    #[must_use]
    pub fn telemetry_interval(mut self, interval: Duration) -> Builder {
        self.telemetry_interval = interval;
        self
    }

    /// The name and version by which the client's own counters call it, in the tags `client` and `client_version`: `rust` and the version of
    /// this library.
    #[must_use]
    pub fn telemetry_client(mut self, name: impl Into<String>, version: impl Into<String>) -> Builder {
        self.telemetry_client = [name.into(), version.into()];
        self
    }

    /// Most memory for the contexts of one thread's interval: 10,000 contexts, 2 MiB for their names and tags, 8 MiB for samples. Calls beyond
    /// it are sent one by one.
    #[must_use]
    pub fn memory(mut self, memory: Memory) -> Builder {
        self.memory = memory;
        self
    }

    /// The queue of the thread that sends: its bytes, what goes when it is full, how long datagrams wait.
    #[must_use]
    pub fn sender(mut self, change: impl FnOnce(&mut SenderConfig)) -> Builder {
        change(&mut self.sender);
        self
    }

    /// Calls `hook` when datagrams are lost or there is no connection. With a thread that sends it is called there, else by the call itself.
    #[must_use]
    pub fn on_trouble(mut self, hook: impl Fn(&Trouble) + Send + Sync + 'static) -> Builder {
        self.sender.trouble = Some(TroubleHook::new(hook));
        self
    }

    /// Starts the client. Nothing is opened or looked up before the first datagram.
    ///
    /// # Errors
    ///
    /// - `Address`: the address cannot work on this system;
    /// - `System`: there are no threads to be had.
    pub fn build(self) -> Result<Client, BuildError> {
        let environment = self.environment.unwrap_or_else(Environment::from_process);
        let address = self.address.or(environment.destination.clone());
        let connect = match self.connect {
            Some(connect) => connect,
            None => {
                let udp = || Address::Udp { host: "localhost".to_owned(), port: DEFAULT_PORT };
                let (address, options) = (address.unwrap_or_else(udp), self.transport);
                address.open(&options).map_err(BuildError::Address)?;
                let open = move || -> Box<dyn Transport> {
                    // It could be opened before, which depends on nothing that changes.
                    address.open(&options).unwrap_or_else(|_| Box::new(super::Null))
                };
                Arc::new(open) as Connect
            }
        };
        let kind = connect().kind();
        let detect = self.origin_detection.or(environment.origin_detection).unwrap_or(true);
        let key = |tag: &str| tag.split(':').next().unwrap_or_default().to_owned();
        let keys: Vec<_> = self.tags.iter().map(|tag| key(tag)).collect();
        let inherited = environment.global_tags().into_iter().filter(|tag| !keys.contains(&key(tag)));
        // A comma would make two tags of one.
        let tags: Vec<_> = inherited.chain(self.tags.iter().cloned()).map(|tag| tag.replace(',', "_")).collect();
        let is_detected = detect && environment.entity_id.is_none();
        let local_data = self.container_id.or_else(|| is_detected.then(|| container_id(&self.root)).flatten());
        let external_data = environment.external_data.clone().filter(|_| detect);
        let cardinality = self.cardinality.or(environment.cardinality).map(Cardinality::name);
        let bytes = |text: &str| Arc::from(text.as_bytes());
        let is_fast = self.profile == Profile::Fast;
        let payload = self.payload.unwrap_or(kind.payload());
        Client::start(Config {
            connect,
            common: Common {
                prefix: bytes(&self.prefix),
                suffix: bytes(&self.suffix),
                tags: bytes(&tags.join(",")),
                local_data: bytes(local_data.as_deref().unwrap_or_default()),
                external_data: bytes(external_data.as_deref().unwrap_or_default()),
                cardinality: bytes(cardinality.unwrap_or_default()),
                telemetry: self.telemetry.then(|| ClientTags {
                    client: bytes(&format!("client:{}", self.telemetry_client[0])),
                    version: bytes(&format!("client_version:{}", self.telemetry_client[1])),
                    transport: bytes(&format!("client_transport:{}", kind.name())),
                }),
            },
            dialect: self.dialect,
            aggregation: self.aggregation,
            gather: is_fast.then_some(self.flush_interval),
            background: self.background.unwrap_or(is_fast),
            limits: Limits { datagram: payload, line: LONGEST_LINE },
            sample_rate: self.sample_rate,
            telemetry_interval: self.telemetry_interval,
            memory: self.memory,
            sender: self.sender,
            seed: RandomState::new().hash_one(0),
            disabled: environment.disabled,
        })
        .map_err(BuildError::System)
    }
}

/// Why there is no client.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The address cannot work on this system.
    Address(AddressError),
    /// The system has no thread to give.
    System(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Address(error) => error.fmt(f),
            BuildError::System(error) => write!(f, "cannot start the threads of the client: {error}"),
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BuildError::Address(error) => Some(error),
            BuildError::System(error) => Some(error),
        }
    }
}
