//! The settings of a server, whose ranges and defaults are in [`settings`](crate::settings).

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use basenji_core::aggregate;

use super::error::StartError;
use super::origin::OriginSettings;
use super::socket::ListenerKind;
use crate::memory::Memory;
use crate::settings::server as table;
use crate::settings::{Setting, Value, aggregation};

/// The settings of a server; [`Config::default`] is what one is without any. [`settings`](crate::settings) has what each does, its range and its default.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// Threads that read sockets and aggregate, each with a UDP socket of its own on the same port. Each costs memory for the series that it sees. Of a Unix
    /// datagram socket the kernel serves one reader at a time, so it belongs to one worker.
    pub workers: usize,
    /// Bytes of the longest datagram or stream frame that is taken whole (`dogstatsd_buffer_size`). A longer datagram is cut: its last, incomplete
    /// line is dropped and counted. A longer frame ends its connection.
    pub receive_buffer: usize,
    /// Bytes that the kernel may hold for each socket (SO_RCVBUF); 0 leaves the system's default. The kernel may grant less:
    /// [`Listener::granted_buffer`](super::Listener::granted_buffer) tells.
    pub socket_buffer: usize,
    /// The mode of socket files.
    pub socket_mode: u32,
    /// Kinds of listeners whose datagrams must end in a newline (`dogstatsd_eol_required`). There an unterminated last line is dropped and counted.
    pub eol_required: Vec<ListenerKind>,
    /// Whether the kernel is asked for the sender's process on Unix sockets (Linux only).
    pub origin_detection: bool,
    /// How the origin of a message is worked out, if there is a [`Tagger`](super::Tagger).
    pub origin: OriginSettings,
    /// Stream connections open at a time; more are closed at once and counted.
    pub max_connections: usize,
    /// Tags that every metric, event and service check gets beside its own (`dogstatsd_tags`).
    pub tags: Vec<String>,
    /// What the names of distributions begin with that repeat every histogram and timing; `None`: there are no such distributions
    /// (`histogram_copy_to_distribution`, `histogram_copy_to_distribution_prefix`).
    pub copy_histograms: Option<String>,
    /// Whether timestamps of metrics count (`dogstatsd_no_aggregation_pipeline`). Where they do not, a metric belongs to the bucket of its receipt.
    pub timestamps: bool,
    /// Bucket length, expiry, what histograms emit. A seed of 0 becomes a random one at the start, so that strangers
    /// cannot choose names that collide.
    pub aggregation: aggregate::Settings,
    /// What the series may take.
    pub memory: Memory,
    /// What of it is kept for names and origins with little of it.
    pub shares: FairShares,
    /// Bytes of events and service checks that may wait for the next flush; more are dropped and counted.
    pub event_bytes: usize,
    /// Bytes of finished buckets that may wait for a sink; beyond it the oldest are dropped and counted. Sinks share the buckets, so that several
    /// that lag hold no more than one of them.
    pub sink_bytes: usize,
    /// How long a stop waits for the sinks; what they have not taken by then is dropped and counted.
    pub stop_wait: Duration,
    /// Whether each flush also carries the server's own counters as `basenji.*` series.
    pub telemetry: bool,
}

/// How the room for series and samples is shared out, so that one name or one origin that explodes leaves some to the others.
/// It is said of [`Memory::contexts`] and [`Memory::bytes`] alike, and of the [`Memory::cells`] of each worker in each flush
/// interval, in per cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairShares {
    /// What is kept for names and origins that are modest; with 0 whoever comes first takes it.
    pub kept: usize,
    /// The most that a modest name or origin holds already; with 0 it holds nothing yet. An origin is the sender's container, or its process
    /// where that is known instead.
    pub modest: usize,
}

impl Default for FairShares {
    fn default() -> Self {
        FairShares { kept: table::KEPT_PERCENT.size(), modest: table::MODEST_PERCENT.size() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            workers: table::WORKERS.size(),
            receive_buffer: table::RECEIVE_BUFFER.size(),
            socket_buffer: table::SOCKET_BUFFER.size(),
            socket_mode: table::SOCKET_MODE.small(),
            eol_required: Vec::new(),
            origin_detection: table::ORIGIN_DETECTION.is_on(),
            origin: OriginSettings::default(),
            max_connections: table::MAX_CONNECTIONS.size(),
            tags: Vec::new(),
            copy_histograms: None,
            timestamps: table::TIMESTAMPS.is_on(),
            aggregation: aggregate::Settings::default(),
            memory: Memory::default(),
            shares: FairShares::default(),
            event_bytes: table::EVENT_BYTES.size(),
            sink_bytes: table::SINK_BYTES.size(),
            stop_wait: table::STOP_WAIT.time(),
            telemetry: table::TELEMETRY.is_on(),
        }
    }
}

impl Config {
    /// The tags, joined by commas.
    pub(crate) fn joined_tags(&self) -> Box<[u8]> {
        joined(&self.tags)
    }

    /// Fills in what differs between starts.
    pub(crate) fn settle(&mut self) {
        if self.aggregation.seed == 0 {
            self.aggregation.seed = RandomState::new().hash_one(0);
        }
    }

    /// Checks every range, as a server does at its start.
    ///
    /// # Errors
    ///
    /// - `Setting`: a number is outside the range that [`settings`](crate::settings) has;
    /// - `BadTag`: no line of the protocol can carry a tag;
    /// - `Unsupported`: the system has no such thing.
    pub fn validate(&self) -> Result<(), StartError> {
        let numbers: [(&Setting, u64); 19] = [
            (&table::WORKERS, self.workers as u64),
            (&table::RECEIVE_BUFFER, self.receive_buffer as u64),
            (&table::SOCKET_BUFFER, self.socket_buffer as u64),
            (&table::SOCKET_MODE, self.socket_mode.into()),
            (&table::MAX_CONNECTIONS, self.max_connections as u64),
            (&table::CONTEXTS, self.memory.contexts as u64),
            (&table::CONTEXT_BYTES, self.memory.bytes as u64),
            (&table::CELLS, self.memory.cells as u64),
            (&table::KEPT_PERCENT, self.shares.kept as u64),
            (&table::MODEST_PERCENT, self.shares.modest as u64),
            (&table::EVENT_BYTES, self.event_bytes as u64),
            (&table::SINK_BYTES, self.sink_bytes as u64),
            (&aggregation::BUCKET_SECS, self.aggregation.bucket_secs.into()),
            (&aggregation::COUNTER_EXPIRY_SECS, self.aggregation.counter_expiry_secs.into()),
            (&aggregation::CONTEXT_EXPIRY_SECS, self.aggregation.context_expiry_secs.into()),
            (&aggregation::HISTOGRAM_EXACT_SAMPLES, self.aggregation.histogram_exact_samples.into()),
            (&aggregation::SET_EXACT_MEMBERS, self.aggregation.set_exact_members.into()),
            (&aggregation::SET_PRECISION, self.aggregation.set_precision.into()),
            (&aggregation::SKETCH_BINS, self.aggregation.sketch_bins.into()),
        ];
        for (setting, number) in numbers {
            setting.check(&Value::Whole(number)).map_err(StartError::Setting)?;
        }
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
