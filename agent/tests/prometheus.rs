//! The page that Prometheus scrapes, and what statsd_exporter's users bring with them.

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use support::{Daemon, run, text};

/// A daemon that serves the page on a free port, and where.
fn serving(more: &[&str]) -> (Daemon, String) {
    let arguments = ["--port", "0", "--prometheus", "0", "--bucket-secs", "1", "--no-telemetry", "--format", "json"];
    let mut daemon = Daemon::start_with(support::basenji().args(arguments).args(more), 0);
    let line = daemon.wait_for_log("delivering sink=\"prometheus\"");
    let address = line.trim_end().rsplit('=').next().expect("an address").trim_matches('"').to_owned();
    daemon.wait_for_log("listening");
    (daemon, address)
}

/// Head and body of the answer to a request for the page.
fn scrape(address: &str, fields: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    // The oldest version has no pieces with lengths.
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: localhost\r\n{fields}\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    (text(&answer[..end]).to_owned(), answer[end + 4..].to_vec())
}

/// The page once it has this line.
fn page_with(daemon: &mut Daemon, address: &str, line: &str) -> String {
    loop {
        daemon.read_line();
        let (_, body) = scrape(address, "");
        let page = text(&body).to_owned();
        if page.lines().any(|found| found == line) {
            return page;
        }
    }
}

#[test]
fn series_are_on_a_page_of_their_own_and_what_clashes_is_counted_and_named() {
    let (mut daemon, address) = serving(&[]);
    daemon.send(b"page.views:2|c|#env:dev\npage.views:3|c|#env:dev\nqueue:4|g\npage_views:1|c\nreq:1:2:30|d");
    daemon.send(b"_sc|db.up|1|#env:dev\n_e{1,1}:a|b|t:error");
    let page = page_with(&mut daemon, &address, r#"dogstatsd_events_total{alert_type="error"} 1"#);
    for line in [
        "# TYPE page_views_total counter",
        r#"page_views_total{env="dev"} 5"#,
        "queue 4",
        r#"req_bucket{le="2.5"} 2"#,
        "req_count 3",
        r#"db_up_status{env="dev"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line} in {page}");
    }
    daemon.wait_for_log("prometheus: page_views is not on the page: another series has the same name");
    let (head, body) =
        scrape(&address, "Accept-Encoding: gzip\r\nAccept: application/openmetrics-text;version=1.0.0\r\n");
    assert!(head.contains("Content-Encoding: gzip") && body.starts_with(b"\x1f\x8b"), "{head}");
    let content_type = "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
    assert!(head.contains(content_type), "{head}");
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(
        status.success() && log.contains("prometheus") && log.contains("1 series dropped because they clash"),
        "{log}"
    );
}

#[test]
fn after_a_reload_new_series_look_as_the_new_mappings_say() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("datadog.yaml");
    let write = |help: &str| {
        let mapping = format!("{{match: 'a.*', match_type: wildcard, name: 'a.$1', help: {help}}}");
        let yaml = format!("dogstatsd_mapper_profiles: [{{name: p, prefix: 'a.', mappings: [{mapping}]}}]\n");
        fs::write(&path, yaml).expect("written");
    };
    write("before");
    let (mut daemon, address) = serving(&["--config", path.to_str().expect("UTF-8")]);
    daemon.send(b"a.first:1|g");
    page_with(&mut daemon, &address, "# HELP a_first before");
    write("after");
    daemon.signal("HUP");
    daemon.wait_for_log("changed: dogstatsd_mapper_profiles");
    daemon.send(b"a.first:1|g\na.second:1|g");
    let page = page_with(&mut daemon, &address, "# HELP a_second after");
    assert!(page.contains("# HELP a_first before"), "a family that is there keeps its help: {page}");
}

#[test]
fn a_port_that_is_taken_ends_the_start_and_names_the_setting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = taken.local_addr().expect("it has an address").port().to_string();
    let output = run(&["--port", "0", "--prometheus", &port]);
    let message = text(&output.stderr);
    assert!(!output.status.success() && message.contains("cannot serve Prometheus at 127.0.0.1:"), "{message}");
    assert!(message.contains("--prometheus"), "{message}");
}

#[test]
fn a_mapping_file_of_statsd_exporter_is_what_the_daemon_goes_by() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mapping, config) = (directory.path().join("mapping.yml"), directory.path().join("basenji.yaml"));
    let rules = "defaults:\n  observer_type: histogram\n  histogram_options: {buckets: [0.1, 1]}\nmappings:\n\
        - match: 'shop.*.orders'\n  name: orders\n  labels: {shop: '$1'}\n\
        - match: 'debug.*'\n  name: debug\n  action: drop\n\
        - match: '^(\\w+)\\.size\\.'\n  match_type: regex\n  name: '${1}_size'\n  scale: 0.001\n";
    fs::write(&mapping, rules).expect("it can be written");
    let output = run(&["import", "statsd-exporter", mapping.to_str().expect("a path")]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    fs::write(&config, &output.stdout).expect("it can be written");
    let (mut daemon, address) = serving(&["--config", config.to_str().expect("a path")]);
    daemon
        .send(b"shop.a.orders:2|c|#shop:own,x:y\ndebug.z:1|c\nq.size.now:5000|g\nother.time:250|ms\nshop.b.orders:1|c");
    let page = page_with(&mut daemon, &address, r#"orders{shop="a",x="y"} 2"#);
    for line in [r#"orders{shop="b"} 1"#, "q_size 5", r#"other_time_bucket{le="1.0"} 1"#, "other_time_sum 0.25"] {
        assert!(page.lines().any(|found| found == line), "{line} in {page}");
    }
    assert!(!page.contains("debug"), "{page}");
    daemon.stop();
}

#[test]
fn what_statsd_exporter_would_refuse_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let mapping = directory.path().join("mapping.yml");
    fs::write(&mapping, "mappings:\n- match: 'a.*'\n  name: x\n  labels: {w: a}\n").expect("it can be written");
    let output = run(&["import", "statsd-exporter", mapping.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("mapping.yml, line 2: a label has two letters"), "{}", text(&output.stderr));
}
