//! The options of `basenji run`. What is absent is as the server has it.

use std::path::PathBuf;

use basenji::core::aggregate::Aggregate;
use basenji::server::ListenerKind;
use clap::ValueEnum;
use clap::builder::{BoolishValueParser, RangedU64ValueParser};

use super::values::{self, List, LogLevel, Port};

/// How series are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for people.
    Table,
    /// One JSON object a line.
    Json,
}

/// Where to listen, how to aggregate and what to show.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true, next_help_heading = "Listening")]
pub(crate) struct RunOptions {
    /// UDP port; 0: any free one, off: none [default: 8125]
    #[arg(long)]
    pub(crate) port: Option<Port>,
    /// Where to receive UDP [default: 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) bind: Option<String>,
    /// Receive UDP on every address of the machine, whatever --bind says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) non_local_traffic: Option<bool>,
    /// Unix datagram socket to receive on
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// Unix stream socket to receive on
    #[arg(long, value_name = "PATH")]
    pub(crate) stream_socket: Option<PathBuf>,
    /// Mode of the socket files, in octal [default: 722]
    #[arg(long, value_name = "MODE", value_parser = values::file_mode)]
    pub(crate) socket_mode: Option<u32>,
    /// Bytes of the longest datagram or frame, up to 65507 [default: 8192]
    #[arg(long, value_name = "BYTES", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65507))]
    pub(crate) buffer_size: Option<usize>,
    /// Bytes that the kernel may hold for a socket, 0 for its own default [default: 4194304]
    #[arg(long, value_name = "BYTES", value_parser = RangedU64ValueParser::<usize>::new().range(0..=0x7fff_ffff))]
    pub(crate) so_rcvbuf: Option<usize>,
    /// Sockets whose datagrams must end in a newline: udp, uds
    #[arg(long, value_name = "LIST", value_parser = values::eol_required)]
    pub(crate) eol_required: Option<List<ListenerKind>>,
    /// Ask the kernel who sends to a Unix socket, and say so of bad lines
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_parser = BoolishValueParser::new(), hide_possible_values = true)]
    pub(crate) origin_detection: Option<bool>,
    /// Threads that receive and aggregate, 0 to leave it to the server [default: 1]
    #[arg(long, value_name = "COUNT", value_parser = RangedU64ValueParser::<usize>::new().range(0..=1024))]
    pub(crate) workers: Option<usize>,

    /// Length of a bucket [default: 10]
    #[arg(long, value_name = "SECONDS", help_heading = "Aggregation")]
    #[arg(value_parser = RangedU64ValueParser::<u32>::new().range(1..=86400))]
    pub(crate) flush_interval: Option<u32>,
    /// How long a silent counter goes on as zeros [default: 300]
    #[arg(long, value_name = "SECONDS", help_heading = "Aggregation")]
    pub(crate) expiry_seconds: Option<u32>,
    /// How long a silent series stays known [default: 20]
    #[arg(long, value_name = "SECONDS", help_heading = "Aggregation")]
    pub(crate) context_expiry_seconds: Option<u32>,
    /// What histograms and timings show: max, min, median, avg, sum, count [default: max,median,avg,count]
    #[arg(long, value_name = "LIST", help_heading = "Aggregation", value_parser = values::aggregates)]
    pub(crate) histogram_aggregates: Option<List<Aggregate>>,
    /// Percentiles that they show, from 0 to 1 [default: 0.95]
    #[arg(long, value_name = "LIST", help_heading = "Aggregation", value_parser = values::percentiles)]
    pub(crate) histogram_percentiles: Option<List<Aggregate>>,
    /// Tags for everything that is received
    #[arg(long, value_name = "LIST", help_heading = "Aggregation", value_parser = values::tags)]
    pub(crate) tags: Option<List<String>>,
    /// Keep series of different container ids, external data and cardinality apart, and show these
    #[arg(long, help_heading = "Aggregation")]
    pub(crate) key_by_origin: bool,
    /// Most series at a time; more are refused and counted [default: 1000000]
    #[arg(long, value_name = "COUNT", help_heading = "Aggregation")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000_000))]
    pub(crate) context_limit: Option<usize>,

    /// table or json [default: table on a terminal, else json]
    #[arg(long, help_heading = "Output", hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Leave after a flush: the first with messages, or after a silent bucket
    #[arg(long, help_heading = "Output")]
    pub(crate) once: bool,
    /// Leave out the server's own counters, the basenji.* series
    #[arg(long, help_heading = "Output")]
    pub(crate) no_telemetry: bool,
    /// trace, debug, info, warn, error or off [default: info]
    #[arg(long, value_name = "LEVEL", help_heading = "Output", ignore_case = true, hide_possible_values = true)]
    pub(crate) log_level: Option<LogLevel>,
}
