//! The live page as a browser asks for it: its files, its API, and which requests are refused.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::page::{ask, object, serving};
use support::{Daemon, basenji, text};

#[test]
fn the_page_is_small_and_may_load_nothing_but_itself() {
    let (_daemon, address) = serving(&[]);
    let (head, body) = ask(&address, "/", "");
    assert!(head.contains("Content-Type: text/html"), "{head}");
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(head.contains(part), "{head}");
    }
    assert!(!head.contains("unsafe"), "{head}");
    let page = String::from_utf8(body).expect("UTF-8");
    assert!(!page.contains("style=") && !page.contains("onclick"), "{page}");
    let (mut files, mut done, mut total) = (vec!["/".to_owned()], 0, 0);
    while let Some(path) = files.get(done).cloned() {
        done += 1;
        let (head, packed) = ask(&address, &path, "Accept-Encoding: gzip, br\r\n");
        assert!(head.contains("Content-Encoding: gzip"), "{path}: {head}");
        total += head.len() + packed.len();
        let (_, plain) = ask(&address, &path, "");
        let plain = String::from_utf8(plain).expect("UTF-8");
        assert!(!plain.contains("innerHTML =") && !plain.contains("eval("), "{path}");
        for quoted in plain.split(['"', '\'']) {
            let file = quoted.strip_prefix("./").map(|name| format!("/page/{name}"));
            let file = file.or_else(|| quoted.starts_with("/page/").then(|| quoted.to_owned()));
            files.extend(file.filter(|file| file.contains('.') && !files.contains(file)));
        }
    }
    assert!(done >= 8 && total < 60_000, "{done} files of {total} bytes: {files:?}");
}

#[test]
fn a_message_is_seen_within_a_second_in_the_bucket_that_is_still_filling() {
    let (daemon, address) = serving(&[]);
    assert_eq!(object(&address, "/api/metrics")["total"], 0);
    let start = Instant::now();
    daemon.send(b"page.views:1|c|#env:dev\nlogin.time:5:7:100|d");
    let seen = loop {
        let list = object(&address, "/api/metrics");
        if list["total"] == 2 {
            break list;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{list}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(seen["filling"], true);
    let metric = object(&address, "/api/metric?name=login.time&kind=distribution");
    assert_eq!((&metric["lines"][0]["count"][0], &metric["lines"][0]["max"][0]), (&3.into(), &100.0.into()));
    // Looking takes nothing away from what is shown in the end.
    let shown = daemon.stop();
    let views: Vec<_> = shown.iter().filter(|one| one["metric"] == "page.views").collect();
    assert_eq!((views.len(), &views[0]["value"]), (1, &1.0.into()));
    assert!(shown.iter().any(|one| one["metric"] == "login.time" && one["sketch"]["count"] == 3));
}

/// Whether `served` has the fields of `told`, each of the same type; null stands for any one value.
fn compare(place: &str, told: &Value, served: &Value) {
    match (told, served) {
        (Value::Object(told), Value::Object(served)) => {
            let names = |fields: &serde_json::Map<String, Value>| fields.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(told), names(served), "{place}");
            told.iter().for_each(|(name, value)| compare(&format!("{place}.{name}"), value, &served[name]));
        }
        (Value::Array(told), Value::Array(served)) => {
            let any = told.first().unwrap_or_else(|| panic!("{place}: an example has an element"));
            // What stands in a pair or a cell has a meaning by its place.
            let is_row = told.len() > 1 && told.len() == served.len();
            served.iter().enumerate().for_each(|(at, one)| compare(place, if is_row { &told[at] } else { any }, one));
        }
        (Value::Null, one) | (one, Value::Null) => {
            assert!(!one.is_object() && !one.is_array(), "{place}: {told} is told, {served} is served");
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        _ => panic!("{place}: {told} is told, {served} is served"),
    }
}

#[test]
fn the_answers_have_the_shapes_that_the_readme_tells() {
    let (mut daemon, address) = serving(&[]);
    object(&address, "/api/overview");
    daemon.send(b"http.latency:12:30:31|d|#route:/cart,env:prod\nhttp.latency:200|d|#route:/admin,env:prod");
    daemon.send(b"http.requests:4|c|#env:prod\n_e{6,4}:Deploy|done|t:success|#env:prod\nlogin.time:fast|ms");
    daemon.wait_for_log("line refused");
    let start = Instant::now();
    while object(&address, "/api/metrics")["series"] != 3 {
        assert!(start.elapsed() < Duration::from_secs(20), "they do not come");
        std::thread::sleep(Duration::from_millis(50));
    }
    let readme = include_str!("../README.md");
    let mut told = Vec::new();
    for (at, _) in readme.match_indices("\n`GET /api/") {
        let (target, rest) = readme[at + 6..].split_once('`').expect("an end");
        let (_, rest) = rest.split_once("```json\n").expect("an example");
        let (example, _) = rest.split_once("```").expect("its end");
        let example: Value = serde_json::from_str(example).unwrap_or_else(|error| panic!("{target}: {error}"));
        compare(target, &example, &object(&address, target));
        told.push(target.split('?').next().unwrap_or_default());
    }
    told.dedup();
    assert_eq!(told, ["/api/overview", "/api/metrics", "/api/metric", "/api/said", "/api/cardinality"]);
    daemon.stop();
}

#[test]
fn what_is_known_already_is_not_told_again() {
    let arguments = ["--port", "0", "--http", "0", "--bucket-secs", "1", "--no-telemetry"];
    let mut daemon = Daemon::start(&arguments, 1);
    let address = daemon.http();
    object(&address, "/api/overview");
    let metric = |since: &Value| object(&address, &format!("/api/metric?name=g&kind=gauge&since={since}"));
    let times = |metric: &Value| metric["times"].as_array().cloned().unwrap_or_default();
    let start = Instant::now();
    let mut all = Value::Null;
    while times(&all).len() < 3 {
        assert!(start.elapsed() < Duration::from_secs(30), "{all}");
        daemon.send(b"g:1|g\n_e{1,1}:a|b");
        std::thread::sleep(Duration::from_millis(300));
        all = metric(&0.into());
    }
    let first = times(&all)[0].clone();
    let rest = metric(&first);
    assert!(times(&rest).iter().all(|time| time.as_u64() > first.as_u64()) && !times(&rest).is_empty(), "{rest}");
    assert_eq!(times(&rest).len(), rest["lines"][0]["values"].as_array().map_or(0, Vec::len));
    let said = object(&address, "/api/said")["said"].as_array().cloned().unwrap_or_default();
    let rest = object(&address, &format!("/api/said?since={}", said[0]["at"]))["said"].clone();
    assert!(
        rest.as_array().is_some_and(
            |rest| rest.len() < said.len() && rest.iter().all(|one| one["at"].as_u64() > said[0]["at"].as_u64())
        ),
        "{rest}"
    );
    daemon.stop();
}

#[test]
fn the_history_is_filled_from_the_first_look_or_from_the_start() {
    for (always, kept) in [(false, 0), (true, 1)] {
        let mut command = basenji();
        if always {
            command.env("DD_BASENJI_HISTORY", "always");
        }
        command.args(["--port", "0", "--http", "0", "--bucket-secs", "1", "--no-telemetry"]);
        let mut daemon = Daemon::start_with(&mut command, 1);
        let address = daemon.http();
        daemon.send(b"before:1|g");
        while !daemon.read_line().contains("before") {}
        // The sink of the page has had its bucket, too, when the board says so.
        let start = Instant::now();
        let shown = |address: &str| object(address, "/status")["sinks"][1]["delivered"]["series"].as_u64();
        while shown(&address) < Some(1) {
            assert!(start.elapsed() < Duration::from_secs(20), "{}", object(&address, "/status"));
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(object(&address, "/api/metrics")["total"], kept, "always: {always}");
        daemon.stop();
    }
}

#[test]
fn the_history_is_part_of_the_memory_that_the_daemon_says_it_takes() {
    let most = |limit: &str, more: &[&str]| -> u64 {
        let mut command = basenji();
        command.env("DD_BASENJI_HISTORY_LIMIT", limit).env_remove("DD_BASENJI_HTTP").arg("config").args(more);
        let output = command.output().expect("the program starts");
        let said = text(&output.stdout).lines().last().unwrap_or_default().to_owned();
        let number = said.split("takes ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        number.unwrap_or_else(|| panic!("{said}"))
    };
    let [small, large] = ["1048576", "1074790400"].map(|limit| most(limit, &[]));
    assert_eq!(large - small, 1024, "MiB");
    assert!(most("1074790400", &["--page=false"]) < small, "without the page there is no history");
}

#[test]
fn a_history_keeps_to_its_limit_and_counts_what_it_leaves_out() {
    let mut command = basenji();
    command.envs([("DD_BASENJI_HISTORY", "always"), ("DD_BASENJI_HISTORY_LIMIT", "1048576")]);
    command.args(["--port", "0", "--http", "0", "--bucket-secs", "1", "--no-telemetry", "--format", "off"]);
    command.args(["--prometheus", "127.0.0.1:0"]);
    let mut daemon = Daemon::start_with(&mut command, 1);
    let address = daemon.http();
    let start = Instant::now();
    for number in 0.. {
        daemon.send(format!("n{number}:1|c|#{}", "t".repeat(8000)).as_bytes());
        let history = (number % 50 == 0).then(|| object(&address, "/api/overview")["history"].clone());
        if let Some(history) = history.filter(|history| history["left_out"].as_u64() > Some(0)) {
            assert!(history["bytes"].as_u64().is_some_and(|bytes| bytes > 500_000 && bytes <= 1_048_576), "{history}");
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "nothing is left out of {number} series");
    }
    daemon.stop();
}

#[test]
fn histograms_and_timings_have_quantiles_and_heat_maps_while_somebody_looks() {
    let (daemon, address) = serving(&[]);
    object(&address, "/api/overview");
    let values: Vec<String> = (1..=100).map(|value| value.to_string()).collect();
    daemon.send(format!("t:{0}|ms|#a:1\nt:{0}|ms|#a:2\nh:{0}|h\n", values.join(":")).as_bytes());
    let start = Instant::now();
    while object(&address, "/api/metrics")["total"] != 2 {
        assert!(start.elapsed() < Duration::from_secs(20), "they do not come");
        std::thread::sleep(Duration::from_millis(50));
    }
    for (query, samples) in [("t&kind=timing", 200), ("h&kind=histogram", 100)] {
        let metric = object(&address, &format!("/api/metric?name={query}"));
        let line = &metric["lines"][0];
        let p50 = line["p50"][0].as_f64().expect("a quantile");
        assert!((p50 / 50.0 - 1.0).abs() < 0.05, "{line}");
        let cells = metric["heat"]["cells"].as_array().expect("cells");
        assert_eq!(cells.iter().filter_map(|cell| cell[2].as_u64()).sum::<u64>(), samples);
    }
    // What other sinks show is the same.
    let shown = daemon.stop();
    let t = shown.iter().find(|one| one["metric"] == "t").expect("it is shown");
    assert!(t["sketch"].is_null() && t["aggregates"].is_object(), "{t}");
}

#[test]
fn a_look_keeps_events_and_checks_for_the_flush() {
    let (daemon, address) = serving(&[]);
    daemon.send(b"_e{6,4}:Deploy|done|t:success|#env:dev\n_sc|db.up|2|m:no answer");
    let start = Instant::now();
    loop {
        let said = object(&address, "/api/said");
        if said["said"].as_array().is_some_and(|said| said.len() == 2) {
            assert_eq!(said["said"][0]["title"], "Deploy");
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{said}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let shown = daemon.stop();
    assert_eq!(
        shown.iter().filter(|one| !one["event"].is_null() || !one["service_check"].is_null()).count(),
        2,
        "{shown:?}"
    );
}

#[test]
fn what_was_received_is_text_in_the_plain_table() {
    let (daemon, address) = serving(&[]);
    daemon.send("<script>alert(1)</script>:1|c|#\"x'&\u{202e}".as_bytes());
    let start = Instant::now();
    let page = loop {
        let (head, body) = ask(&address, "/table", "");
        assert!(head.contains("default-src 'none'"), "{head}");
        let page = String::from_utf8(body).expect("UTF-8");
        if page.contains("alert") || start.elapsed() > Duration::from_secs(20) {
            break page;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script"), "{page}");
}

#[test]
fn lines_are_tapped_filtered_and_parsed() {
    let (daemon, address) = serving(&[]);
    let mut stream = TcpStream::connect(&address).expect("it listens");
    stream.write_all(b"GET /api/tap?match=want HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    let mut lines = BufReader::new(stream).lines().map(|line| line.expect("UTF-8"));
    lines.find(|line| line == "{}").expect("it has begun");
    daemon.send(b"other:1|c\nwanted:1|c|#a:b\n");
    let line = lines.find(|line| line.contains("line")).expect("a line");
    let seen: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((&seen["line"], &seen["listener"]), (&"wanted:1|c|#a:b".into(), &"udp".into()));
    assert!(seen["from"].as_str().is_some_and(|from| from.starts_with("127.0.0.1:")), "{seen}");
    let parsed = object(&address, "/api/parse?line=wanted%3A1%7Cc%7C%23a%3Ab%0Abad");
    assert_eq!((&parsed[0]["name"], &parsed[1]["kind"]), (&"wanted".into(), &"error".into()));
}

#[test]
fn the_last_bad_lines_are_kept_with_place_and_reason() {
    let (mut daemon, address) = serving(&[]);
    daemon.send(b"login.time:fast|ms");
    daemon.wait_for_log("line refused");
    let bad = &object(&address, "/api/overview")["bad"][0];
    assert_eq!(
        (&bad["line"], &bad["offset"], &bad["error"]),
        (&"login.time:fast|ms".into(), &11.into(), &"bad value".into())
    );
}

#[test]
fn a_page_beyond_this_machine_needs_the_token_of_its_link() {
    let arguments = ["--port", "0", "--http", "0.0.0.0:0", "--bucket-secs", "3600"];
    let mut daemon = Daemon::start(&arguments, 1);
    let line = daemon.wait_for_log("the live page is at http://127.0.0.1:");
    let (address, token) = line.trim_end().rsplit_once("/#t=").expect("a token");
    let address = address.rsplit_once("http://").expect("an address").1;
    assert_eq!(token.len(), 32);
    let status =
        |target: &str, fields: &str| ask(address, target, fields).0.lines().next().unwrap_or_default().to_owned();
    assert_eq!(status("/", ""), "HTTP/1.1 200 OK");
    for path in ["/api/overview", "/api/metrics?t=", "/api/parse?line=a&t=00", "/table", "/api/tap"] {
        assert_eq!(status(path, ""), "HTTP/1.1 403 Forbidden", "{path}");
    }
    assert_eq!(status("/api/overview", &format!("X-Basenji-Token: {token}\r\n")), "HTTP/1.1 200 OK");
    assert_eq!(status(&format!("/table?t={token}"), ""), "HTTP/1.1 200 OK");
    assert_eq!(status("/health", ""), "HTTP/1.1 200 OK");
}

#[test]
fn a_daemon_without_the_page_serves_none_and_open_says_where_it_is() {
    let arguments = ["--port", "0", "--http", "0", "--page=false", "--bucket-secs", "3600"];
    let mut daemon = Daemon::start(&arguments, 1);
    let address = daemon.http();
    assert!(ask(&address, "/api/overview", "").0.starts_with("HTTP/1.1 404"));
    let open = |address: &str| basenji().args(["open", "--print", "--http", address]).output().expect("it starts");
    assert_eq!(open(&address).status.code(), Some(1));
    let (_daemon, address) = serving(&[]);
    let output = open(&address);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), &format!("http://{address}/\n")[..]));
}

#[test]
fn ten_thousand_series_are_listed_while_everything_is_received() {
    let (daemon, address) = serving(&["--so-rcvbuf", "0"]);
    object(&address, "/api/overview");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let start = Instant::now();
    let series = |address: &str| object(address, "/api/metric?name=many&kind=count")["series_total"].as_u64();
    // Sent again until all have come: the kernel holds little for a socket by default.
    while series(&address) < Some(10_000) {
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", series(&address));
        for part in 0..1000 {
            let lines: String = (0..10).map(|n| format!("many:1|c|#user:{}\n", part * 10 + n)).collect();
            socket.send_to(lines.as_bytes(), daemon.address("udp")).expect("sent");
        }
    }
    let before = Instant::now();
    let list = object(&address, "/api/metric?name=many&kind=count&by=user");
    assert!(before.elapsed() < Duration::from_secs(3), "{:?}", before.elapsed());
    assert!(
        list["lines"].as_array().is_some_and(|lines| lines.len() == 8) && list["lines_total"].as_u64() == Some(10_000)
    );
    assert_eq!(object(&address, "/api/cardinality")["keys"][0]["key"], "user");
}
