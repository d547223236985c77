//! The table of every key that the daemon goes by.
//!
//! Names are the Agent's where the Agent has one; those of our own begin with `basenji_`. Each is also a variable, and
//! many are flags. What is known and has no meaning here is in [`unsupported`](super::unsupported).

use std::path::PathBuf;

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::Cardinality;

use super::key::{Key, settings};
use super::origin::Setting;
use super::value::{
    Bytes, EolRequired, Format, Http, List, LogLevel, Mode, Percentile, Port, Profiles, Ranged, Reading, Seconds,
    Source, Tag, Value,
};
use crate::names::EXEMPT;

/// Other names of keys, which count where the key itself has no value.
pub(crate) const ALIASES: [(&str, &str); 2] = [
    ("counter_expiry_seconds", "dogstatsd_expiry_seconds"),
    ("statsd_metric_namespace_blocklist", "statsd_metric_namespace_blacklist"),
];

settings! {
    "Listening" {
        /// Whether to listen at all
        use_dogstatsd: bool = true, "use_dogstatsd";
        /// UDP port; 0: any free one, off: none
        port: Port = Port::Number(8125), "dogstatsd_port", "--port" "PORT";
        /// Where to receive UDP
        bind: String = "127.0.0.1".to_owned(), "bind_host", "--bind" "ADDRESS";
        /// Receive UDP on every address of the machine, whatever --bind says
        non_local_traffic: bool = false, "dogstatsd_non_local_traffic", "--non-local-traffic" "BOOL";
        /// Unix datagram socket to receive on
        socket: Option<PathBuf> = None, "dogstatsd_socket", "--socket" "PATH";
        /// Unix stream socket to receive on
        stream_socket: Option<PathBuf> = None, "dogstatsd_stream_socket", "--stream-socket" "PATH";
        /// Mode of the socket files, in octal
        socket_mode: Mode = Mode(0o722), "basenji_socket_mode", "--socket-mode" "MODE";
        /// Bytes of the longest datagram or frame, up to 65507
        buffer_size: Ranged<1, 65507> = Ranged(8192), "dogstatsd_buffer_size", "--buffer-size" "BYTES";
        /// Bytes that the kernel may hold for a socket, 0 for its own default
        so_rcvbuf: Bytes = Ranged(4 << 20), "dogstatsd_so_rcvbuf", "--so-rcvbuf" "BYTES";
        /// Sockets whose datagrams must end in a newline: udp, uds
        eol_required: List<EolRequired> = List(Vec::new()), "dogstatsd_eol_required", "--eol-required" "LIST";
        /// Threads that receive and aggregate, 0 to leave it to the server
        workers: Ranged<0, 1024> = Ranged(1), "dogstatsd_workers_count", "--workers" "COUNT";
    }
    "Forwarding" {
        /// Host that gets a copy of every datagram over UDP
        forward_host: String = String::new(), "statsd_forward_host";
        /// Its port
        forward_port: Ranged<0, 65535> = Ranged(0), "statsd_forward_port";
    }
    "Origin" {
        /// Ask the kernel who sends to a Unix socket, and say so of bad lines
        origin_detection: bool = false, "dogstatsd_origin_detection", "--origin-detection" "BOOL";
        /// Heed c:, e: and card: of messages
        origin_detection_client: bool = false, "dogstatsd_origin_detection_client";
        /// Take the first origin that is found, the socket's before the message's, instead of joining their tags
        origin_detection_unified: bool = false, "origin_detection_unified";
        /// Let a message refuse the tags of its origin by the cardinality none
        origin_optout: bool = true, "dogstatsd_origin_optout_enabled";
        /// Leave out the tags of the socket's container where a message names its pod
        entity_id_precedence: bool = false, "dogstatsd_entity_id_precedence";
        /// How many tags an origin gets: none, low, orchestrator, high
        tag_cardinality: Cardinality = Cardinality::Low, "dogstatsd_tag_cardinality";
        /// Where /proc of the host is
        proc_root: String = "/proc".to_owned(), "container_proc_root";
        /// Where /sys/fs/cgroup of the host is
        cgroup_root: String = "/sys/fs/cgroup".to_owned(), "container_cgroup_root";
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
        namespace_exempt: List<String> = List(EXEMPT.map(str::to_owned).to_vec()), "statsd_metric_namespace_blacklist", reload;
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
        flush_interval: Ranged<1, 86400> = Ranged(10), "basenji_flush_interval", "--flush-interval" "SECONDS";
        /// How long a silent counter goes on as zeros
        expiry_seconds: Seconds = Ranged(300), "dogstatsd_expiry_seconds", "--expiry-seconds" "SECONDS";
        /// How long a silent series stays known
        context_expiry_seconds: Seconds = Ranged(20),
            "dogstatsd_context_expiry_seconds", "--context-expiry-seconds" "SECONDS";
        /// What histograms and timings show: max, min, median, avg, sum, count
        histogram_aggregates: List<Aggregate> =
            List(vec![Aggregate::Max, Aggregate::Median, Aggregate::Avg, Aggregate::Count]),
            "histogram_aggregates", "--histogram-aggregates" "LIST";
        /// Percentiles that they show, from 0 to 1
        histogram_percentiles: List<Percentile> = List(vec![Percentile(95)]),
            "histogram_percentiles", "--histogram-percentiles" "LIST";
        /// Repeat histograms and timings as distributions
        copy_histograms: bool = false, "histogram_copy_to_distribution";
        /// What the names of these begin with
        copy_histograms_prefix: String = String::new(), "histogram_copy_to_distribution_prefix";
        /// Heed timestamps of metrics; a metric without is of the time of its receipt
        timestamps: bool = true, "dogstatsd_no_aggregation_pipeline";
        /// Tags for everything that is received
        tags: List<Tag> = List(Vec::new()), "dogstatsd_tags", "--tags" "LIST", reload;
        /// Keep series of different container ids, external data and cardinality apart, and show these
        key_by_origin: bool = false, "basenji_key_by_origin", "--key-by-origin" "BOOL";
        /// Most series at a time; more are refused and counted
        context_limit: Ranged<1, 100_000_000> = Ranged(1_000_000),
            "aggregate_context_limit", "--context-limit" "COUNT";
        /// Most bytes of their names and tags
        text_limit: Ranged<1, 4_294_967_294> = Ranged(256 << 20), "basenji_text_limit";
        /// Most samples, set members and sketch bins at a time, of eight bytes each
        cell_limit: Ranged<0, 4_294_967_294> = Ranged(16 << 20), "basenji_cell_limit";
    }
    "Output" {
        /// table, json, or auto: a table on a terminal
        format: Format = Format::Auto, "basenji_format", "--format" "FORMAT";
        /// Leave out the server's own counters, the basenji.* series
        no_telemetry: bool = false, "basenji_no_telemetry", "--no-telemetry" "BOOL";
        /// Where to serve HTTP: a port of 127.0.0.1, an address with a port, or off
        http: Http = Http::local(8127), "basenji_http", "--http" "ADDRESS";
        /// Port of every address that serves /live and /ready alone, 0 for none
        health_port: Ranged<0, 65535> = Ranged(0), "health_port";
        /// trace, debug, info, warn, error or off
        log_level: LogLevel = LogLevel::Info, "log_level", "--log-level" "LEVEL", reload;
        /// Log bad lines at the level debug instead of warn
        disable_verbose_logs: bool = false, "dogstatsd_disable_verbose_logs", reload;
    }
}
