//! The table of every key that the daemon knows and uses.
//!
//! Names are the Agent's where the Agent has one; those of our own begin with `basenji_`. Each is also a variable, and
//! many are flags. What is known and has no meaning here is in [`unsupported`](super::unsupported).

use std::path::PathBuf;

use basenji::client::DEFAULT_PORT;
use basenji::core::aggregate::Aggregate;
use basenji::core::wire::Cardinality;
use basenji::server::Config;
use basenji::settings::{AGGREGATION, ORIGIN, SERIES, SERVER, Usual, find};

use super::key::{Key, Part, joined, rows, settings};
use super::value::{
    Bytes, EolRequired, Format, Http, Keep, List, LogLevel, Mode, Percentile, Port, Profiles, Ranged, Seconds, Tag,
};
use crate::names::EXEMPT;
use crate::sink::{ClickHouseSettings, OtlpSettings, PrometheusSettings, RemoteWriteSettings};

/// Every key that the daemon uses, in the order of the help.
pub(crate) const KEYS: &[Key] = &joined::<LEN>(TABLES);

const LEN: usize = rows(TABLES);

/// The default that the library has for an option, as a number; seconds of a time.
fn usual(name: &str) -> u64 {
    match default_of(name) {
        Usual::Whole(number) => number,
        Usual::Millis(millis) => millis / 1000,
        other => unreachable!("{name} is {other}, no number"),
    }
}

/// The default that the library has for a switch.
fn is_usual(name: &str) -> bool {
    default_of(name) == Usual::Switch(true)
}

fn default_of(name: &str) -> Usual {
    let tables = [SERVER, SERIES, AGGREGATION, ORIGIN].into_iter().flatten();
    find(tables, name).expect("the library has this option").default
}

/// What the library's histograms show.
fn aggregates() -> impl Iterator<Item = Aggregate> {
    Config::default().aggregation.aggregates.iter().collect::<Vec<_>>().into_iter()
}

fn percentile(aggregate: Aggregate) -> Option<Percentile> {
    match aggregate {
        Aggregate::Percentile(percent) => Some(Percentile(percent)),
        _ => None,
    }
}

impl Part for Settings {
    fn of(settings: &Settings) -> &Settings {
        settings
    }

    fn of_mut(settings: &mut Settings) -> &mut Settings {
        settings
    }
}

settings! { Settings, parts {
        /// Who this host is.
        host: crate::sink::host::Settings,
        /// What goes to Datadog.
        datadog: crate::sink::datadog::Settings,
        /// The page for Prometheus.
        prometheus: PrometheusSettings,
        /// Where running totals are sent.
        remote_write: RemoteWriteSettings,
        /// What goes to OpenTelemetry.
        otlp: OtlpSettings,
        /// What goes to ClickHouse.
        clickhouse: ClickHouseSettings,
        /// How what goes over HTTP is delivered.
        delivery: crate::delivery::Settings,
    }
    "Listening" {
        /// Whether to listen at all
        use_dogstatsd: bool = true, "use_dogstatsd";
        /// UDP port; 0: any free one, off: none
        port: Port = Port::Number(DEFAULT_PORT), "dogstatsd_port", "--port" "PORT";
        /// Where to receive UDP
        bind: String = "127.0.0.1".to_owned(), "bind_host", "--bind" "ADDRESS";
        /// Receive UDP on every address of the machine, whatever --bind says
        non_local_traffic: bool = false, "dogstatsd_non_local_traffic", "--non-local-traffic" "BOOL";
        /// Unix datagram socket to receive on
        socket: Option<PathBuf> = None, "dogstatsd_socket", "--socket" "PATH";
        /// Unix stream socket to receive on
        stream_socket: Option<PathBuf> = None, "dogstatsd_stream_socket", "--stream-socket" "PATH";
        /// Mode of the socket files, in octal
        socket_mode: Mode = Mode(usual("socket_mode") as u32), "basenji_socket_mode", "--socket-mode" "MODE";
        /// Bytes of the longest datagram or frame, up to 65507
        buffer_size: Ranged<1, 65507> = Ranged(usual("receive_buffer")), "dogstatsd_buffer_size", "--buffer-size" "BYTES";
        /// Bytes that the kernel may hold for a socket, 0 for its own default
        so_rcvbuf: Bytes = Ranged(usual("socket_buffer")), "dogstatsd_so_rcvbuf", "--so-rcvbuf" "BYTES";
        /// Sockets whose datagrams must end in a newline: udp, uds
        eol_required: List<EolRequired> = List(Vec::new()), "dogstatsd_eol_required", "--eol-required" "LIST";
        /// Threads that receive and aggregate, 0 to leave it to the server
        workers: Ranged<0, 1024> = Ranged(usual("workers")), "dogstatsd_workers_count", "--workers" "COUNT";
    }
    "Forwarding" {
        /// Host that gets a copy of every datagram over UDP
        forward_host: String = String::new(), "statsd_forward_host";
        /// Its port
        forward_port: Ranged<0, 65535> = Ranged(0), "statsd_forward_port";
    }
    "Origin" {
        /// Ask the kernel who sends to a Unix socket, and say so of bad lines
        origin_detection: bool = is_usual("origin_detection"), "dogstatsd_origin_detection", "--origin-detection" "BOOL";
        /// Heed c:, e: and card: of messages
        origin_detection_client: bool = is_usual("origin_client"), "dogstatsd_origin_detection_client";
        /// Take the first origin that is found, the socket's before the message's, instead of joining their tags
        origin_detection_unified: bool = is_usual("origin_unified"), "origin_detection_unified";
        /// Let a message refuse the tags of its origin by the cardinality none
        origin_optout: bool = is_usual("origin_opt_out"), "dogstatsd_origin_optout_enabled";
        /// Leave out the tags of the socket's container where a message names its pod
        entity_id_precedence: bool = is_usual("entity_id_precedence"), "dogstatsd_entity_id_precedence";
        /// How many tags an origin gets: none, low, orchestrator, high
        tag_cardinality: Cardinality = Config::default().origin.cardinality, "dogstatsd_tag_cardinality";
        /// Where /proc of the host is
        proc_root: String = Config::default().origin.proc_root.display().to_string(), "container_proc_root";
        /// Where /sys/fs/cgroup of the host is
        cgroup_root: String = Config::default().origin.cgroup_root.display().to_string(), "container_cgroup_root";
        /// File with the tags of containers and pods
        tagger_file: Option<PathBuf> = None, "basenji_tagger_file", "--tagger-file" "PATH";
        /// Where the kubelet is, which knows the tags of the node's pods
        kubelet_host: String = String::new(), "kubernetes_kubelet_host";
        /// The kubelet's HTTPS port
        kubelet_https_port: Ranged<0, 65535> = Ranged(10250), "kubernetes_https_kubelet_port";
        /// The kubelet's HTTP port, 0 for none
        kubelet_http_port: Ranged<0, 65535> = Ranged(0), "kubernetes_http_kubelet_port";
        /// Whether the kubelet's certificate is verified
        kubelet_tls_verify: bool = true, "kubelet_tls_verify";
        /// Authority that has signed the kubelet's certificate
        kubelet_client_ca: Option<PathBuf> =
            Some("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt".into()), "kubelet_client_ca";
        /// Token that the kubelet is asked with
        kubelet_auth_token_path: Option<PathBuf> =
            Some("/var/run/secrets/kubernetes.io/serviceaccount/token".into()), "kubelet_auth_token_path";
    }
    "Names" {
        /// What every name begins with, but for the exempt ones
        namespace: String = String::new(), "statsd_metric_namespace", reload;
        /// Beginnings of names without the namespace
        namespace_exempt: List<String> = List(EXEMPT.map(str::to_owned).to_vec()), "statsd_metric_namespace_blacklist" | "statsd_metric_namespace_blocklist", reload;
        /// Names that are left out
        filterlist: List<String> = List(Vec::new()), "metric_filterlist", reload;
        /// Leave out every name that begins with one of them
        filterlist_match_prefix: bool = false, "metric_filterlist_match_prefix", reload;
        /// The older list, which counts where metric_filterlist is empty
        blocklist: List<String> = List(Vec::new()), "statsd_metric_blocklist", reload;
        /// The same for statsd_metric_blocklist
        blocklist_match_prefix: bool = false, "statsd_metric_blocklist_match_prefix", reload;
        /// Patterns of names that become other names and tags
        mapper_profiles: Profiles = Profiles::default(), "dogstatsd_mapper_profiles", reload;
        /// How many names each thread remembers the outcome of
        mapper_cache_size: Ranged<0, 10_000_000> = Ranged(1000), "dogstatsd_mapper_cache_size", reload;
    }
    "Aggregation" {
        /// Length of a bucket
        bucket_secs: Ranged<1, 86400> = Ranged(usual("bucket_secs")), "basenji_bucket_secs", "--bucket-secs" "SECONDS";
        /// How long a silent counter goes on as zeros
        expiry_seconds: Seconds = Ranged(usual("counter_expiry_secs")), "dogstatsd_expiry_seconds" | "counter_expiry_seconds", "--expiry-seconds" "SECONDS";
        /// How long a silent series stays known
        context_expiry_seconds: Seconds = Ranged(usual("context_expiry_secs")),
            "dogstatsd_context_expiry_seconds", "--context-expiry-seconds" "SECONDS";
        /// What histograms and timings show: max, min, median, avg, sum, count
        histogram_aggregates: List<Aggregate> =
            List(aggregates().filter(|aggregate| percentile(*aggregate).is_none()).collect()),
            "histogram_aggregates", "--histogram-aggregates" "LIST";
        /// Percentiles that they show, from 0 to 1
        histogram_percentiles: List<Percentile> = List(aggregates().filter_map(percentile).collect()),
            "histogram_percentiles", "--histogram-percentiles" "LIST";
        /// Repeat histograms and timings as distributions
        copy_histograms: bool = false, "histogram_copy_to_distribution";
        /// What the names of these begin with
        copy_histograms_prefix: String = String::new(), "histogram_copy_to_distribution_prefix";
        /// Heed timestamps of metrics; a metric without is of the time of its receipt
        timestamps: bool = is_usual("timestamps"), "dogstatsd_no_aggregation_pipeline";
        /// Tags for everything that is received
        tags: List<Tag> = List(Vec::new()), "dogstatsd_tags", "--tags" "LIST", reload;
        /// Keep series of different container ids, external data and cardinality apart, and show these
        key_by_origin: bool = is_usual("key_by_origin"), "basenji_key_by_origin", "--key-by-origin" "BOOL";
        /// Most series at a time; more are refused and counted
        context_limit: Ranged<1, 100_000_000> = Ranged(usual("contexts")),
            "aggregate_context_limit", "--context-limit" "COUNT";
        /// Most bytes of their names and tags
        context_bytes: Ranged<1, 4_294_967_294> = Ranged(usual("context_bytes")), "basenji_context_bytes";
        /// Most samples, set members and sketch bins at a time, of eight bytes each
        cells: Ranged<0, 4_294_967_294> = Ranged(usual("cells")), "basenji_cells";
        /// Per cent of aggregate_context_limit, basenji_context_bytes and basenji_cells that are kept for names and origins with little of them
        kept_percent: Ranged<0, 100> = Ranged(usual("kept_percent")), "basenji_kept_percent";
        /// Per cent of them up to which a name or an origin has little
        modest_percent: Ranged<0, 100> = Ranged(usual("modest_percent")), "basenji_modest_percent";
    }
    "Output" {
        /// table, json, off, or auto: a table on a terminal
        format: Format = Format::Auto, "basenji_format", "--format" "FORMAT";
        /// Leave out the server's own counters, the basenji.* series
        no_telemetry: bool = !is_usual("telemetry"), "basenji_no_telemetry", "--no-telemetry" "BOOL";
        /// How long a stop waits for the output
        stop_wait: Ranged<0, 3600> = Ranged(usual("stop_wait")), "basenji_stop_wait", "--stop-wait" "SECONDS";
        /// Most bytes of the flushes that wait for a sink; the oldest are dropped and counted
        sink_bytes: Ranged<1_048_576, 0xff_ffff_ffff> = Ranged(usual("sink_bytes")), "basenji_sink_bytes";
        /// Where to serve HTTP: a port of 127.0.0.1, an address with a port, or off
        http: Http = Http::local(8127), "basenji_http", "--http" "ADDRESS";
        /// Names that a request over HTTP may call this host by, beside loopback ones and the address that it has come to
        http_hosts: List<String> = List(Vec::new()), "basenji_http_hosts";
        /// Serve the live page at basenji_http
        page: bool = true, "basenji_page", "--page" "BOOL";
        /// When the page's history is kept: looked, while somebody looks, or always
        history: Keep = Keep::Looked, "basenji_history";
        /// Most bytes of the page's history
        history_limit: Ranged<1_048_576, 4_294_967_294> = Ranged(64 << 20), "basenji_history_limit";
        /// Port of every address that serves /live and /ready alone, 0 for none
        health_port: Ranged<0, 65535> = Ranged(0), "health_port";
        /// trace, debug, info, warn, error or off
        log_level: LogLevel = LogLevel::Info, "log_level", "--log-level" "LEVEL", reload;
        /// Log bad lines at the level debug instead of warn
        disable_verbose_logs: bool = false, "dogstatsd_disable_verbose_logs", reload;
    }
}
