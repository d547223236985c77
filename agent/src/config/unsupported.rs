//! Keys of the Agent's DogStatsD, and of Agent Data Plane's, that mean nothing here: each is named in a warning when a
//! file or a variable has it.

/// A key, and what there is instead.
pub(crate) struct Unsupported {
    pub(crate) name: &'static str,
    /// Why it has no meaning, or what to do instead, for the end of a sentence.
    pub(crate) why: &'static str,
    /// The one value that says what is done anyway, which needs no warning.
    pub(crate) always: Option<&'static str>,
}

/// A key that has no value which holds here.
const fn never(name: &'static str, why: &'static str) -> Unsupported {
    Unsupported { name, why, always: None }
}

/// A key of which one value is what is always done.
const fn always(name: &'static str, value: &'static str, why: &'static str) -> Unsupported {
    Unsupported { name, why, always: Some(value) }
}

const NO_QUEUE: &str = "datagrams are aggregated as they are read, without a queue in between";
const NO_PIPE: &str = "there are no named pipes on this system";
const NO_LOG_FILE: &str = "messages are not logged; basenji top and --format json show what there is";
const NO_CAPTURE: &str = "traffic is not captured";
const NO_METADATA: &str = "no metadata is sent";
const NO_CLOUD: &str = "clouds are not asked for metadata";
const NO_BUFFERS: &str = "what waits is bounded in bytes: forwarder_retry_queue_payloads_max_size";
const OTHER_SERVER: &str = "basenji_http serves counters and contexts";

/// Every one of them.
pub(crate) const UNSUPPORTED: &[Unsupported] = &[
    never("aggregate_flush_interval", "a bucket is shown when it ends; basenji_bucket_secs is its length"),
    never("aggregate_window_duration", "basenji_bucket_secs is the length of a bucket"),
    never("dogstatsd_allow_context_heap_allocs", "memory is a budget: aggregate_context_limit"),
    never("dogstatsd_autoscale_udp_listeners", "dogstatsd_workers_count is the number of UDP sockets"),
    never("dogstatsd_buffer_count", NO_QUEUE),
    never("dogstatsd_cached_contexts_limit", "memory is a budget: aggregate_context_limit"),
    never("dogstatsd_capture_depth", NO_CAPTURE),
    never("dogstatsd_capture_path", NO_CAPTURE),
    never("dogstatsd_experimental_http.enabled", "there is no HTTP intake"),
    always("dogstatsd_flush_incomplete_buckets", "true", "open buckets are always flushed at the end"),
    never("dogstatsd_log_file", NO_LOG_FILE),
    never("dogstatsd_log_file_max_rolls", NO_LOG_FILE),
    never("dogstatsd_log_file_max_size", NO_LOG_FILE),
    always("dogstatsd_logging_enabled", "false", NO_LOG_FILE),
    always("dogstatsd_mem_based_rate_limiter.enabled", "false", "memory is a budget: aggregate_context_limit"),
    always("dogstatsd_metrics_stats_enable", "false", OTHER_SERVER),
    never("dogstatsd_max_metrics_tags", "a message may have as many tags as fit a datagram"),
    never("dogstatsd_minimum_sample_rate", "a rate outside (0, 1] is taken as 1 and counted"),
    never("dogstatsd_no_aggregation_pipeline_batch_size", "timestamped points leave with the next bucket"),
    never("dogstatsd_packet_buffer_flush_timeout", NO_QUEUE),
    never("dogstatsd_packet_buffer_size", NO_QUEUE),
    always("dogstatsd_permissive_decoding", "true", "names are never refused for their characters"),
    always("dogstatsd_pipeline_autoadjust", "false", "dogstatsd_workers_count is the number of shards"),
    never("dogstatsd_pipeline_autoadjust_strategy", "dogstatsd_workers_count is the number of shards"),
    never("dogstatsd_pipeline_count", "dogstatsd_workers_count is the number of shards"),
    never("dogstatsd_pipe_name", NO_PIPE),
    never("dogstatsd_queue_size", NO_QUEUE),
    never("dogstatsd_stats_buffer", OTHER_SERVER),
    always("dogstatsd_stats_enable", "false", OTHER_SERVER),
    never("dogstatsd_stats_port", OTHER_SERVER),
    always("dogstatsd_stream_log_too_big", "true", "a frame that is too long is always logged"),
    never("dogstatsd_string_interner_size", "strings are kept once a series"),
    never("dogstatsd_tcp_port", "there is no TCP listener"),
    always("dogstatsd_telemetry_enabled_listener_id", "false", "counters are by kind of listener"),
    never("dogstatsd_windows_pipe_security_descriptor", NO_PIPE),
    never("memory_limit", "memory is a budget: aggregate_context_limit"),
    never("metric_tag_filterlist", "tags are not filtered"),
    never("ec2_prefer_imdsv2", NO_CLOUD),
    never("ec2_prioritize_instance_id_as_hostname", NO_CLOUD),
    never("enable_payloads.json_to_v1_intake", NO_METADATA),
    never("forwarder_connection_reset_interval", "a connection is used for as long as the receiver keeps it"),
    always("forwarder_http_protocol", "http1", "requests are made over HTTP/1.1"),
    never("forwarder_high_prio_buffer_size", NO_BUFFERS),
    never("forwarder_low_prio_buffer_size", NO_BUFFERS),
    never("forwarder_requeue_buffer_size", NO_BUFFERS),
    never("forwarder_retry_queue_capacity_time_interval_sec", "/status shows what waits"),
    never("hostname_fqdn", "hostname and hostname_file name this host, else the system does"),
    never("logging_frequency", "what is sent is not logged; /status and /metrics count it"),
    never("run_path", "forwarder_storage_path is where what waits is kept"),
    never("sslkeylogfile", "the keys of connections are not written down"),
    never("tls_handshake_timeout", "forwarder_timeout is for a request as a whole"),
    never("use_proxy_for_cloud_metadata", NO_CLOUD),
    always("use_v3_api.series.enabled", "false", "series are sent by v2 or v1 of the intake"),
];
