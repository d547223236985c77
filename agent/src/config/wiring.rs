//! Each key that steers the server changes what the server is told: a line of `apply` that is missing, or has another key's value, fails here.

use std::path::Path;
use std::time::Duration;

use basenji::core::aggregate::{Aggregate, Aggregates};
use basenji::core::wire::Cardinality;
use basenji::server::{Config, ListenerKind};

use super::key::Key;
use super::origin::Origin;
use super::server::{aggregates, apply, change};
use super::settings::{KEYS, Settings};
use super::value::{Reading, Source};

/// The settings with these values of keys.
fn settings(values: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, text) in values {
        let is_it = |key: &&Key| key.names().any(|own| own == *name);
        let key = KEYS.iter().find(is_it).unwrap_or_else(|| panic!("there is no key {name}"));
        let mut reading = Reading::new(Source::Flag);
        (key.take_text)(&mut settings, text, &mut reading, Origin::Flag("a test")).expect("a good value");
    }
    settings
}

/// The server's settings for these values of keys.
fn told(values: &[(&str, &str)]) -> Config {
    let mut config = Config::default();
    apply(&settings(values), &mut config);
    // Each start has its own.
    assert_ne!(config.aggregation.seed, Config::default().aggregation.seed);
    config.aggregation.seed = 0;
    config
}

/// A change of the server's settings.
type Expected = fn(&mut Config);

const COPIED: [(&str, &str); 2] =
    [("histogram_copy_to_distribution", "true"), ("histogram_copy_to_distribution_prefix", "copy.")];

/// Values of keys, and what they change.
const CHANGES: [(&[(&str, &str)], Expected); 31] = [
    (&[("dogstatsd_workers_count", "3")], |config| config.workers = 3),
    (&[("dogstatsd_workers_count", "0")], |config| config.workers = 1),
    (&[("dogstatsd_buffer_size", "77")], |config| config.receive_buffer = 77),
    (&[("dogstatsd_so_rcvbuf", "78")], |config| config.socket_buffer = 78),
    (&[("basenji_socket_mode", "0700")], |config| config.socket_mode = 0o700),
    (&[("dogstatsd_eol_required", "udp")], |config| config.eol_required = vec![ListenerKind::Udp]),
    (&[("dogstatsd_origin_detection", "true")], |config| config.origin_detection = true),
    (&[("dogstatsd_origin_detection_client", "true")], |config| config.origin.client = true),
    (&[("origin_detection_unified", "true")], |config| config.origin.unified = true),
    (&[("dogstatsd_origin_optout_enabled", "false")], |config| config.origin.opt_out = false),
    (&[("dogstatsd_entity_id_precedence", "true")], |config| config.origin.entity_id_precedence = true),
    (&[("dogstatsd_tag_cardinality", "high")], |config| config.origin.cardinality = Cardinality::High),
    (&[("container_proc_root", "/host/proc")], |config| config.origin.proc_root = "/host/proc".into()),
    (&[("container_cgroup_root", "/host/cgroup")], |config| config.origin.cgroup_root = "/host/cgroup".into()),
    (&[("dogstatsd_tags", "a:b c")], |config| config.tags = vec!["a:b".into(), "c".into()]),
    (&[COPIED[0]], |config| config.copy_histograms = Some(String::new())),
    (&COPIED, |config| config.copy_histograms = Some("copy.".into())),
    (&[("dogstatsd_no_aggregation_pipeline", "false")], |config| config.timestamps = false),
    (&[("aggregate_context_limit", "11")], |config| config.memory.contexts = 11),
    (&[("basenji_context_bytes", "12")], |config| config.memory.bytes = 12),
    (&[("basenji_cells", "13")], |config| config.memory.cells = 13),
    (&[("basenji_sink_bytes", "2000000")], |config| config.sink_bytes = 2_000_000),
    (&[("basenji_kept_percent", "17")], |config| config.shares.kept = 17),
    (&[("basenji_modest_percent", "18")], |config| config.shares.modest = 18),
    (&[("basenji_bucket_secs", "14")], |config| config.aggregation.bucket_secs = 14),
    (&[("dogstatsd_expiry_seconds", "15")], |config| config.aggregation.counter_expiry_secs = 15),
    (&[("dogstatsd_context_expiry_seconds", "16")], |config| config.aggregation.context_expiry_secs = 16),
    (&[("basenji_key_by_origin", "true")], |config| config.aggregation.key_by_origin = true),
    (&[("basenji_stop_wait", "19")], |config| config.stop_wait = Duration::from_secs(19)),
    (&[("basenji_clickhouse_url", "http://h:8123")], |config| config.aggregation.set_members = true),
    (&[("basenji_no_telemetry", "true")], |config| config.telemetry = false),
];

#[test]
fn each_key_of_the_server_changes_its_own_part_of_what_the_server_is_told_and_nothing_else() {
    for (values, change) in CHANGES {
        let (mut expected, told) = (told(&[]), told(values));
        let before = expected.clone();
        change(&mut expected);
        // Except where the value says the same as the default in other words.
        assert!(values[0].1 == "0" || before != expected, "{values:?} is the default");
        assert_eq!(told, expected, "{values:?}");
    }
}

#[test]
fn each_key_that_changes_what_the_server_is_told_stands_in_the_list() {
    let texts = ["3", "77", "2000000", "0.5", "true", "false", "x:y", "x.", "0700", "high", "udp", "/x", "http://h:1"];
    for key in KEYS.iter().filter(|key| {
        !CHANGES.iter().any(|(values, _)| values.iter().any(|(name, _)| key.names().any(|own| own == *name)))
    }) {
        for text in texts.iter().filter(|text| (key.check)(text).is_ok()) {
            assert_eq!(told(&[(key.name, text)]), told(&[]), "{} has no row in CHANGES", key.name);
        }
    }
}

/// The program's files without their tests.
fn sources(directory: &Path, all: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).expect("the sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            all.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned());
        }
    }
}

#[test]
fn each_key_is_read_by_what_it_is_for() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    // A room calls its own part of the settings `own`.
    let is_word = |next: char| next.is_alphanumeric() || next == '_';
    for key in KEYS {
        let field = key.field;
        let reads = |text: &str| {
            text.split(&format!(".{field}")).collect::<Vec<_>>().windows(2).any(|parts| {
                let from = parts[0].rsplit(|before: char| !is_word(before) && before != '.').next().unwrap_or_default();
                let is_settings = from.starts_with("settings")
                    || from.ends_with("settings")
                    || from == "own"
                    || (text.contains("settings! {") && from == "self");
                is_settings && !parts[1].starts_with(is_word)
            })
        };
        assert!(all.iter().any(|text| reads(text)), "nothing reads {} ({field})", key.name);
    }
}

#[test]
fn without_keys_the_server_is_told_its_own_defaults() {
    let mut defaults = Config::default();
    defaults.aggregation.seed = 0;
    assert_eq!(told(&[]), defaults);
}

#[test]
fn a_histogram_shows_the_aggregates_and_then_the_percentiles_from_the_lowest() {
    let shown = |values: &[(&str, &str)]| aggregates(&settings(values)).ok().map(|all| all.iter().collect::<Vec<_>>());
    let usual: Vec<Aggregate> = Aggregates::new().iter().collect();
    assert_eq!(shown(&[]), Some(usual));
    let keys = [("histogram_aggregates", "sum"), ("histogram_percentiles", "0.99 0.5")];
    assert_eq!(shown(&keys), Some(vec![Aggregate::Sum, Aggregate::Percentile(50), Aggregate::Percentile(99)]));
}

#[test]
fn what_a_reload_changes_is_the_tags_and_what_is_done_to_names() {
    let usual = change(&settings(&[]));
    assert!(usual.tags.is_empty() && usual.rules.is_none());
    assert_eq!(change(&settings(&[("dogstatsd_tags", "a:b")])).tags, ["a:b"]);
    for key in ["statsd_metric_namespace", "metric_filterlist", "statsd_metric_blocklist"] {
        assert!(change(&settings(&[(key, "x")])).rules.is_some(), "{key}");
    }
}
