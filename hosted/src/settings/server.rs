//! The options of servers.

use super::aggregation::PLACES;
use super::{Kind, Usual, settings};

settings! {
    /// Where the servers of Python and Node listen. Rust and C take addresses.
    LISTENING:
    /// UDP port, 0 for any free one
    PORT "port", Kind::Whole, (0..=65535); Usual::Depends("8125, or no UDP where there is a path")
    /// Address of the UDP socket
    HOST "host", Kind::Text; Usual::Text("127.0.0.1")
    /// Path of a Unix datagram socket
    SOCKET_PATH "socket_path", Kind::Text; Usual::Depends("none")
    /// Path of a Unix stream socket
    STREAM_PATH "stream_path", Kind::Text; Usual::Depends("none")
    /// Whether every message is shown as it was received, too, for tests and for looking on
    MESSAGES "messages", Kind::Switch; Usual::Switch(false)
}

settings! {
    /// What servers and aggregators have beside [`AGGREGATION`](super::AGGREGATION).
    SERIES:
    /// Tags that every metric, event and service check gets beside its own
    TAGS "tags", Kind::List; Usual::List(&[])
    /// Most series at a time; new ones are refused and counted beyond it, known ones go on
    CONTEXTS "contexts", Kind::Whole, (1..=PLACES); Usual::Whole(1_000_000)
    /// Most bytes of their names and tags
    CONTEXT_BYTES "context_bytes", Kind::Whole, (1..=PLACES), "bytes"; Usual::Whole(256 << 20)
    /// Most samples, set members and sketch bins at a time, of eight bytes each
    CELLS "cells", Kind::Whole, (0..=PLACES); Usual::Whole(16 << 20)
}

settings! {
    /// How servers receive, and what they hand out.
    SERVER:
    /// Threads that receive and aggregate, each with a UDP socket of its own on the same port
    WORKERS "workers", Kind::Whole, (1..=1024); Usual::Whole(1)
    /// Longest datagram or stream frame that is taken whole; of a longer datagram the cut line is dropped and counted
    RECEIVE_BUFFER "receive_buffer", Kind::Whole, (1..=65507), "bytes"; Usual::Whole(8192)
    /// Bytes that the kernel may hold for a socket (SO_RCVBUF); 0 leaves the system's default
    SOCKET_BUFFER "socket_buffer", Kind::Whole, (0..=i32::MAX), "bytes"; Usual::Whole(4 << 20)
    /// Mode of the socket files
    SOCKET_MODE "socket_mode", Kind::Whole, (0..=0o777), "mode"; Usual::Whole(0o722)
    /// Listeners whose datagrams must end in a newline: udp, unix_datagram, unix_stream
    EOL_REQUIRED "eol_required", Kind::List; Usual::List(&[])
    /// Whether the kernel is asked for the sender's process on Unix sockets (Linux)
    ORIGIN_DETECTION "origin_detection", Kind::Switch; Usual::Switch(false)
    /// Most stream connections at a time; more are closed at once and counted
    MAX_CONNECTIONS "max_connections", Kind::Whole, (0..=u32::MAX); Usual::Whole(1024)
    /// What the names of distributions begin with that repeat every histogram and timing; without it there are none
    COPY_HISTOGRAMS "copy_histograms", Kind::Text; Usual::Depends("no distributions")
    /// Whether timestamps of metrics count; otherwise a metric belongs to the bucket of its receipt
    TIMESTAMPS "timestamps", Kind::Switch; Usual::Switch(true)
    /// Per cent of the room for series that are kept for names and origins with few
    KEPT_PERCENT "kept_percent", Kind::Whole, (0..=100), "%"; Usual::Whole(10)
    /// Per cent of the room up to which a name or an origin has few series
    MODEST_PERCENT "modest_percent", Kind::Whole, (0..=100), "%"; Usual::Whole(1)
    /// Bytes of events and service checks that may wait for the next flush; more are dropped and counted
    EVENT_BYTES "event_bytes", Kind::Whole, (0..=u32::MAX), "bytes"; Usual::Whole(4 << 20)
    /// Bytes of finished buckets that may wait for a sink; of more the oldest are dropped and counted
    SINK_BYTES "sink_bytes", Kind::Whole, (0..=u32::MAX), "bytes"; Usual::Whole(64 << 20)
    /// How long a stop waits for the sinks
    STOP_WAIT "stop_wait", Kind::Time, (0..=86_400_000), "ms"; Usual::Millis(10_000)
    /// Whether each flush carries the server's own counters as `basenji.*` series
    TELEMETRY "telemetry", Kind::Switch; Usual::Switch(true)
}

settings! {
    /// How a server with a [`Tagger`](crate::server::Tagger) works out whose tags a message gets. Only Rust and the daemon have one.
    ORIGIN:
    /// Whether the fields `c:`, `e:` and `card:` of messages count
    CLIENT "origin_client", Kind::Switch; Usual::Switch(false)
    /// Whether the first origin that is known gives the tags, instead of the socket's and the message's together
    UNIFIED "origin_unified", Kind::Switch; Usual::Switch(false)
    /// Whether a message whose cardinality is `none` gets no tags of its origin
    OPT_OUT "origin_opt_out", Kind::Switch; Usual::Switch(true)
    /// Whether an entity id in the message keeps the tags of the socket's container out
    ENTITY_ID_PRECEDENCE "entity_id_precedence", Kind::Switch; Usual::Switch(false)
    /// The cardinality of messages that do not say theirs
    TAG_CARDINALITY "tag_cardinality", Kind::Choice(super::client::CARDINALITIES); Usual::Text("low")
    /// Where `/proc` of the host is
    PROC_ROOT "proc_root", Kind::Text; Usual::Text("/proc")
    /// Where `/sys/fs/cgroup` of the host is
    CGROUP_ROOT "cgroup_root", Kind::Text; Usual::Text("/sys/fs/cgroup")
}
