//! The sink for ClickHouse of the real program, and a receiver that refuses, breaks off and is gone.

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use std::collections::BTreeMap;

use receiver::{Receiver, Reply, Request};
use support::{Daemon, basenji, text};

fn daemon(variables: &[(&str, &str)]) -> Daemon {
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "1", "--no-telemetry", "--expiry-seconds", "0"]);
    command.envs(variables.iter().copied());
    Daemon::start_with(&mut command, 1)
}

fn table(request: &Request) -> &str {
    request.path.split("%60%2E").nth(1).and_then(|rest| rest.split('%').next()).unwrap_or_default()
}

#[test]
fn a_batch_keeps_its_token_however_often_it_is_sent_and_no_other_has_it() {
    let mut failures = vec![Reply::Status(503), Reply::Cut, Reply::Garbage, Reply::Status(500)];
    let receiver = Receiver::start(move |_| failures.pop().unwrap_or(Reply::Status(200)));
    let daemon = daemon(&[
        ("DD_BASENJI_CLICKHOUSE_URL", &receiver.url()),
        ("DD_BASENJI_CLICKHOUSE_USER", "writer"),
        ("DD_BASENJI_CLICKHOUSE_PASSWORD", "secret"),
        ("DD_FORWARDER_BACKOFF_BASE", "0.02"),
        ("DD_FORWARDER_BACKOFF_MAX", "0.1"),
        ("DD_HOSTNAME", "web-1"),
    ]);
    daemon.send(b"page.views:2|c|#env:dev\nqueue:1|g\nlogin.time:5|d\nusers:a|s\n_sc|db.up|0");
    let tables = ["counts", "gauges", "sketches", "sets", "checks"];
    let requests = receiver.wait(|requests| {
        let is_taken = |wanted: &&str| {
            requests.iter().any(|(request, reply)| table(request) == *wanted && *reply == Reply::Status(200))
        };
        tables.iter().all(is_taken).then(|| requests.to_vec())
    });
    let mut bodies = BTreeMap::new();
    for (request, _) in &requests {
        assert_eq!(
            (request.header("x-clickhouse-user"), request.header("x-clickhouse-key")),
            (Some("writer"), Some("secret"))
        );
        assert_eq!(request.header("content-encoding"), Some("zstd"));
        assert!(request.path.contains("&async_insert=1&wait_for_async_insert=1&"), "{}", request.path);
        let (_, token) = request.path.split_once("insert_deduplication_token=").expect("a token");
        let known = bodies.entry((table(request), token)).or_insert_with(|| request.body.clone());
        assert_eq!(known, &request.body, "what has a token is always the same");
    }
    assert!(
        requests.len() >= tables.len() + 4 && bodies.len() == tables.len(),
        "{} of {}",
        bodies.len(),
        requests.len()
    );
    daemon.stop();
}

#[test]
fn what_clickhouse_refuses_for_good_is_dropped_and_said() {
    let receiver = Receiver::start(|_| Reply::Status(400));
    let mut daemon = daemon(&[("DD_BASENJI_CLICKHOUSE_URL", &receiver.url()), ("DD_HOSTNAME", "web-1")]);
    daemon.send(b"page.views:2|c");
    daemon.wait_for_log("refused: HTTP 400");
    daemon.stop();
}

#[test]
fn a_check_sends_one_gauge_and_shows_the_answer() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let output = basenji().arg("check").env("DD_BASENJI_CLICKHOUSE_URL", receiver.url()).output().expect("it starts");
    assert!(output.status.success(), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("clickhouse http://127.0.0.1"), "{}", text(&output.stdout));
    assert_eq!(receiver.wait(|requests| requests.first().map(|(request, _)| table(request).to_owned())), "gauges");
}
