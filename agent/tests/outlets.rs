//! Remote write and OTLP of the real program, and a receiver that answers in every way.

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use receiver::{Receiver, Reply, Request};
use serde_json::Value;
use support::{Daemon, basenji, http, text};

/// A daemon with buckets of a second and this in its environment, and where it serves HTTP.
fn daemon(variables: &[(&str, &str)]) -> (Daemon, String) {
    let mut command = basenji();
    command.args(["--port", "0", "--bucket-secs", "1", "--no-telemetry", "--http", "0"]);
    command.envs([
        ("DD_FORWARDER_BACKOFF_BASE", "0.02"),
        ("DD_FORWARDER_BACKOFF_MAX", "0.1"),
        ("DD_FORWARDER_TIMEOUT", "1"),
    ]);
    let mut daemon = Daemon::start_with(command.env_remove("DD_BASENJI_HTTP").envs(variables.iter().copied()), 1);
    let address = daemon.http();
    (daemon, address)
}

/// The row of a sink in `/status`.
fn row(address: &str, sink: &str) -> Value {
    let status = http::status(address);
    let rows = status["sinks"].as_array().expect("a list");
    rows.iter().find(|row| row["sink"] == sink).expect("the sink").clone()
}

fn total(amount: &Value) -> u64 {
    amount.as_object().expect("an amount").values().filter_map(Value::as_u64).sum()
}

/// Waits until the row is as `look` wants it and adds up: shown = delivered + waiting + dropped by reason.
fn wait_for(address: &str, sink: &str, look: impl Fn(&Value) -> bool) -> Value {
    loop {
        let row = row(address, sink);
        let dropped: u64 = row["dropped"].as_object().expect("reasons").values().map(total).sum();
        let sum = total(&row["delivered"]) + total(&row["waiting"]) + dropped;
        if look(&row) && total(&row["shown"]) + total(&row["restored"]) == sum {
            return row;
        }
        std::thread::yield_now();
    }
}

/// The sinks: name, path of the metrics, the variable with the URL.
const SINKS: [(&str, &str, &str, &str); 2] = [
    ("remote_write", "DD_BASENJI_REMOTE_WRITE_URL", "/api/v1/write", "/api/v1/write"),
    ("otlp", "OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/metrics"),
];

#[test]
fn what_is_refused_is_never_sent_again_and_what_may_be_taken_later_is() {
    std::thread::scope(|scope| {
        for (place, (sink, ..)) in SINKS.iter().enumerate() {
            let (again, refused) = match *sink {
                "otlp" => ([429, 502, 503, 504], [400, 403, 413, 500, 501]),
                _ => ([429, 500, 502, 503], [400, 403, 404, 413, 415]),
            };
            let again = again.map(Reply::Status).into_iter().chain([Reply::Cut, Reply::Garbage]);
            again.for_each(|reply| drop(scope.spawn(move || answers_once_with(place, reply, false))));
            let refused = refused.map(Reply::Status).into_iter();
            refused.for_each(|reply| drop(scope.spawn(move || answers_once_with(place, reply, true))));
        }
    });
}

/// The receiver's first answer is `reply`; is what it was sent lost, or sent again?
fn answers_once_with(place: usize, reply: Reply, is_final: bool) {
    let (sink, variable, url, path) = SINKS[place];
    let first = reply.clone();
    let mut is_first = true;
    let receiver =
        Receiver::start(move |_| if std::mem::take(&mut is_first) { first.clone() } else { Reply::Status(200) });
    let (daemon, address) = daemon(&[(variable, &(receiver.url() + url))]);
    daemon.send(b"page.views:2|c|#env:dev\nqueue:4|g\nreq:1:2:30|d");
    let row = wait_for(&address, sink, |row| total(&row["shown"]) >= 3 && total(&row["waiting"]) == 0);
    let body = receiver.wait(|requests| {
        let (request, _) = requests.first()?;
        assert_eq!(request.path, path);
        Some(request.body.clone())
    });
    let sent = receiver.wait(|requests| Some(requests.iter().filter(|(request, _)| request.body == body).count()));
    match is_final {
        true => assert!(sent == 1 && total(&row["dropped"]["refused"]) > 0, "{sink} {reply:?}: {sent} {row}"),
        false => assert!(sent == 2 && row["dropped"] == serde_json::json!({}), "{sink} {reply:?}: {sent} {row}"),
    }
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(status.success(), "{log}");
}

#[test]
fn requests_have_the_headers_of_their_protocol_and_the_users() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let url = receiver.url() + "/write?db=x";
    let (daemon, address) = daemon(&[
        ("DD_BASENJI_REMOTE_WRITE_URL", &url),
        ("DD_BASENJI_REMOTE_WRITE_HEADERS", "Authorization=Bearer secret-token-of-a-user,X-Scope-OrgID=a"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=se%20cret"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
        ("OTEL_SERVICE_NAME", "shop-of-pots"),
    ]);
    daemon.send(b"page.views:2|c|#env:dev\n_e{1,1}:a|b|#env:dev\n_sc|ok|0");
    let of = |path: &str| {
        let of =
            |requests: &[(Request, Reply)]| requests.iter().find(|(one, _)| one.path == path).map(|one| one.0.clone());
        receiver.wait(of)
    };
    let write = of("/write?db=x");
    for (name, value) in [
        ("content-encoding", "snappy"),
        ("content-type", "application/x-protobuf"),
        ("x-prometheus-remote-write-version", "0.1.0"),
        ("authorization", "Bearer secret-token-of-a-user"),
        ("x-scope-orgid", "a"),
    ] {
        assert_eq!(write.header(name), Some(value));
    }
    let (metrics, logs) = (of("/v1/metrics"), of("/v1/logs"));
    for request in [&metrics, &logs] {
        assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
        assert_eq!((request.header("api-key"), request.header("content-encoding")), (Some("se cret"), None));
        assert!(String::from_utf8_lossy(&request.body).contains("shop-of-pots"));
    }
    for sink in ["remote_write", "otlp"] {
        wait_for(&address, sink, |row| row["shown"] == row["delivered"] && total(&row["shown"]) >= 3);
    }
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(status.success() && !log.contains("secret"), "{log}");
}

#[test]
fn remote_write_2_is_trusted_only_where_the_answer_says_what_was_written() {
    let receiver = Receiver::start(|_| Reply::Status(204));
    let (daemon, address) =
        daemon(&[("DD_BASENJI_REMOTE_WRITE_URL", &receiver.url()), ("DD_BASENJI_REMOTE_WRITE_VERSION", "2")]);
    daemon.send(b"page.views:2|c|#env:dev");
    let row = wait_for(&address, "remote_write", |row| row["state"] == "failed");
    assert!(row["last_error"].as_str().is_some_and(|error| error.contains("basenji_remote_write_version")), "{row}");
    assert_eq!(total(&row["delivered"]), 0);
    // It says how much it has written, and that is nothing.
    receiver.follow(|_| Reply::Headers(204, "X-Prometheus-Remote-Write-Samples-Written: 0\r\n"));
    let row = wait_for(&address, "remote_write", |row| row["state"] == "ok");
    assert!(row["last_error"].as_str().is_some_and(|error| error.contains("fewer than were sent")), "{row}");
    assert_eq!(total(&row["delivered"]), 0, "{row}");
    receiver.follow(|_| Reply::Headers(204, "X-Prometheus-Remote-Write-Samples-Written: 99999\r\n"));
    let before = total(&row["dropped"]["refused"]);
    let row = wait_for(&address, "remote_write", |row| total(&row["delivered"]) > 0);
    assert!(total(&row["dropped"]["refused"]) >= before, "{row}");
    daemon.signal("TERM");
    assert!(daemon.end().0.success());
}

#[test]
fn a_check_sends_a_series_to_every_place_and_says_what_it_answers() {
    let good = Receiver::start(|_| Reply::Status(200));
    let bad = Receiver::start(|_| Reply::Status(403));
    let mut command = basenji();
    command.env("DD_BASENJI_REMOTE_WRITE_URL", good.url()).env("OTEL_EXPORTER_OTLP_ENDPOINT", bad.url()).arg("check");
    let output = command.output().expect("it starts");
    let said = text(&output.stdout);
    assert!(said.contains(&format!("remote_write {}: ok: HTTP 200", good.url())), "{said}");
    assert!(said.contains(&format!("otlp {}: failed: HTTP 403", bad.url())), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_setting_that_cannot_be_ends_the_start_and_is_named() {
    for (name, value, expected) in [
        ("DD_BASENJI_REMOTE_WRITE_URL", "ftp://h", "'ftp://h' is not an http or https URL"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere", "'nowhere' is not an http or https URL"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "br", "OTEL_EXPORTER_OTLP_COMPRESSION: 'br' is neither gzip nor none"),
    ] {
        let mut command = basenji();
        command
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .env(name, value)
            .args(["--port", "0", "--once"]);
        let output = command.output().expect("it starts");
        assert!(!output.status.success() && text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    }
}
