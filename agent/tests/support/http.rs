//! A look at a daemon over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Head and body of the answer to a GET.
pub(crate) fn get(address: &str, target: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    (head.to_owned(), body.to_owned())
}

/// What `/status` says.
pub(crate) fn status(address: &str) -> Value {
    serde_json::from_str(&get(address, "/status").1).expect("JSON")
}
