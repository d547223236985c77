//! The tables of the README, as they have to be.

use super::key::Key;
use super::settings::{KEYS, Settings};
use super::unsupported::UNSUPPORTED;

const README: &str = include_str!("../../README.md");

/// The lines of the README's table that begins with this heading.
fn table(heading: &str) -> Vec<&'static str> {
    let lines = README.lines().skip_while(|line| *line != heading).skip(2);
    lines.take_while(|line| line.starts_with('|')).collect()
}

fn row(key: &Key) -> String {
    let flag = match key.flag {
        None => String::new(),
        Some(flag) if key.is_switch => format!("`{flag}[={}]`", key.value_name),
        Some(flag) => format!("`{flag} {}`", key.value_name),
    };
    let default = match (key.text)(&Settings::default()) {
        text if text.is_empty() => "none".to_owned(),
        text => text.replace(',', ", "),
    };
    let reloaded = if key.is_reloaded { "yes" } else { "" };
    format!("| `{}` | {flag} | {} | {default} | {reloaded} |", key.name, key.help)
}

#[test]
fn the_readme_has_every_key_as_the_table_has_it() {
    let expected: Vec<_> = KEYS.iter().map(row).collect();
    let found = table("| key | flag | what it says | default | SIGHUP |");
    assert_eq!(found, expected, "the table should be\n{}\n", expected.join("\n"));
}

#[test]
fn the_readme_has_every_key_that_is_not_supported() {
    let expected: Vec<_> = UNSUPPORTED
        .iter()
        .map(|key| {
            let always = key.always.map(|value| format!(", unless it is {value}")).unwrap_or_default();
            format!("| `{}`{always} | {} |", key.name, key.why)
        })
        .collect();
    let found = table("| key without a meaning | why |");
    assert_eq!(found, expected, "the table should be\n{}\n", expected.join("\n"));
}

#[test]
fn no_key_is_there_twice() {
    let mut names: Vec<_> = KEYS.iter().map(|key| key.name).chain(UNSUPPORTED.iter().map(|key| key.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// The Agent's keys that say where and how what is finished is delivered: endpoints, limits, retry, storage, keys, TLS, proxies and the host's name.
const OF_DELIVERY: &str = "
    site dd_url api_key additional_endpoints convert_dd_site_fqdn.enabled observability_pipelines_worker.metrics.enabled
    observability_pipelines_worker.metrics.url vector.metrics.enabled vector.metrics.url serializer_max_payload_size serializer_max_uncompressed_payload_size
    serializer_max_series_payload_size serializer_max_series_uncompressed_payload_size serializer_max_series_points_per_payload serializer_compressor_kind
    serializer_zstd_compressor_level enable_payloads.events enable_payloads.series enable_payloads.service_checks enable_payloads.sketches
    enable_payloads.json_to_v1_intake use_v2_api.series allow_arbitrary_tags forwarder_retry_queue_payloads_max_size forwarder_retry_queue_max_size
    forwarder_timeout forwarder_num_workers forwarder_max_concurrent_requests forwarder_stop_timeout forwarder_connection_reset_interval
    forwarder_http_protocol forwarder_high_prio_buffer_size forwarder_low_prio_buffer_size forwarder_requeue_buffer_size
    forwarder_apikey_validation_interval forwarder_backoff_factor forwarder_backoff_base forwarder_backoff_max forwarder_recovery_interval
    forwarder_recovery_reset forwarder_retry_queue_capacity_time_interval_sec logging_frequency forwarder_storage_max_size_in_bytes
    forwarder_storage_path forwarder_storage_max_disk_ratio forwarder_outdated_file_in_days forwarder_flush_to_disk_mem_ratio run_path
    skip_ssl_validation min_tls_version tls_handshake_timeout sslkeylogfile proxy.http proxy.https proxy.no_proxy no_proxy_nonexact_match
    use_proxy_for_cloud_metadata hostname hostname_file hostname_fqdn ec2_prioritize_instance_id_as_hostname ec2_prefer_imdsv2 tags";

#[test]
fn each_key_of_the_agents_delivery_is_a_key_here_or_is_named_in_a_warning() {
    for name in OF_DELIVERY.split_whitespace() {
        let is_key = KEYS.iter().flat_map(Key::names).any(|key| key == name);
        assert!(is_key || UNSUPPORTED.iter().any(|key| key.name == name), "{name}");
    }
}
