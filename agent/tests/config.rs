//! Where values come from: the Agent's file, its variables, flags; and the errors of invalid ones.

mod support;

use std::path::{Path, PathBuf};

use support::{Daemon, basenji, text};
use tempfile::TempDir;

/// A directory with a configuration file.
fn file(yaml: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("datadog.yaml");
    std::fs::write(&path, yaml).expect("written");
    (directory, path)
}

/// What `basenji config` shows, by key: value and origin.
fn config(path: &Path, variables: &[(&str, &str)], flags: &[&str]) -> Vec<(String, String, String)> {
    let mut command = basenji();
    command.arg("config").arg("--config").arg(path).args(flags).envs(variables.iter().copied());
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows = text(&output.stdout).lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (value, origin) = line.rsplit_once("  # ").expect("there is an origin");
        let (key, value) = value.split_once(": ").expect("there is a value");
        (key.to_owned(), value.trim_end().to_owned(), origin.to_owned())
    });
    rows.collect()
}

/// Value and origin of one key.
fn row(rows: &[(String, String, String)], key: &str) -> (String, String) {
    let found = rows.iter().find(|row| row.0 == key).unwrap_or_else(|| panic!("no {key}"));
    (found.1.clone(), found.2.clone())
}

/// Exit code and the only line of a program that does not start with this file.
fn refused(yaml: &str) -> (Option<i32>, String) {
    let (directory, path) = file(yaml);
    let output = basenji().arg("--config").arg(&path).output().expect("the program starts");
    let lines = text(&output.stderr);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let line = lines.trim_end().replace(directory.path().to_str().expect("UTF-8"), "");
    (output.status.code(), line)
}

#[test]
fn a_later_place_wins_and_each_value_knows_its_own() {
    let (_directory, path) = file(
        "# node\nhistogram_percentiles: [0.5]\ndogstatsd_tags:\n  - env:prod\n  - a b\nDogstatsd_Port: 1\ndogstatsd_buffer_size: 100\n",
    );
    let variables = [("DD_DOGSTATSD_PORT", "2"), ("DD_DOGSTATSD_BUFFER_SIZE", "200"), ("DD_BIND_HOST", "")];
    let rows = config(&path, &variables, &["--port", "3", "--key-by-origin"]);
    let of_file = |line: usize| format!("{}:{line}", path.display());
    assert_eq!(row(&rows, "histogram_percentiles"), ("[0.5]".to_owned(), of_file(2)));
    assert_eq!(row(&rows, "dogstatsd_tags"), (r#"["env:prod", "a b"]"#.to_owned(), of_file(3)));
    assert_eq!(row(&rows, "dogstatsd_buffer_size"), ("200".to_owned(), "DD_DOGSTATSD_BUFFER_SIZE".to_owned()));
    assert_eq!(row(&rows, "dogstatsd_port"), ("3".to_owned(), "--port".to_owned()));
    assert_eq!(row(&rows, "basenji_key_by_origin"), ("true".to_owned(), "--key-by-origin".to_owned()));
    assert_eq!(row(&rows, "bind_host"), ("127.0.0.1".to_owned(), "default".to_owned()));
    let rows = config(&path, &[], &[]);
    assert_eq!(row(&rows, "dogstatsd_port"), ("1".to_owned(), of_file(6)));
}

#[test]
fn what_config_shows_is_a_file_that_says_the_same() {
    let (_directory, path) = file("dogstatsd_socket: /tmp/a b.sock\nlog_level: WARNING\nbasenji_socket_mode: 0700\n");
    let first = config(&path, &[("DD_DOGSTATSD_TAGS", r#"["a:1", "x#y"]"#)], &["--port", "0"]);
    let shown: String = first.iter().map(|(key, value, origin)| format!("{key}: {value}  # {origin}\n")).collect();
    let (_other, path) = file(&shown);
    let second = config(&path, &[], &[]);
    for ((key, value, _), (_, again, _)) in first.iter().zip(&second) {
        assert_eq!(value, again, "{key}");
    }
    assert_eq!(row(&second, "log_level").0, "warn");
    assert_eq!(row(&second, "basenji_socket_mode").0, "700");
}

#[test]
fn a_value_that_cannot_be_stops_the_start_with_file_line_and_key() {
    for (yaml, sentence) in [
        (
            "a: 1\ndogstatsd_port: http\n",
            ":2: dogstatsd_port: 'http': a port is a number from 0 to 65535, or the word off",
        ),
        ("dogstatsd_port: [8125]\n", ":1: dogstatsd_port: expected a port, found a list"),
        ("dogstatsd_port:\n  a: 1\n", ":2: dogstatsd_port: expected a port, found a mapping"),
        ("dogstatsd_buffer_size: '1e4'\n", ":1: dogstatsd_buffer_size: '1e4': expected a whole number"),
        ("dogstatsd_buffer_size: 0\n", ":1: dogstatsd_buffer_size: '0': expected a number from 1 to 65507"),
        (
            "\n\ndogstatsd_non_local_traffic: maybe\n",
            ":3: dogstatsd_non_local_traffic: 'maybe': expected true or false",
        ),
        (
            "dogstatsd_tags:\n  - a\n  - [b]\n",
            ":3: dogstatsd_tags: expected a tag, which has neither comma nor '|', found a list",
        ),
        ("dogstatsd_tags: {a: b}\n", ":1: dogstatsd_tags: expected a list, found a mapping"),
        (
            "dogstatsd_eol_required: [udp,\n  tcp]\n",
            ":2: dogstatsd_eol_required: 'tcp' is not one of udp, uds, named_pipe",
        ),
        ("log_level: loud\n", ":1: log_level: 'loud': expected one of trace, debug, info, warn, error, off"),
        ("bind_host: [a]\n", ":1: bind_host: expected text, found a list"),
        (
            "dogstatsd_tag_cardinality: lots\n",
            ":1: dogstatsd_tag_cardinality: 'lots': expected one of none, low, orchestrator, high",
        ),
        ("- a\n- b\n", ":1: expected keys with values, found a list"),
        ("just text\n", ":1: expected keys with values, found a plain value"),
        ("use_dogstatsd: '7'\n", ":1: use_dogstatsd: '7': expected true or false"),
    ] {
        assert_eq!(refused(yaml), (Some(2), format!("basenji: /datadog.yaml{sentence}")), "{yaml}");
    }
    for (yaml, start) in [
        ("a: 1\nb: [1\n", ":3: this is not YAML, near column "),
        ("a: 1\n---\nb: 2\n", ":3: there is more than one document"),
        ("a: 'b\n", ":1: this is not YAML, near column "),
    ] {
        let (code, line) = refused(yaml);
        assert!(code == Some(2) && line.starts_with(&format!("basenji: /datadog.yaml{start}")), "{line}");
    }
    let (code, line) = refused("use_dogstatsd: false\n");
    assert_eq!(
        (code, &line[..]),
        (Some(2), "basenji: there is nothing to do: use_dogstatsd is false (/datadog.yaml:1)")
    );
}

#[test]
fn a_file_that_is_asked_for_must_be_there() {
    let output = basenji().args(["--config", "/no/such/file"]).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "basenji: cannot read /no/such/file: No such file or directory\n");
}

#[test]
fn an_alias_counts_where_the_key_itself_has_no_value() {
    let (_directory, path) = file("statsd_metric_namespace_blocklist: [a]\ncounter_expiry_seconds: 7\n");
    let rows = config(&path, &[("DD_STATSD_METRIC_NAMESPACE_BLOCKLIST", "b c")], &[]);
    let origin = "DD_STATSD_METRIC_NAMESPACE_BLOCKLIST".to_owned();
    assert_eq!(row(&rows, "statsd_metric_namespace_blacklist"), ("[b, c]".to_owned(), origin));
    assert_eq!(row(&rows, "dogstatsd_expiry_seconds"), ("7".to_owned(), format!("{}:2", path.display())));
    let (_directory, path) = file("counter_expiry_seconds: 7\ndogstatsd_expiry_seconds: 8\n");
    assert_eq!(row(&config(&path, &[], &[]), "dogstatsd_expiry_seconds").0, "8");
}

#[test]
fn nothing_is_the_value_of_an_absent_key() {
    let (_directory, path) = file("dogstatsd_socket:\ndogstatsd_tags: ~\ndogstatsd_port: null\n");
    let rows = config(&path, &[], &[]);
    for key in ["dogstatsd_socket", "dogstatsd_tags", "dogstatsd_port"] {
        assert_eq!(row(&rows, key).1, "default", "{key}");
    }
}

#[test]
fn keys_without_a_meaning_are_named_once_and_those_of_others_are_left_alone() {
    let yaml = "api_key: x\nlogs_config:\n  a: [1]\ndogstatsd_queue_size: 5\ndogstatsd_flush_incomplete_buckets: true\ndogstatsd_log_file: ''\ndogstatsd_prot: 1\ndogstatsd_mem_based_rate_limiter:\n  enabled: true\nhistogram_percentiles: [0.5, x]\n";
    let (directory, path) = file(yaml);
    let mut command = basenji();
    command
        .arg("config")
        .arg("--config")
        .arg(&path)
        .env("DD_DOGSTATSD_PIPE_NAME", "p")
        .env("DD_HISTOGRAM_AGGREGATES", "max mode");
    let output = command.output().expect("the program starts");
    let said = text(&output.stderr).replace(directory.path().to_str().expect("UTF-8"), "");
    let warnings: Vec<_> =
        said.lines().map(|line| line.strip_prefix("basenji: warning: ").expect("a warning")).collect();
    assert_eq!(
        warnings,
        [
            "/datadog.yaml:10: histogram_percentiles: 'x' is not a number from 0 to 1; it is passed over",
            "/datadog.yaml:9: dogstatsd_mem_based_rate_limiter.enabled is not supported: memory is a budget: aggregate_context_limit",
            "/datadog.yaml:4: dogstatsd_queue_size is not supported: datagrams are aggregated as they are read, without a queue in between",
            "/datadog.yaml:7: dogstatsd_prot is not known; did you mean dogstatsd_port?",
            "DD_HISTOGRAM_AGGREGATES: 'mode' is not one of max, min, median, avg, sum, count; it is passed over",
            "DD_DOGSTATSD_PIPE_NAME is not supported: there are no named pipes on this system",
        ]
    );
}

#[test]
fn the_daemon_goes_by_the_file_and_warns_in_its_log() {
    let (directory, path) = file("");
    let socket = directory.path().join("dsd.socket");
    let yaml = format!(
        "dogstatsd_socket: {}\ndogstatsd_port: 0\ndogstatsd_tags: [env:prod]\ndogstatsd_queue_size: 5\nbasenji_bucket_secs: 3600\nhistogram_percentiles: []\n",
        socket.display()
    );
    std::fs::write(&path, yaml).expect("written");
    let daemon = Daemon::start_with(basenji().arg("--config").arg(&path), 1);
    let sender = std::os::unix::net::UnixDatagram::unbound().expect("a socket");
    sender.send_to(b"h:1:3|h", &socket).expect("sent");
    daemon.signal("TERM");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert_eq!(log.matches("dogstatsd_queue_size is not supported").count(), 1, "{log}");
    let objects = support::objects(&output);
    let h = objects.iter().find(|object| object["metric"] == "h").expect("it is shown");
    assert_eq!(h["tags"], serde_json::json!(["env:prod"]));
    assert_eq!(h["aggregates"], serde_json::json!({"max": 3.0, "median": 1.0, "avg": 2.0, "count": 2.0}));
}

/// Starts a daemon with this file and buckets of a day, sends it datagrams, and returns what it shows.
fn shown_with(yaml: &str, variables: &[(&str, &str)], datagrams: &[&[u8]]) -> Vec<serde_json::Value> {
    let (_directory, path) = file(&format!("{yaml}\nbasenji_bucket_secs: 86400\nbasenji_no_telemetry: true\n"));
    let mut command = basenji();
    command.arg("--config").arg(&path).args(["--port", "0"]).envs(variables.iter().copied());
    let daemon = Daemon::start_with(&mut command, 1);
    datagrams.iter().for_each(|datagram| daemon.send(datagram));
    let mut objects = daemon.stop();
    objects.sort_by_key(|object| object["metric"].as_str().map(str::to_owned));
    objects
}

/// Names with kinds and tags.
fn names(objects: &[serde_json::Value]) -> Vec<String> {
    let name = |object: &serde_json::Value| {
        let tags: Vec<_> = object["tags"].as_array().expect("tags").iter().filter_map(|tag| tag.as_str()).collect();
        format!(
            "{} {} [{}]",
            object["metric"].as_str().expect("a name"),
            object["kind"].as_str().expect("a kind"),
            tags.join(" ")
        )
    };
    objects.iter().map(name).collect()
}

#[test]
fn names_are_mapped_then_prefixed_then_filtered() {
    let yaml = r#"
statsd_metric_namespace: shop
metric_filterlist: [shop.secret, shop.time.max]
statsd_metric_blocklist: [shop.kept]
dogstatsd_mapper_profiles:
  - name: jobs
    prefix: job.
    mappings:
      - match: "job.*.done.*"
        name: "job.done"
        tags: {job: "$1", how: "$2"}
"#;
    let datagrams: [&[u8]; 3] =
        [b"job.mail.done.ok:1|c|#env:x\njob.mail.done:1|c", b"secret:1|c\njvm.heap:1|g\nkept:1|c", b"time:1|h"];
    let objects = shown_with(yaml, &[], &datagrams);
    assert_eq!(
        names(&objects),
        [
            "jvm.heap gauge []",
            "shop.job.done count [env:x how:ok job:mail]",
            "shop.job.mail.done count []",
            "shop.kept count []",
            "shop.time histogram []",
        ]
    );
    assert_eq!(
        objects[4]["aggregates"],
        serde_json::json!({"median": 1.0, "avg": 1.0, "count": 1.0, "95percentile": 1.0})
    );
}

#[test]
fn lists_and_profiles_come_from_variables_as_the_agent_reads_them() {
    let profiles = r#"[{"name":"t","prefix":"test.","mappings":[{"match":"test\\.(\\w+)","match_type":"regex","name":"t","tags":{"k":"$1"}}]}]"#;
    let variables = [
        ("DD_DOGSTATSD_MAPPER_PROFILES", profiles),
        ("DD_STATSD_METRIC_BLOCKLIST", "out. other"),
        ("DD_STATSD_METRIC_BLOCKLIST_MATCH_PREFIX", "true"),
        ("DD_HISTOGRAM_COPY_TO_DISTRIBUTION", "true"),
        ("DD_HISTOGRAM_COPY_TO_DISTRIBUTION_PREFIX", "d."),
        ("DD_DOGSTATSD_NO_AGGREGATION_PIPELINE", "false"),
        ("DD_DOGSTATSD_TAGS", "a:1 b:2"),
    ];
    let datagrams: [&[u8]; 1] = [b"test.x:1|c|T5\nout.y:1|c\nothers:1|c\nms:3|ms\nbad:1|c|T-1"];
    let objects = shown_with("", &variables, &datagrams);
    assert_eq!(
        names(&objects),
        ["bad count [a:1 b:2]", "d.ms distribution [a:1 b:2]", "ms timing [a:1 b:2]", "t count [a:1 b:2 k:x]"]
    );
    assert_ne!(objects[3]["timestamp"], 5);
}

#[test]
fn whoever_mistypes_is_told_the_nearest_right_word() {
    let stderr = |arguments: &[&str]| {
        let output = basenji().args(arguments).output().expect("the program starts");
        (output.status.code(), text(&output.stderr).trim_end().to_owned())
    };
    for (arguments, word) in [
        (&["rnu"][..], "run"),
        (&["stauts"], "status"),
        (&["--prot", "1"], "--port"),
        (&["send", "conut", "a", "1"], "count"),
        (&["help", "rnu"], "run"),
        (&["send", "count", "a", "1", "--tga", "b"], "--tag"),
    ] {
        let (code, sentence) = stderr(arguments);
        assert_eq!(code, Some(2), "{sentence}");
        assert!(sentence.contains(word) && sentence.lines().count() == 1, "{arguments:?}: {sentence}");
    }
    let (directory, path) = file("dogstatsd_prot: 1\ndogstastd_socket: /x\nlog_file: /y\nbasenji_htpt: off\n");
    let mut command = basenji();
    command.env("DD_DOGSTATSD_TGAS", "a").args(["config", "--config"]).arg(&path);
    let output = command.output().expect("the program starts");
    let warnings = text(&output.stderr).replace(directory.path().to_str().expect("UTF-8"), "");
    let warnings: Vec<_> = warnings.lines().collect();
    assert_eq!(
        warnings,
        [
            "basenji: warning: /datadog.yaml:1: dogstatsd_prot is not known; did you mean dogstatsd_port?",
            "basenji: warning: /datadog.yaml:2: dogstastd_socket is not known; did you mean dogstatsd_socket?",
            "basenji: warning: /datadog.yaml:4: basenji_htpt is not known; did you mean basenji_http?",
            "basenji: warning: DD_DOGSTATSD_TGAS is not known; did you mean DD_DOGSTATSD_TAGS?",
        ]
    );
}

#[test]
fn what_is_taken_otherwise_than_it_is_written_is_said() {
    let (directory, path) = file(
        "dogstatsd_port:\t0x10\nhistogram_percentiles: [0.999]\nDogstatsd_Port: 010\n\
         dogstatsd_buffer_size: 1.0e4\ndogstatsd_workers_count: 2.9\naggregate_context_limit: '1000.0'\n",
    );
    let mut command = basenji();
    command.args(["config", "--histogram-percentiles", "0.995", "--config"]).arg(&path);
    let output = command.output().expect("the program starts");
    let warnings = text(&output.stderr).replace(directory.path().to_str().expect("UTF-8"), "");
    assert_eq!(
        warnings.lines().collect::<Vec<_>>(),
        [
            "basenji: warning: /datadog.yaml:5: dogstatsd_workers_count: 2.9 is taken as 2",
            "basenji: warning: /datadog.yaml:2: histogram_percentiles: '0.999' is taken as 1: percentiles are whole percents",
            "basenji: warning: /datadog.yaml:3: Dogstatsd_Port stands in line 1 too; line 3 counts",
            "basenji: warning: --histogram-percentiles: '0.995' is taken as 1: percentiles are whole percents",
        ]
    );
    for line in ["dogstatsd_port: 8 ", "buffer_size: 10000 ", "workers_count: 2 ", "aggregate_context_limit: 1000 "] {
        assert!(text(&output.stdout).contains(line), "{line} in {}", text(&output.stdout));
    }
}
