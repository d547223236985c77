//! From options to a client that runs. [`settings`](crate::settings) has what each may be and is by default.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use basenji_core::client::{Aggregation, ClientTags, Common, Dialect, Limits, Options};
use basenji_core::wire::Cardinality;

use super::address::{Address, AddressError, DEFAULT_PORT, Environment};
use super::client::Client;
use super::config::{Config, Connect, Profile};
use super::sender::{SenderConfig, Trouble, TroubleHook, Troubles};
use super::transport::{Transport, TransportOptions};
use crate::container::container_id;
use crate::memory::Memory;
use crate::said::Said;
use crate::settings::client as table;

/// Builds a client. An option that is set here overrides the environment, and the environment overrides the default.
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
    max_payload: Option<usize>,
    sample_rate: f64,
    telemetry: bool,
    telemetry_interval: Duration,
    telemetry_client: [String; 2],
    memory: Memory,
    sender: SenderConfig,
    transport: TransportOptions,
}

#[cfg(test)]
impl Builder {
    /// All that options set, as text.
    pub(super) fn told(&self) -> String {
        let lines = (&self.profile, &self.prefix, &self.suffix, &self.tags, self.dialect.name, &self.aggregation);
        let origin = (&self.environment, self.cardinality, self.origin_detection, &self.container_id, &self.root);
        let numbers = (self.flush_interval, self.background, self.max_payload, self.sample_rate, self.memory);
        let telemetry = (self.telemetry, self.telemetry_interval);
        // Each builder has a seed of its own.
        let transport = TransportOptions { seed: 0, ..self.transport.clone() };
        format!("{:?}", (&self.address, lines, origin, numbers, telemetry, &self.sender, transport))
    }
}

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
            root: PathBuf::from(table::ROOT.text()),
            dialect: Dialect::BASENJI,
            aggregation: Aggregation::DEFAULT,
            flush_interval: table::FLUSH_INTERVAL.time(),
            background: None,
            max_payload: None,
            sample_rate: Options::new().sample_rate,
            telemetry: table::TELEMETRY.is_on(),
            telemetry_interval: table::TELEMETRY_INTERVAL.time(),
            telemetry_client: ["rust", env!("CARGO_PKG_VERSION")].map(str::to_owned),
            memory: Memory {
                contexts: table::CONTEXTS.size(),
                bytes: table::CONTEXT_BYTES.size(),
                cells: table::CELLS.size(),
            },
            sender: SenderConfig::default(),
            transport: TransportOptions::default(),
        }
    }
}

impl Builder {
    /// How the client works.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Builder {
        self.profile = profile;
        self
    }

    /// Where to send. Without it: what the environment says, else the local host.
    ///
    /// # Errors
    ///
    /// The text is not an address.
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

    /// The environment variables to read. Default: those of the process.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Builder {
        self.environment = Some(environment);
        self
    }

    /// What stands before each name, joined by a dot unless it ends in one. A peer's dialect takes the prefix as it stands.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Builder {
        self.prefix = prefix.into();
        self
    }

    /// What stands behind each name, joined by a dot unless it begins with one. A peer's dialect takes
    /// the suffix as it stands.
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

    /// The cardinality of calls that name none.
    #[must_use]
    pub fn cardinality(mut self, cardinality: Cardinality) -> Builder {
        self.cardinality = Some(cardinality);
        self
    }

    /// Whether messages name the container that they come from. If the environment has an entity
    /// id, messages name the pod instead.
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

    /// The directory that holds `proc` and `sys`.
    #[must_use]
    pub fn root(mut self, root: impl AsRef<Path>) -> Builder {
        self.root = root.as_ref().to_path_buf();
        self
    }

    /// How lines are written. With [`Profile::Fast`] it is [made safe](Dialect::made_safe).
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Builder {
        self.dialect = dialect;
        self
    }

    /// Which calls [`Profile::Fast`] aggregates. However many samples a context has, all of them count.
    #[must_use]
    pub fn aggregation(mut self, aggregation: Aggregation) -> Builder {
        self.aggregation = aggregation;
        self
    }

    /// How long calls gather with [`Profile::Fast`].
    #[must_use]
    pub fn flush_interval(mut self, interval: Duration) -> Builder {
        self.flush_interval = interval;
        self
    }

    /// Whether a thread sends the datagrams. Without it a datagram that the system does not take at once is dropped.
    #[must_use]
    pub fn background(mut self, on: bool) -> Builder {
        self.background = Some(on);
        self
    }

    /// Most bytes of a datagram of several lines.
    #[must_use]
    pub fn max_payload(mut self, bytes: usize) -> Builder {
        self.max_payload = Some(bytes);
        self
    }

    /// The sample rate of calls that name none. Aggregated counts, gauges and sets are exact whatever the rate.
    #[must_use]
    pub fn sample_rate(mut self, rate: f64) -> Builder {
        self.sample_rate = rate;
        self
    }

    /// Whether the client's own counters are sent.
    #[must_use]
    pub fn telemetry(mut self, on: bool) -> Builder {
        self.telemetry = on;
        self
    }

    /// The interval between two reports of the client's own counters, at least a millisecond. A report leaves with
    /// a flush, or with the next call if each call is a datagram.
    #[must_use]
    pub fn telemetry_interval(mut self, interval: Duration) -> Builder {
        self.telemetry_interval = interval;
        self
    }

    /// The name and version of the client in the tags `client` and `client_version` of its own counters. Default: `rust` and the version of
    /// this library.
    #[must_use]
    pub fn telemetry_client(mut self, name: impl Into<String>, version: impl Into<String>) -> Builder {
        self.telemetry_client = [name.into(), version.into()];
        self
    }

    /// Most memory for the contexts of one thread's interval. Calls beyond
    /// it are sent one by one.
    #[must_use]
    pub fn memory(mut self, memory: Memory) -> Builder {
        self.memory = memory;
        self
    }

    /// Changes parts of [`Builder::memory`].
    #[must_use]
    pub fn change_memory(mut self, change: impl FnOnce(&mut Memory)) -> Builder {
        change(&mut self.memory);
        self
    }

    /// Changes the queue of the thread that sends: its bytes, what is dropped when it is full, how long datagrams wait.
    #[must_use]
    pub fn sender(mut self, change: impl FnOnce(&mut SenderConfig)) -> Builder {
        change(&mut self.sender);
        self
    }

    /// Calls `hook` when datagrams are lost or there is no connection. The thread that sends calls it; without such a thread, the call itself does.
    #[must_use]
    pub fn on_trouble(mut self, hook: impl Fn(&Trouble) + Send + Sync + 'static) -> Builder {
        self.sender.trouble = Some(TroubleHook::new(hook));
        self
    }

    /// Keeps the last `most` troubles as sentences, until they are taken.
    #[must_use]
    pub fn keep_troubles(self, most: usize, troubles: &Arc<Troubles>) -> Builder {
        let troubles = Arc::clone(troubles);
        self.on_trouble(move |trouble| troubles.keep(most, trouble.to_string()))
    }

    /// Starts the client. Nothing is opened or looked up before the first datagram.
    ///
    /// # Errors
    ///
    /// - `Address`: the address cannot work on this system;
    /// - `System`: the system cannot start a thread.
    pub fn build(self) -> Result<Client, BuildError> {
        let environment = self.environment.unwrap_or_else(Environment::from_process);
        let address = self.address.or(environment.destination.clone());
        let is_foreign = self.connect.is_some();
        let connect = match self.connect {
            Some(connect) => connect,
            None => {
                let udp = || Address::Udp { host: "localhost".to_owned(), port: DEFAULT_PORT };
                let (address, options) = (address.unwrap_or_else(udp), self.transport);
                address.open(&options).map_err(BuildError::Address)?;
                let open = move || -> Box<dyn Transport> {
                    // It was opened once above, and the outcome depends on nothing that changes.
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
        // A comma would turn one tag into two.
        let tags: Vec<_> = inherited.chain(self.tags.iter().cloned()).map(|tag| tag.replace(',', "_")).collect();
        let is_detected = detect && environment.entity_id.is_none();
        let local_data = self.container_id.or_else(|| is_detected.then(|| container_id(&self.root)).flatten());
        let external_data = environment.external_data.clone().filter(|_| detect);
        let cardinality = self.cardinality.or(environment.cardinality).map(Cardinality::name);
        let bytes = |text: &str| Arc::from(text.as_bytes());
        let (mut prefix, mut suffix) = (self.prefix, self.suffix);
        if self.dialect.name == Dialect::BASENJI.name {
            if !(prefix.is_empty() || prefix.ends_with('.')) {
                prefix.push('.');
            }
            if !(suffix.is_empty() || suffix.starts_with('.')) {
                suffix.insert(0, '.');
            }
        }
        let is_fast = self.profile == Profile::Fast;
        let payload = self.max_payload.unwrap_or(kind.payload());
        Client::start(Config {
            connect,
            is_foreign,
            common: Common {
                prefix: bytes(&prefix),
                suffix: bytes(&suffix),
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
            // With the fast profile every line must be readable; the exact bytes of a peer are for the plain profile.
            dialect: if is_fast || self.dialect.safe { self.dialect.made_safe() } else { self.dialect },
            aggregation: self.aggregation,
            gather: is_fast.then_some(self.flush_interval),
            background: self.background.unwrap_or(is_fast),
            limits: Limits { datagram: payload, line: Options::new().limits.line },
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

impl Client {
    /// Begins a client.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// Why there is no client.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The address cannot work on this system.
    Address(AddressError),
    /// The system cannot start a thread.
    System(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Address(error) => error.fmt(f),
            BuildError::System(error) => write!(f, "cannot start the threads of the client: {}", Said(error)),
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
