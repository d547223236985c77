//! What a server can be told, and the only place where its defaults are decided.

use std::hash::{BuildHasher, RandomState};

use basenji_core::aggregate;

use super::error::StartError;
use super::origin::OriginSettings;
use super::socket::ListenerKind;

/// The settings of a server; [`Config::default`] is what one is without any.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Threads that read sockets and aggregate, each with a UDP socket of its own on the same port; 1 by default, since
    /// each one more costs memory for the series that it sees. Of a Unix datagram socket the kernel serves one reader
    /// at a time, so it belongs to one worker.
    pub workers: usize,
    /// Bytes of the longest datagram or stream frame that is taken whole, 8192 by default, at most 65507
    /// (`dogstatsd_buffer_size`). A longer datagram is cut: its last, incomplete line is dropped and counted. A longer
    /// frame ends its connection.
    pub receive_buffer: usize,
    /// Bytes that the kernel may hold for each socket (SO_RCVBUF), 4 MiB by default; 0 leaves the system's default. The
    /// kernel may grant less: [`Listener::granted_buffer`](super::Listener::granted_buffer) tells.
    pub socket_buffer: usize,
    /// The mode of socket files, `0o722` by default: everybody may send.
    pub socket_mode: u32,
    /// Kinds of listeners whose datagrams must end in a newline; none by default (`dogstatsd_eol_required`). There an
    /// unterminated last line is dropped and counted.
    pub eol_required: Vec<ListenerKind>,
    /// Whether the kernel is asked for the sender's process on Unix sockets (Linux only); false by default.
    pub origin_detection: bool,
    /// How the origin of a message is worked out, if there is a [`Tagger`](super::Tagger).
    pub origin: OriginSettings,
    /// Stream connections open at a time, 1024 by default; more are closed at once and counted.
    pub max_connections: usize,
    /// Tags that every metric, event and service check gets beside its own; none by default (`dogstatsd_tags`).
    pub tags: Vec<String>,
    /// What the names of distributions begin with that repeat every histogram and timing; none by default
    /// (`histogram_copy_to_distribution`, `histogram_copy_to_distribution_prefix`).
    pub copy_histograms: Option<String>,
    /// Whether timestamps of metrics count; true by default (`dogstatsd_no_aggregation_pipeline`). Where they do not, a
    /// metric belongs to the bucket of its receipt.
    pub timestamps: bool,
    /// Bucket length, expiry, what histograms emit. A seed of 0 becomes a random one at the start, so that strangers
    /// cannot choose names that collide.
    pub aggregation: aggregate::Settings,
    /// What the series may take.
    pub memory: Memory,
    /// Bytes of events and service checks that may wait for the next flush, 4 MiB by default; more are dropped and
    /// counted.
    pub event_bytes: usize,
    /// Bytes of finished buckets that may wait for the sink, 64 MiB by default; beyond it the oldest are dropped and
    /// counted.
    pub sink_bytes: usize,
    /// Whether each flush also carries the server's own counters as `basenji.*` series; true by default.
    pub telemetry: bool,
}

/// A budget for series. It is taken as it is needed, and there are `workers + 2` aggregators of at most this size each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Series, 1,000,000 by default.
    pub contexts: usize,
    /// Bytes of names and tags, 256 MiB by default.
    pub bytes: usize,
    /// Cells of eight bytes for samples, set members and sketch bins, 16 Mi by default.
    pub cells: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { contexts: 1_000_000, bytes: 256 << 20, cells: 16 << 20 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            workers: 1,
            receive_buffer: 8192,
            socket_buffer: 4 << 20,
            socket_mode: 0o722,
            eol_required: Vec::new(),
            origin_detection: false,
            origin: OriginSettings::default(),
            max_connections: 1024,
            tags: Vec::new(),
            copy_histograms: None,
            timestamps: true,
            aggregation: aggregate::Settings::default(),
            memory: Memory::default(),
            event_bytes: 4 << 20,
            sink_bytes: 64 << 20,
            telemetry: true,
        }
    }
}

impl Config {
    /// The longest payload of a UDP datagram over IPv4.
    pub const MAX_RECEIVE_BUFFER: usize = 65507;

    /// The tags, joined by commas.
    pub(crate) fn joined_tags(&self) -> Box<[u8]> {
        joined(&self.tags)
    }

    /// Fills in what is different at each start.
    pub(crate) fn settle(&mut self) {
        if self.aggregation.seed == 0 {
            self.aggregation.seed = RandomState::new().hash_one(0);
        }
    }

    /// Checks every range, as a server does at its start.
    ///
    /// # Errors
    ///
    /// - `Setting`: a number is outside its range;
    /// - `BadTag`: no line of the protocol can carry a tag;
    /// - `Unsupported`: the system has no such thing.
    pub fn validate(&self) -> Result<(), StartError> {
        let check = |name, value: usize, least: usize, most: usize| {
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(StartError::Setting { name, value: value as u64, least: least as u64, most: most as u64 })
        };
        check("the number of workers", self.workers, 1, 1024)?;
        check("the receive buffer", self.receive_buffer, 1, Self::MAX_RECEIVE_BUFFER)?;
        check("the socket buffer", self.socket_buffer, 0, i32::MAX as usize)?;
        check("the socket mode", self.socket_mode as usize, 0, 0o777)?;
        check("the flush interval in seconds", self.aggregation.bucket_secs as usize, 1, 86400)?;
        check("the number of contexts", self.memory.contexts, 1, u32::MAX as usize - 1)?;
        check("the bytes for names and tags", self.memory.bytes, 1, u32::MAX as usize - 1)?;
        check("the cells for samples", self.memory.cells, 0, u32::MAX as usize - 1)?;
        if self.workers > 1 && !cfg!(unix) {
            return Err(StartError::Unsupported { what: "several workers on one port" });
        }
        if self.origin_detection && !cfg!(target_os = "linux") {
            return Err(StartError::Unsupported { what: "origin detection by the sender's process" });
        }
        check_tags(&self.tags)
    }
}

/// Tags, joined by commas.
pub(crate) fn joined(tags: &[String]) -> Box<[u8]> {
    tags.join(",").into_bytes().into()
}

/// Checks tags that every message is to get.
///
/// # Errors
///
/// - `BadTag`: no line of the protocol can carry a tag.
pub(crate) fn check_tags(tags: &[String]) -> Result<(), StartError> {
    match tags.iter().find(|tag| tag.is_empty() || tag.contains([',', '|', '\n'])) {
        Some(tag) => Err(StartError::BadTag { tag: tag.clone() }),
        None => Ok(()),
    }
}
