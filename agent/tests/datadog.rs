//! The datadog sink of the real program, and a receiver that fails in every way.

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use receiver::{Receiver, Reply, Request};
use serde_json::Value;
use support::{Daemon, basenji, http, text};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A daemon with buckets of a second whose file says this, beside the key and the receiver; and where it serves HTTP.
fn daemon(directory: &Path, url: &str, more: &str) -> (Daemon, String) {
    let path = directory.join("datadog.yaml");
    let common = "basenji_http: \"0\"\nbasenji_bucket_secs: 1\ndogstatsd_port: __random__\nhostname: h\n\
                  basenji_no_telemetry: true\nserializer_compressor_kind: none\nuse_v2_api.series: false\n\
                  forwarder_backoff_base: 0.02\nforwarder_backoff_max: 0.1\n"
        .replace("use_v2_api.series: false", "use_v2_api: {series: false}");
    fs::write(&path, format!("api_key: {KEY}\ndd_url: {url}\n{common}{more}")).expect("it can be written");
    let mut command = basenji();
    command.env_remove("DD_BASENJI_HTTP").args(["--config", path.to_str().expect("UTF-8")]);
    let mut daemon = Daemon::start_with(&mut command, 1);
    let address = daemon.http();
    (daemon, address)
}

fn get(address: &str, target: &str) -> (u16, String) {
    let (head, body) = http::get(address, target);
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"), body)
}

/// The rows of the sink.
fn rows(address: &str) -> Vec<Value> {
    let status = http::status(address);
    status["sinks"].as_array().expect("a list").iter().filter(|row| row["sink"] == "datadog").cloned().collect()
}

fn total(amount: &Value) -> u64 {
    amount.as_object().expect("an amount").values().filter_map(Value::as_u64).sum()
}

fn dropped(row: &Value) -> BTreeMap<String, u64> {
    let reasons = row["dropped"].as_object().expect("reasons");
    reasons.iter().map(|(reason, amount)| (reason.clone(), total(amount))).collect()
}

/// The law of accounts, once nothing moves: nothing is at the moment on its way from the queue into the sink.
fn balance(row: &Value) -> (u64, u64) {
    let dropped: u64 = dropped(row).values().sum();
    (total(&row["shown"]) + total(&row["restored"]), total(&row["delivered"]) + total(&row["waiting"]) + dropped)
}

/// Waits until the sink's first row is as `look` wants it, and holds it to the law.
fn wait_for(address: &str, look: impl Fn(&Value) -> bool) -> Value {
    loop {
        let row = rows(address).swap_remove(0);
        let (left, right) = balance(&row);
        if look(&row) && left == right {
            return row;
        }
        std::thread::yield_now();
    }
}

/// The sum of a series over all requests that were answered with 202, as the receiver has it.
fn received(requests: &[(Request, Reply)], name: &str) -> f64 {
    let mut sum = 0.0;
    for (request, _) in requests.iter().filter(|(_, reply)| *reply == Reply::Status(202)) {
        if request.path != "/api/v1/series" {
            continue;
        }
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        for series in body["series"].as_array().expect("series").iter().filter(|series| series["metric"] == name) {
            sum += series["points"][0][1].as_f64().expect("a value");
        }
    }
    sum
}

fn accept(_: &Request) -> Reply {
    Reply::Status(202)
}

#[test]
fn with_the_agents_file_it_does_what_the_agent_does_and_shows_no_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::start(accept);
    let more = "serializer_compressor_kind: zlib\nuse_v2_api: {series: true}\ntags: [team:a]\n";
    let path = directory.path().join("datadog.yaml");
    fs::write(
        &path,
        format!("api_key: {KEY}\ndd_url: {}/datadog\nbasenji_bucket_secs: 3600\nhostname: h\n{more}", receiver.url()),
    )
    .expect("it can be written");
    let config = path.to_str().expect("UTF-8");
    let daemon = Daemon::start(&["--config", config, "--port", "0", "--no-telemetry"], 1);
    daemon.send(b"a:5|c|#env:dev\nd:1:2|d\n_e{1,1}:t|u|s:ci\n_sc|check|1");
    daemon.signal("TERM");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert_eq!(output, "", "series that are delivered are not shown, unless somebody asks for it");
    assert!(!log.contains(KEY), "{log}");
    let requests = receiver.wait(|requests| (requests.len() >= 5).then(|| requests.to_vec()));
    let mut paths: Vec<_> = requests.iter().map(|(request, _)| &request.path[..]).collect();
    paths.sort_unstable();
    let expected = [
        "/datadog/api/beta/sketches",
        "/datadog/api/v1/check_run",
        "/datadog/api/v1/validate",
        "/datadog/api/v2/series",
        "/datadog/intake/",
    ];
    assert_eq!(paths, expected);
    for (request, _) in &requests {
        assert_eq!(request.header("dd-api-key"), Some(KEY));
        assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("datadog-agent/7.")), "{request:?}");
        if request.method == "POST" {
            assert_eq!(
                (request.header("content-encoding"), request.header("dd-agent-version")),
                (Some("deflate"), Some("7.85.4"))
            );
            let is_protobuf = request.path.ends_with("series") || request.path.ends_with("sketches");
            let kind = if is_protobuf { "application/x-protobuf" } else { "application/json" };
            assert_eq!(request.header("content-type"), Some(kind));
            let mut body = Vec::new();
            flate2::read::ZlibDecoder::new(&request.body[..]).read_to_end(&mut body).expect("zlib");
            assert!(body.windows(6).any(|part| part == b"team:a"), "{}", String::from_utf8_lossy(&body));
        }
    }
    let shown = basenji().args(["config", "--config", config]).output().expect("it starts");
    assert!(text(&shown.stdout).contains("\napi_key: \"********cdef\""), "{}", text(&shown.stdout));
}

#[test]
fn what_is_refused_for_good_is_dropped_and_what_fails_is_sent_again_until_it_arrives() {
    let refused = [400, 413];
    let retried = [
        Reply::Status(401),
        Reply::Status(404),
        Reply::Status(408),
        Reply::Status(429),
        Reply::Status(500),
        Reply::Status(503),
        Reply::Status(307),
        Reply::Cut,
        Reply::Garbage,
        Reply::Stall,
    ];
    let directory = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::start(accept);
    let (daemon, address) = daemon(directory.path(), &receiver.url(), "forwarder_timeout: 1\n");
    for (number, reply) in retried.iter().enumerate() {
        let mut left = 2;
        let reply = reply.clone();
        receiver.follow(move |request| {
            let is_series = request.path == "/api/v1/series" && left > 0;
            left -= u32::from(is_series);
            if is_series { reply.clone() } else { Reply::Status(202) }
        });
        let name = format!("retried{number}");
        let before = rows(&address)[0]["retried"].as_u64().expect("a number");
        daemon.send(format!("{name}:1|g").as_bytes());
        receiver.wait(|requests| (received(requests, &name) == 1.0).then_some(()));
        let row = wait_for(&address, |row| total(&row["waiting"]) == 0 && row["state"] == "ok");
        assert_eq!(row["retried"].as_u64(), Some(before + 2), "{row}");
        assert!(dropped(&row).is_empty(), "{row}");
    }
    for (number, status) in refused.into_iter().enumerate() {
        receiver.follow(move |request| Reply::Status(if request.path == "/api/v1/series" { status } else { 202 }));
        daemon.send(b"refused:1|g\n_sc|check|0");
        let row = wait_for(&address, |row| dropped(row).get("refused") == Some(&(number as u64 + 1)));
        assert!(row["last_error"].as_str().is_some_and(|why| why.contains(&status.to_string())), "{row}");
    }
    let row = wait_for(&address, |row| total(&row["waiting"]) == 0);
    assert_eq!(total(&row["delivered"]), retried.len() as u64 + refused.len() as u64, "{row}");
    let (_, metrics) = get(&address, "/metrics");
    let sample = "basenji_sink_dropped_total{sink=\"datadog\",target=\"http://127.0.0.1:";
    assert!(metrics.contains(sample) && metrics.contains("kind=\"series\",reason=\"refused\"} 2"), "{metrics}");
    daemon.signal("TERM");
    let (_, _, log) = daemon.end();
    assert!(log.contains("1 series dropped because the receiver refuses them") && !log.contains(KEY), "{log}");
}

#[test]
fn an_invalid_key_is_said_by_readiness_and_status_and_receiving_goes_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::start(|_| Reply::Status(403));
    let (daemon, address) = daemon(directory.path(), &receiver.url(), "");
    while get(&address, "/ready").0 != 503 {
        std::thread::yield_now();
    }
    assert!(get(&address, "/ready").1.contains("the API key is invalid"));
    assert_eq!((get(&address, "/live").0, get(&address, "/health").0), (200, 200));
    daemon.send(b"a:1|g");
    let row = wait_for(&address, |row| dropped(row).get("refused") == Some(&1));
    assert_eq!(row["state"], "failed");
    let output = basenji().args(["status", "--http", &address]).output().expect("it starts");
    let said = text(&output.stdout);
    assert!(said.contains("SINK") && said.contains("failed") && said.contains("1 (refused 1)"), "{said}");
    assert!(!said.contains(KEY));
    daemon.signal("TERM");
    assert!(daemon.end().0.success());
}

#[test]
fn a_receiver_that_stalls_delays_no_other_and_a_stop_takes_a_bounded_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let (stuck, good) = (Receiver::start(|_| Reply::Stall), Receiver::start(accept));
    let more = format!(
        "additional_endpoints: {{\"{}\": [second-key-of-another-account]}}\nforwarder_stop_timeout: 1\n",
        good.url()
    );
    let (daemon, address) = daemon(directory.path(), &stuck.url(), &more);
    daemon.send(b"a:1|g");
    good.wait(|requests| (received(requests, "a") == 1.0).then_some(()));
    let rows = rows(&address);
    assert_eq!(rows.len(), 2);
    assert_eq!(total(&rows[0]["delivered"]), 0, "{rows:?}");
    let start = std::time::Instant::now();
    daemon.signal("TERM");
    let (status, _, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert!(start.elapsed().as_secs() < 10, "a request may take 20 seconds, a stop not: {:?}", start.elapsed());
    assert!(log.contains("1 series dropped because the daemon stopped before they were sent"), "{log}");
}

#[test]
fn what_waits_on_disk_survives_a_kill_and_a_stop_and_arrives_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::start(|_| Reply::Status(503));
    let storage = directory.path().join("storage");
    // Of memory there is none, so that everything goes to the disk but the one that is tried.
    let more = format!(
        "forwarder_storage_max_size_in_bytes: 1000000\nforwarder_storage_path: {}\nforwarder_storage_max_disk_ratio: 1\n\
         forwarder_retry_queue_payloads_max_size: 1\nforwarder_max_concurrent_requests: 1\n",
        storage.display()
    );
    let files = || {
        let targets = fs::read_dir(storage.join("datadog")).into_iter().flatten().flatten();
        let files = targets.flat_map(|target| fs::read_dir(target.path()).expect("a directory"));
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "retry"));
        files.sort_unstable();
        files
    };
    let (first, address) = daemon(directory.path(), &receiver.url(), &more);
    for number in 0..4 {
        first.send(format!("killed{number}:1|g").as_bytes());
        wait_for(&address, |row| total(&row["shown"]) > number);
    }
    wait_for(&address, |row| total(&row["waiting"]) == 4);
    while files().len() < 3 {
        std::thread::yield_now();
    }
    let on_disk = files().len() as u64;
    first.signal("KILL");
    drop(first.end());

    let (second, address) = daemon(directory.path(), &receiver.url(), &more);
    let row = wait_for(&address, |row| total(&row["restored"]) == on_disk);
    assert_eq!(total(&row["waiting"]), on_disk, "{row}");
    second.send(b"stopped:1|g");
    wait_for(&address, |row| total(&row["shown"]) == 1);
    second.signal("TERM");
    let (status, _, log) = second.end();
    assert!(status.success() && !log.contains("dropped"), "{log}");
    assert_eq!(files().len() as u64, on_disk + 1);

    // One byte of the oldest is not as it was.
    let oldest = &files()[0];
    let mut bytes = fs::read(oldest).expect("it is there");
    assert!(!bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()), "no key is on disk");
    bytes[9] ^= 1;
    fs::write(oldest, bytes).expect("it can be written");
    receiver.follow(accept);
    let (third, address) = daemon(directory.path(), &receiver.url(), &more);
    let row = wait_for(&address, |row| total(&row["waiting"]) == 0 && total(&row["restored"]) == on_disk + 1);
    assert_eq!(dropped(&row), BTreeMap::from([("unreadable".to_owned(), 1)]));
    assert_eq!(total(&row["delivered"]), on_disk, "{row}");
    let sums = receiver.wait(|requests| {
        let names = ["killed0", "killed1", "killed2", "killed3", "stopped"];
        Some(names.map(|name| received(requests, name)))
    });
    assert_eq!(sums.iter().sum::<f64>(), on_disk as f64, "each arrives once: {sums:?}");
    assert!(files().is_empty());
    third.signal("TERM");
    assert!(third.end().0.success());
}

#[test]
fn an_outage_with_little_memory_loses_the_oldest_and_the_account_is_exact() {
    let directory = tempfile::tempdir().expect("a directory");
    let receiver = Receiver::start(|_| Reply::Status(500));
    let (daemon, address) = daemon(directory.path(), &receiver.url(), "forwarder_retry_queue_payloads_max_size: 700\n");
    for number in 0..8 {
        daemon.send(format!("outage{number}:1|g").as_bytes());
        wait_for(&address, |row| total(&row["shown"]) > number);
    }
    wait_for(&address, |row| dropped(row).contains_key("retry_queue"));
    receiver.follow(accept);
    let row = wait_for(&address, |row| total(&row["waiting"]) == 0);
    let lost = dropped(&row).get("retry_queue").copied().unwrap_or_default();
    assert!((1..8).contains(&lost), "{row}");
    assert_eq!(total(&row["delivered"]), 8 - lost);
    let (first, last) = receiver.wait(|requests| Some((received(requests, "outage0"), received(requests, "outage7"))));
    assert_eq!((first, last), (0.0, 1.0), "the oldest is lost, the newest is not");
    daemon.signal("TERM");
    assert!(daemon.end().0.success());
}

#[test]
fn a_certificate_is_believed_when_its_authority_is_or_when_all_are() {
    let directory = tempfile::tempdir().expect("a directory");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let authority = directory.path().join("ca.pem");
    fs::write(&authority, certificate.cert.pem()).expect("it can be written");
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.cert.der().clone()],
            rustls::pki_types::PrivateKeyDer::Pkcs8(certificate.signing_key.serialize_der().into()),
        )
        .expect("a certificate");
    let config = std::sync::Arc::new(config);
    let receiver = Receiver::start_with(accept, move |stream| {
        let connection = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).ok()?;
        Some(Box::new(rustls::StreamOwned::new(connection, stream)))
    });
    let url = format!("https://localhost:{}", receiver.port);
    for (more, is_believed) in [
        (String::new(), false),
        (format!("basenji_ca_file: {}\n", authority.display()), true),
        ("skip_ssl_validation: true\n".to_owned(), true),
        (format!("min_tls_version: tlsv1.3\nbasenji_ca_file: {}\n", authority.display()), true),
    ] {
        let (daemon, address) = daemon(directory.path(), &url, &more);
        daemon.send(b"a:1|g");
        let row = wait_for(&address, |row| total(&row["delivered"]) == 1 || row["retried"].as_u64() > Some(0));
        assert_eq!(total(&row["delivered"]) == 1, is_believed, "{more}: {row}");
        if !is_believed {
            assert!(row["last_error"].as_str().is_some_and(|why| why.contains("certificate")), "{row}");
        }
        daemon.signal("TERM");
        assert!(daemon.end().0.success());
    }
}

#[test]
fn check_sends_one_series_to_every_receiver_and_says_what_each_answers() {
    let (good, bad) = (Receiver::start(accept), Receiver::start(|_| Reply::Status(403)));
    let check = |url: &str, more: &[(&str, String)]| {
        let mut command: Command = basenji();
        command.arg("check").env("DD_API_KEY", KEY).env("DD_DD_URL", url).env("DD_HOSTNAME", "h");
        command.envs(more.iter().map(|(name, value)| (name, value)));
        let output = command.output().expect("it starts");
        assert!(!text(&output.stdout).contains(KEY) && !text(&output.stderr).contains(KEY));
        (output.status.code(), text(&output.stdout).to_owned())
    };
    let (code, said) = check(&good.url(), &[]);
    assert_eq!((code, said), (Some(0), format!("datadog {}: ok: HTTP 202: {{\"status\":202}}\n", good.url())));
    let more = [("DD_ADDITIONAL_ENDPOINTS", format!("{{\"{}\":[\"{KEY}\"]}}", bad.url()))];
    let (code, said) = check(&good.url(), &more);
    let failed = format!("datadog {}: failed: the API key is invalid (HTTP 403: {{\"status\":403}})", bad.url());
    assert_eq!((code, said.lines().count(), said.lines().nth(1)), (Some(1), 2, Some(&failed[..])));
    let output = basenji().arg("check").output().expect("it starts");
    assert_eq!(text(&output.stdout), "series go to standard output: no other sink is set\n");
    for url in ["ftp://x", "https://x:/", "https://:443", "https://a b"] {
        let mut command: Command = basenji();
        let output = command.arg("check").env("DD_API_KEY", KEY).env("DD_DD_URL", url).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert!(text(&output.stderr).contains("dd_url: '"), "{url}: {}", text(&output.stderr));
    }
}

#[test]
fn check_asks_a_receiver_that_can_tell_whether_each_key_is_valid() {
    const OTHER: &str = "fedcba9876543210fedcba9876543210";
    let receiver = |validate: u16| {
        Receiver::start(move |request| match request.path.contains("validate") {
            true if request.header("dd-api-key") == Some(OTHER) => Reply::Status(403),
            true => Reply::Status(validate),
            false => Reply::Status(202),
        })
    };
    let check = |validate: u16, keys: &str| {
        let receiver = receiver(validate);
        let mut command: Command = basenji();
        command.arg("check").env("DD_API_KEY", KEY).env("DD_DD_URL", receiver.url()).env("DD_HOSTNAME", "h");
        command.env("DD_ADDITIONAL_ENDPOINTS", format!("{{\"{}\":{keys}}}", receiver.url()));
        let output = command.output().expect("it starts");
        let said = text(&output.stdout).replace(&receiver.url(), "URL");
        assert!(!said.contains(KEY) && !said.contains(OTHER) && !text(&output.stderr).contains(OTHER), "{said}");
        (output.status.code(), said)
    };
    let sent = "datadog URL: ok: HTTP 202: {\"status\":202}";
    let valid = "; the API key is valid, says /api/v1/validate";
    assert_eq!(check(200, "[]"), (Some(0), format!("{sent}{valid}\n")));
    for status in [404, 202, 500, 301] {
        assert_eq!(check(status, "[]"), (Some(0), format!("{sent}\n")), "{status}");
    }
    let invalid = "failed: the API key is invalid, says /api/v1/validate (HTTP 403: {\"status\":403})";
    let expected = format!("{sent}{valid}\ndatadog URL (********3210): {invalid}\n");
    assert_eq!(check(200, &format!("[\"{OTHER}\"]")), (Some(1), expected));
}

#[test]
fn a_proxy_is_asked_for_the_receiver_unless_its_host_is_exempt() {
    let receiver = Receiver::start(accept);
    let proxy = Receiver::start(|_| Reply::Status(502));
    let check = |no_proxy: &str| {
        let mut command = basenji();
        command.arg("check").env("DD_API_KEY", KEY).env("DD_DD_URL", receiver.url()).env("DD_HOSTNAME", "h");
        let url = format!("http://user:secret@127.0.0.1:{}", proxy.port);
        command.env("DD_PROXY_HTTP", &url).env("DD_PROXY_NO_PROXY", no_proxy);
        let output = command.output().expect("it starts");
        assert!(!text(&output.stdout).contains("secret") && !text(&output.stderr).contains("secret"));
        output.status.code()
    };
    assert_eq!(check("127.0.0.1"), Some(0));
    assert_eq!(check("other"), Some(1));
    proxy.wait(|requests| {
        let (request, _) = requests.first()?;
        assert!(request.header("proxy-authorization").is_some(), "{request:?}");
        Some(())
    });
}
