//! What one daemon has received, replayed into another.

mod support;

use std::io::Read;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{Daemon, basenji, objects, run, text};

/// A daemon with buckets of an hour that serves HTTP on a free port, with these sockets, and where HTTP is.
fn serving(more: &[&str], sockets: usize) -> (Daemon, String) {
    let arguments = ["--http", "127.0.0.1:0", "--bucket-secs", "3600", "--no-telemetry"];
    let mut daemon = Daemon::start(&[&arguments[..], more].concat(), sockets);
    let line = daemon.wait_for_log("serving");
    let address = line.trim_end().rsplit_once("http=").expect("an address").1.to_owned();
    (daemon, address)
}

/// A capture that has begun.
fn capture(address: &str, file: &Path, more: &[&str]) -> Child {
    let mut command = basenji();
    command.env_remove("DD_BASENJI_HTTP").arg("capture").arg(file).args(["--http", address]).args(more);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let start = Instant::now();
    // The file is made once the daemon copies.
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "no file");
        sleep(Duration::from_millis(5));
    }
    child
}

/// Standard output and standard error of a program that has ended well.
fn ended(mut child: Child) -> (String, String) {
    let status = child.wait().expect("it ends");
    let (mut output, mut log) = (String::new(), String::new());
    child.stdout.take().expect("piped").read_to_string(&mut output).expect("UTF-8");
    child.stderr.take().expect("piped").read_to_string(&mut log).expect("UTF-8");
    assert!(status.success(), "{status}: {log}");
    (output, log)
}

/// Sends lines that are no part of a test until the capture has come to its most bytes.
fn fill(child: &mut Child, daemon: &Daemon) {
    let filler = format!("filler:1|c|#{}", "x".repeat(1000));
    while child.try_wait().expect("it can be asked").is_none() {
        daemon.send(filler.as_bytes());
        sleep(Duration::from_millis(2));
    }
}

/// Takes out times, and the average, whose last digit depends on the order of the values.
fn strip(one: &mut Value) {
    for (_, inner) in one.as_object_mut().into_iter().flatten() {
        strip(inner);
    }
    if let Some(object) = one.as_object_mut() {
        object.remove("timestamp");
        object.remove("avg");
    }
}

/// What was shown, without the filler.
fn shown(daemon: Daemon) -> Vec<String> {
    let is_ours = |one: &Value| one["metric"] != "filler";
    let mut shown: Vec<_> = daemon.stop().into_iter().filter(is_ours).collect();
    shown.iter_mut().for_each(strip);
    let mut shown: Vec<_> = shown.iter().map(Value::to_string).collect();
    shown.sort_unstable();
    shown
}

#[test]
fn a_capture_of_one_daemon_replayed_into_another_gives_the_same_series() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let socket = path("one.socket");
    let (daemon, address) = serving(&["--port", "0", "--socket", &socket.to_string_lossy()], 2);
    for is_plain in [true, false] {
        let file = path(if is_plain { "plain.dog" } else { "compressed.dog" });
        let plain: &[&str] = if is_plain { &["--plain"] } else { &[] };
        let mut child = capture(&address, &file, &[&["--max-bytes", "100000"], plain].concat());
        if is_plain {
            let unix = UnixDatagram::unbound().expect("a socket");
            for number in 0..200 {
                let line = format!("views:{number}|c|@0.5|#n:{}\ntime:{number}:3|d\nusers:u{number}|s", number % 7);
                match number % 2 {
                    0 => daemon.send(line.as_bytes()),
                    _ => drop(unix.send_to(line.as_bytes(), &socket).expect("the daemon listens")),
                }
            }
            daemon.send(b"queue:4|g\nno message\n_sc|db.up|2|m:no answer");
            daemon.send(b"_e{6,4}:Deploy|done|#env:dev");
        }
        fill(&mut child, &daemon);
        let (said, _) = ended(child);
        assert!(said.starts_with("captured ") && said.ends_with("it has come to its most bytes\n"), "{said}");
    }
    let expected = shown(daemon);
    assert!(expected.len() >= 11, "{expected:?}");

    let target = path("other.socket");
    let other = Daemon::start(
        &["--port", "0", "--stream-socket", &target.to_string_lossy(), "--bucket-secs", "3600", "--no-telemetry"],
        2,
    );
    let to = format!("unix://{}", target.display());
    let output = run(&["replay", &path("plain.dog").to_string_lossy(), "--to", &to, "--speed", "max"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("replayed "), "{}", text(&output.stdout));
    assert_eq!(shown(other), expected);

    let parsed = run(&["replay", &path("compressed.dog").to_string_lossy(), "--parse"]);
    let parsed = objects(text(&parsed.stdout));
    assert_eq!((&parsed[0]["kind"], &parsed[0]["listener"]), (&"datagram".into(), &"udp".into()));
    assert_eq!((&parsed[1]["kind"], &parsed[1]["name"]), (&"metric".into(), &"filler".into()));
}

#[test]
fn a_file_that_is_cut_is_replayed_up_to_its_fault() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("a.dog");
    let (daemon, address) = serving(&["--port", "0"], 1);
    let mut child = capture(&address, &file, &["--max-bytes", "5000", "--plain"]);
    let second = basenji().args(["capture", "other.dog", "--http", &address]).output().expect("it starts");
    assert_eq!((second.status.code(), text(&second.stderr).contains("a capture runs already")), (Some(1), true));
    fill(&mut child, &daemon);
    ended(child);
    let bytes = std::fs::read(&file).expect("the file");
    std::fs::write(&file, &bytes[..bytes.len() - 300]).expect("the file");

    let name = file.to_string_lossy();
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let to = format!("udp://{}", socket.local_addr().expect("an address"));
    let output = run(&["replay", &name, "--to", &to, "--speed", "1000"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(", at byte ") && said.contains(": a message is cut: of its "), "{said}");
    let count: usize =
        said.rsplit("the ").next().and_then(|end| end.split(' ').next()).unwrap().parse().expect("a number");
    let mut buffer = [0; 2000];
    (0..count).for_each(|_| assert!(socket.recv(&mut buffer).expect("a datagram") > 1000));
    assert!((2..5).contains(&count), "{said}");
}

#[test]
fn what_is_no_capture_is_not_replayed() {
    for file in ["Cargo.toml", "no such file"] {
        let output = run(&["replay", file]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).starts_with(&format!("basenji: cannot read {file}: ")),
            "{}",
            text(&output.stderr)
        );
    }
}
