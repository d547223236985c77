//! The options of clients.

use basenji_core::client::{Options, Telemetry};

use super::aggregation::PLACES;
use super::{Kind, Usual, settings};

const CORE: Options = Options::new();

/// A day in milliseconds, the longest time.
const DAY: u64 = 86_400_000;

/// How much of a container's tags a message asks for.
pub(super) const CARDINALITIES: &[&str] = &["none", "low", "orchestrator", "high"];

/// The names of the dialects.
const DIALECTS: &[&str] = &["basenji", "datadogpy", "hot-shots", "hot-shots-telegraf", "datadog-go"];

settings! {
    /// How clients gather, write and send.
    CLIENT:
    /// Where to send: udp://host:port, unix:///path, unixgram:///path or unixstream:///path
    ADDRESS "address", Kind::Text; Usual::Text("udp://localhost:8125"); ["DD_DOGSTATSD_URL", "DD_DOGSTATSD_SOCKET", "DD_AGENT_HOST", "DD_DOGSTATSD_PORT"]
    /// fast: calls are aggregated, packed and sent in the background; plain: a datagram a call, from the calling thread
    PROFILE "profile", Kind::Choice(&["fast", "plain"]); Usual::Text("fast")
    /// What stands before each name, joined by a dot unless it ends in one
    PREFIX "prefix", Kind::Text; Usual::Text("")
    /// What stands behind each name, joined by a dot unless it begins with one
    SUFFIX "suffix", Kind::Text; Usual::Text("")
    /// Tags of every message; they take the place of the environment's with the same key
    TAGS "tags", Kind::List; Usual::List(&[]); ["DD_TAGS", "DATADOG_TAGS", "DD_ENV", "DD_SERVICE", "DD_VERSION", "DD_ENTITY_ID"]
    /// The cardinality of calls that name none
    CARDINALITY "cardinality", Kind::Choice(CARDINALITIES); Usual::Depends("not told"); ["DD_CARDINALITY", "DATADOG_CARDINALITY"]
    /// Whether variables of the environment count
    ENVIRONMENT "environment", Kind::Switch; Usual::Switch(true)
    /// Whether messages tell the container that they come from
    ORIGIN_DETECTION "origin_detection", Kind::Switch; Usual::Switch(true); ["DD_ORIGIN_DETECTION_ENABLED"]
    /// The text of the `c:` field, instead of looking for the container
    CONTAINER_ID "container_id", Kind::Text; Usual::Depends("what is found")
    /// The directory that holds `proc` and `sys`, where the container is looked for
    ROOT "root", Kind::Text; Usual::Text("/")
    /// How lines are written; one of another library's with the profile fast is made safe
    DIALECT "dialect", Kind::Choice(DIALECTS); Usual::Text("basenji")
    /// Which calls the profile fast aggregates: off none, basic counts, gauges and sets, extended all
    AGGREGATION "aggregation", Kind::Choice(&["off", "basic", "extended"]); Usual::Text("extended")
    /// How long calls gather with the profile fast
    FLUSH_INTERVAL "flush_interval", Kind::Time, (1..=DAY), "ms"; Usual::Millis(CORE.flush_millis)
    /// Whether a thread sends the datagrams; without it one that the system does not take at once is dropped
    BACKGROUND "background", Kind::Switch; Usual::Depends("true with the profile fast")
    /// Most bytes of a datagram of several lines
    MAX_PAYLOAD "max_payload", Kind::Whole, (1..=65507), "bytes"; Usual::Depends("1432 over UDP, 8192 elsewhere")
    /// Part of the calls that are sent where a call names no rate; aggregated counts, gauges and sets are exact all the same
    SAMPLE_RATE "sample_rate", Kind::Share; Usual::Number(CORE.sample_rate)
    /// Whether the client's own counters are sent
    TELEMETRY "telemetry", Kind::Switch; Usual::Switch(true)
    /// How long it is from one report of them to the next
    TELEMETRY_INTERVAL "telemetry_interval", Kind::Time, (1..=DAY), "ms"; Usual::Millis(Telemetry::INTERVAL_MILLIS)
    /// Most contexts that one thread aggregates in an interval; calls beyond are sent one by one
    CONTEXTS "contexts", Kind::Whole, (1..=PLACES); Usual::Whole(10_000)
    /// Most bytes of their names and tags
    CONTEXT_BYTES "context_bytes", Kind::Whole, (1..=PLACES), "bytes"; Usual::Whole(2 << 20)
    /// Most samples and set members that one thread gathers in an interval, of eight bytes each
    CELLS "cells", Kind::Whole, (1..=PLACES); Usual::Whole(1 << 20)
    /// Most bytes that wait to be sent
    QUEUE_BYTES "queue_bytes", Kind::Whole, (1..=u32::MAX), "bytes"; Usual::Whole(1 << 20)
    /// Which datagrams are dropped when more wait
    OVERFLOW "overflow", Kind::Choice(&["oldest", "newest"]); Usual::Text("oldest")
    /// How long a datagram may wait, in the queue and at a socket that is full or gone
    EXPIRY "expiry", Kind::Time, (0..=DAY), "ms"; Usual::Millis(10_000)
    /// How long a full socket is waited for before a datagram is dropped
    PATIENCE "patience", Kind::Time, (0..=DAY), "ms"; Usual::Millis(1000)
    /// How long the end of the client waits for what is to be sent
    EXIT_TIMEOUT "exit_timeout", Kind::Time, (0..=DAY), "ms"; Usual::Millis(1000)
    /// Most reports of lost datagrams and lost connections that are kept until they are asked for; of more the oldest are dropped
    TROUBLES "troubles", Kind::Whole, (0..=u32::MAX); Usual::Whole(0)
}

settings! {
    /// How a client's transport to an address works.
    TRANSPORT:
    /// Bytes that the kernel holds for the socket, at least (SO_SNDBUF)
    SEND_BUFFER "send_buffer", Kind::Whole, (0..=i32::MAX), "bytes"; Usual::Whole(32 << 10)
    /// How long a connection that was lost for the first time is left alone
    RETRY_FIRST "retry_first", Kind::Time, (0..=DAY), "ms"; Usual::Millis(10)
    /// How long it is left alone at most, when it is lost again and again
    RETRY_MOST "retry_most", Kind::Time, (0..=DAY), "ms"; Usual::Millis(1000)
    /// How long it is from one look-up of the host's name to the next
    LOOKUP_INTERVAL "lookup_interval", Kind::Time, (1..=DAY), "ms"; Usual::Millis(60_000)
    /// Longest datagram over a stream or a pipe
    LONGEST_FRAME "longest_frame", Kind::Whole, (1..=u32::MAX), "bytes"; Usual::Whole(CORE.limits.line as u64)
    /// Whether datagrams of one length leave by UDP segmentation where the system has it
    SEGMENTATION "segmentation", Kind::Switch; Usual::Switch(true)
}
