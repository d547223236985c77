//! The head of a request: method, path and query. What else it has is passed over.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Bytes of the longest head.
const LONGEST: usize = 8192;

/// The most header fields.
const FIELDS: usize = 64;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// What stands after `?`, without it.
    pub(super) query: String,
}

impl Request {
    /// The value of a parameter in the query.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// Reads a request, or says why it is none.
///
/// # Errors
///
/// The connection broke, or the head did not come within `patience`.
pub(super) fn read(stream: &mut TcpStream, patience: Duration) -> io::Result<Result<Request, String>> {
    let end = Instant::now() + patience;
    let mut head = Vec::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let mut piece = [0; 1024];
        match stream.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(len) => head.extend_from_slice(&piece[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match parse(&head) {
            Ok(Some(request)) => return Ok(Ok(request)),
            Ok(None) if head.len() < LONGEST => {}
            Ok(None) => return Ok(Err(format!("the head of a request has at most {LONGEST} bytes"))),
            Err(problem) => return Ok(Err(problem)),
        }
    }
}

/// The request, once its head is complete.
fn parse(head: &[u8]) -> Result<Option<Request>, String> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    match request.parse(head).map_err(|error| error.to_string())? {
        httparse::Status::Partial => Ok(None),
        httparse::Status::Complete(_) => {
            let target = request.path.unwrap_or_default();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let method = request.method.unwrap_or_default().to_owned();
            Ok(Some(Request { method, path: path.to_owned(), query: query.to_owned() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let head = b"GET /contexts?top=5&x=y HTTP/1.1\r\nHost: here\r\nAccept: */*\r\n\r\n";
        for len in 0..head.len() {
            assert_eq!(parse(&head[..len]), Ok(None), "{len} bytes");
        }
        let request = parse(head).unwrap().unwrap();
        assert_eq!((&request.method[..], &request.path[..]), ("GET", "/contexts"));
        assert_eq!((request.parameter("top"), request.parameter("z")), (Some("5"), None));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for head in [&b"\x16\x03\x01\x02\x00\r\n\r\n"[..], b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n"] {
            assert!(parse(head).is_err(), "{head:?}");
        }
    }
}
