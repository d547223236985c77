//! The daemon without file descriptors: it says so, answers probes, and loses nothing that it or the kernel has taken.
#![cfg(target_os = "linux")]

mod support;

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;

use support::{Daemon, basenji, objects};

/// Descriptors of the daemon, and connections that want one: more than there are, and than are kept free.
const DESCRIPTORS: usize = 48;
const CONNECTIONS: usize = 100;

/// The status line of the answer to a GET.
fn get(address: &str, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn without_descriptors_probes_are_answered_it_is_said_once_and_no_frame_is_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("s");
    let mut command = Command::new("/bin/sh");
    let program = basenji();
    let limited = format!("ulimit -n {DESCRIPTORS}; exec \"$0\" \"$@\"");
    command.args(["-c", &limited]).arg(program.get_program()).args(["--port", "0", "--http", "0"]);
    command.args(["--bucket-secs", "1", "--no-telemetry", "--expiry-seconds", "0"]);
    command.arg("--stream-socket").arg(&path).env_clear();
    let mut daemon = Daemon::start_with(&mut command, 2);
    let address = daemon.http();

    // The kernel takes the frames of those that are not accepted, too.
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let mut client = UnixStream::connect(&path).expect("it listens");
            let line = format!("of:1|c|#client:{number}");
            let length = u32::try_from(line.len()).expect("it is short").to_le_bytes();
            client.write_all(&[&length[..], line.as_bytes()].concat()).expect("there is room for it");
            client
        })
        .collect();
    let said = "out of file descriptors: stream connections wait";
    daemon.wait_for_log(said);
    for _ in 0..20 {
        for probe in ["/live", "/ready", "/health"] {
            assert_eq!(get(&address, probe).expect("an answer"), "HTTP/1.1 200 OK", "{probe}");
        }
    }
    // Connections that ask nothing take what streams have left, and give way.
    let idle: Vec<_> = (0..8).map(|_| TcpStream::connect(&address).expect("it listens")).collect();
    assert_eq!(get(&address, "/live").expect("an answer"), "HTTP/1.1 200 OK");
    drop(idle);
    // Three more buckets, in each of which there is no descriptor for the others.
    let mut shown = String::new();
    for tick in 0..3 {
        daemon.send(format!("tick{tick}:1|c").as_bytes());
        while !shown.contains(&format!("tick{tick}")) {
            shown.push_str(&daemon.read_line());
        }
    }
    daemon.signal("TERM");
    let (status, output, log) = daemon.end();
    assert!(status.success(), "{log}");
    assert_eq!(log.matches(said).count(), 1, "{log}");
    assert_eq!(log.matches("out of file descriptors: HTTP answers probes only").count(), 1, "{log}");
    shown.push_str(&output);
    let shown = objects(&shown);
    let clients_shown: HashSet<_> =
        shown.iter().filter(|object| object["metric"] == "of").map(|object| object["tags"].to_string()).collect();
    assert_eq!(clients_shown.len(), CONNECTIONS, "{log}");
    drop(clients);
}
