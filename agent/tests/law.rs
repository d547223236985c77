//! The law of accounts for every sink, whatever happens to it: shown + restored = delivered + waiting + dropped by reason.

#[path = "support/receiver.rs"]
mod receiver;
mod support;

use std::path::Path;
use std::process::Command;

use receiver::{Receiver, Reply};
use serde_json::Value;
use support::{Daemon, basenji, http};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// Every sink there is: four receivers, a page, standard output and the history.
fn command(receivers: &[Receiver; 4], storage: &Path) -> Command {
    let mut command = basenji();
    command.envs([
        ("DD_API_KEY", "0123456789abcdef0123456789abcdef"),
        ("DD_HOSTNAME", "h"),
        ("DD_DD_URL", &receivers[0].url()),
        ("DD_BASENJI_REMOTE_WRITE_URL", &receivers[1].url()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receivers[2].url()),
        ("DD_BASENJI_CLICKHOUSE_URL", &receivers[3].url()),
        ("DD_BASENJI_PROMETHEUS", "127.0.0.1:0"),
        ("DD_BASENJI_HISTORY", "always"),
        ("DD_FORWARDER_BACKOFF_BASE", "0.02"),
        ("DD_FORWARDER_BACKOFF_MAX", "0.1"),
        ("DD_FORWARDER_TIMEOUT", "1"),
        ("DD_FORWARDER_RETRY_QUEUE_PAYLOADS_MAX_SIZE", "3000"),
        ("DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES", "60000"),
        ("DD_FORWARDER_STORAGE_MAX_DISK_RATIO", "1"),
        ("DD_FORWARDER_STORAGE_PATH", storage.to_str().expect("UTF-8")),
        // A counter of which nothing comes is silent.
        ("DD_DOGSTATSD_EXPIRY_SECONDS", "0"),
        ("DD_LOG_LEVEL", "info"),
    ]);
    command.args(["--port", "0", "--bucket-secs", "1", "--no-telemetry", "--format", "json", "--http", "0"]);
    command.env_remove("DD_BASENJI_HTTP");
    command
}

/// Starts it, and returns where it serves HTTP.
fn start(command: &mut Command) -> (Daemon, String) {
    let mut daemon = Daemon::start_with(command, 1);
    let address = daemon.http();
    (daemon, address)
}

fn rows(address: &str) -> Vec<Value> {
    http::status(address)["sinks"].as_array().expect("a list").clone()
}

fn total(amount: &Value) -> u64 {
    amount.as_object().expect("an amount").values().filter_map(Value::as_u64).sum()
}

/// Whether the law holds for series, events and service checks each.
fn holds(row: &Value) -> bool {
    ["series", "events", "service_checks"].iter().all(|kind| {
        let of = |amount: &Value| amount[kind].as_u64().expect("a number");
        let dropped: u64 = row["dropped"].as_object().expect("reasons").values().map(of).sum();
        of(&row["shown"]) + of(&row["restored"]) == of(&row["delivered"]) + of(&row["waiting"]) + dropped
    })
}

/// Waits until the law holds for every sink and `look` is content with all rows at once.
fn wait_for(address: &str, look: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let rows = rows(address);
        if rows.iter().all(holds) && look(&rows) {
            return rows;
        }
        std::thread::yield_now();
    }
}

/// Lines of every kind, some of which clash, are negative, or fit nowhere.
fn lines(random: &mut Random) -> Vec<String> {
    let mut lines = Vec::new();
    for _ in 0..60 {
        let number = random.below(40);
        let value = random.below(2_000) as f64 / 10.0 - 20.0;
        lines.push(match random.below(9) {
            0 => format!("a.count{number}:{value}|c|#env:dev,number:{number}"),
            1 => format!("a_count{number}:1|c|#env:dev,number:{number}"),
            2 => format!("a.gauge{number}:{value}|g"),
            3 => format!("a.gauge{number}:{}|d|#x:{number}", value.abs()),
            4 => format!("a.req{number}:{value}:{value}1|d|#host:h{number}"),
            5 => format!("a.time{number}:{value}|ms|#word"),
            6 => format!("a.set:{number}|s"),
            7 => format!("_e{{5,4}}:title|text|#number:{number}"),
            _ => format!("_sc|check.{number}|{}", number % 4),
        });
    }
    lines
}

fn send(daemon: &Daemon, lines: &[String]) {
    lines.chunks(20).for_each(|lines| daemon.send(lines.join("\n").as_bytes()));
}

/// A receiver that does anything.
fn wild(seed: u64) -> impl FnMut(&receiver::Request) -> Reply {
    let mut random = Random(seed);
    move |_| match random.below(24) {
        0..8 => Reply::Status(202),
        8 => Reply::Status(400),
        9 => Reply::Status(403),
        10 => Reply::Status(413),
        11 => Reply::Cut,
        12 => Reply::Garbage,
        13 => Reply::Stall,
        14..18 => Reply::Status(500),
        _ => Reply::Status(503),
    }
}

#[test]
fn for_every_sink_what_was_shown_is_delivered_waits_or_is_dropped_for_a_reason_whatever_happens() {
    let mut random = Random(23);
    for seed in 0..3 {
        let storage = tempfile::tempdir().expect("a directory");
        let receivers = [0, 1, 2, 3].map(|number| Receiver::start(wild(seed * 4 + number)));
        let mut command = command(&receivers, storage.path());
        let (mut daemon, address) = start(&mut command);
        let mut shown = 0;
        for _ in 0..4 {
            send(&daemon, &lines(&mut random));
            let rows = wait_for(&address, |rows| rows.iter().all(|row| total(&row["shown"]) > shown));
            let names: Vec<_> = rows.iter().map(|row| row["sink"].as_str().expect("a name")).collect();
            for sink in ["datadog", "remote_write", "otlp", "clickhouse", "prometheus", "page"] {
                assert!(names.contains(&sink), "{names:?}");
            }
            assert!(names.len() == 7, "standard output has a row, too: {names:?}");
            shown = rows.iter().map(|row| total(&row["shown"])).max().unwrap_or_default();
        }
        if seed == 1 {
            // Nobody reads standard output any more; that costs its own series alone.
            daemon.close_stdout();
            send(&daemon, &lines(&mut random));
            wait_for(&address, |rows| rows.iter().all(|row| total(&row["shown"]) > shown));
        }
        // Nothing arrives, and the daemon dies.
        receivers.iter().for_each(|receiver| receiver.follow(|_| Reply::Status(503)));
        send(&daemon, &lines(&mut random));
        let is_waiting = |row: &Value| total(&row["waiting"]) > 0;
        wait_for(&address, |rows| rows.iter().filter(|row| is_waiting(row)).count() >= 4);
        daemon.signal("KILL");
        drop(daemon.end());
        // What it has left on disk arrives by the next one, once.
        let (daemon, address) = start(&mut command);
        send(&daemon, &lines(&mut random));
        wait_for(&address, |rows| rows.iter().all(|row| total(&row["shown"]) > 0));
        receivers.iter().for_each(|receiver| receiver.follow(|_| Reply::Status(202)));
        let rows = wait_for(&address, |rows| {
            rows.iter().all(|row| total(&row["waiting"]) == 0 && row["shown"] == rows[0]["shown"])
        });
        assert!(rows.iter().all(|row| row["state"] == "ok"), "{rows:?}");
        assert!(rows.iter().any(|row| total(&row["restored"]) > 0), "{rows:?}");
        daemon.signal("TERM");
        assert!(daemon.end().0.success());
    }
}

#[test]
fn a_second_daemon_with_the_same_storage_says_so_keeps_away_and_delivers() {
    let storage = tempfile::tempdir().expect("a directory");
    let receivers = [0, 1, 2, 3].map(|_| Receiver::start(|_| Reply::Status(202)));
    let mut command = command(&receivers, storage.path());
    let (first, _) = start(&mut command);
    let mut second = Daemon::start_with(&mut command, 0);
    let line = second.wait_for_log("nothing can wait on disk");
    assert!(line.contains("another process keeps what waits there"), "{line}");
    let address = second.http();
    send(&second, &["a:1|c".to_owned()]);
    wait_for(&address, |rows| rows.iter().all(|row| total(&row["delivered"]) > 0));
    for daemon in [first, second] {
        daemon.signal("TERM");
        assert!(daemon.end().0.success());
    }
}

/// Runs the daemon by this line of a shell, whose `"$@"` it is, and holds it to the law while what waits cannot be written.
fn with_a_full_disk(storage: &Path, line: &str) {
    let receivers = [0, 1, 2, 3].map(|_| Receiver::start(|_| Reply::Status(503)));
    let own = command(&receivers, storage);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", line, "sh"]).arg(own.get_program()).args(own.get_args()).env_clear();
    shell.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(std::process::Stdio::null());
    shell.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let (daemon, address) = start(shell.env("STORAGE", storage));
    let mut random = Random(5);
    let lost = |row: &Value| row["dropped"].get("disk").map_or(0, total);
    loop {
        let mut all = lines(&mut random);
        // Names that hardly compress, so that no file of them is short.
        for _ in 0..40 {
            let name: String = (0..200).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
            all.push(format!("{name}:1|g"));
        }
        let before: u64 = rows(&address).iter().map(|row| total(&row["shown"])).sum();
        send(&daemon, &all);
        let rows = wait_for(&address, |rows| rows.iter().map(|row| total(&row["shown"])).sum::<u64>() > before);
        if rows.iter().filter(|row| lost(row) > 0).count() == 4 {
            break;
        }
    }
    receivers.iter().for_each(|receiver| receiver.follow(|_| Reply::Status(202)));
    let rows = wait_for(&address, |rows| rows.iter().all(|row| total(&row["waiting"]) == 0));
    // Standard output is a file on that disk, and the history is none.
    let of = |sink: &str| rows.iter().find(|row| row["sink"] == sink).unwrap_or_else(|| panic!("{sink} in {rows:?}"));
    assert!(total(&of("terminal")["dropped"]["output"]) > 0, "{rows:?}");
    let page = of("page");
    assert!(total(&page["delivered"]) > 0 && page["delivered"] == page["shown"], "{rows:?}");
    daemon.signal("TERM");
    assert!(daemon.end().0.success());
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_may_not_grow_costs_its_payload_and_no_more() {
    let storage = tempfile::tempdir().expect("a directory");
    // Files of at most 1 KiB: a write beyond fails as on a full disk.
    with_a_full_disk(storage.path(), "trap '' XFSZ; ulimit -f 2; exec \"$@\" > \"$STORAGE/out\"");
}

#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_costs_what_has_no_room_and_no_more() {
    let storage = tempfile::tempdir().expect("a directory");
    let mount = "mount -t tmpfs -o size=32k none \"$STORAGE\"";
    let unshare = |line: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", line]).env("STORAGE", storage.path());
        command.output().is_ok_and(|output| output.status.success())
    };
    if !unshare(mount) {
        println!("skipped: no file system can be mounted in a namespace of one's own here");
        return;
    }
    let line = format!(
        "exec unshare --user --map-root-user --mount /bin/sh -c '{mount} && exec \"$@\" > \"$STORAGE/out\"' sh \"$@\""
    );
    with_a_full_disk(storage.path(), &line);
}
