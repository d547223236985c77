//! A daemon with the live page, and questions to it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::Daemon;

/// A daemon with buckets of an hour that serves HTTP on a free port, and where that is.
pub(crate) fn serving(more: &[&str]) -> (Daemon, String) {
    let arguments = ["--port", "0", "--http", "0", "--bucket-secs", "3600", "--no-telemetry"];
    let mut daemon = Daemon::start(&[&arguments[..], more].concat(), 1);
    let line = daemon.wait_for_log("the live page is at http://");
    let (_, address) = line.trim_end().rsplit_once("http://").expect("an address");
    let address = address.split('/').next().unwrap_or_default().to_owned();
    (daemon, address)
}

/// Head and body of the answer to a GET with these further fields.
pub(crate) fn ask(address: &str, target: &str, fields: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).expect("UTF-8"), body)
}

pub(crate) fn object(address: &str, target: &str) -> Value {
    let (head, body) = ask(address, target, "");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    serde_json::from_slice(&body).expect("JSON")
}
