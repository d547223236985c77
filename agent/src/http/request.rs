//! The head of a request: method, path, query and fields. A body is passed over.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read};

use percent_encoding::percent_decode_str;

/// Bytes of the longest head.
const LONGEST: usize = 8192;

/// The most header fields.
const FIELDS: usize = 64;

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// What stands after `?`, without it.
    query: String,
    /// Names in small letters.
    fields: Vec<(String, String)>,
    /// The second digit of HTTP/1.1.
    pub(super) version: u8,
}

impl Request {
    /// The value of a parameter in the query, its escapes undone. Of several the first.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Name and value of each parameter in the query, their escapes undone. One without `=` has no bytes as its value.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, String)> + use<'_> {
        let text = |text: &str| {
            let text = if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs.map(move |pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (text(name), text(value))
        })
    }

    /// The values of a header field, in their order; `name` in small letters.
    pub(crate) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| &value[..])
    }

    /// The first value of a header field; `name` in small letters.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields(name).next()
    }
}

/// Reads a request, or says why it is invalid.
///
/// # Errors
///
/// The connection broke, or the head did not come in time.
pub(super) fn read(stream: &mut impl Read) -> io::Result<Result<Request, String>> {
    let mut head = Vec::new();
    loop {
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
    if request.parse(head).map_err(|error| error.to_string())?.is_partial() {
        return Ok(None);
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let fields = request
        .headers
        .iter()
        .map(|field| (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).trim().to_owned()));
    Ok(Some(Request {
        method: request.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        fields: fields.collect(),
        version: request.version.unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let head = b"GET /contexts?top=5&x=a%2Cb+c&y HTTP/1.1\r\nHost: here\r\nACCEPT: */*\r\n\r\n";
        for len in 0..head.len() {
            assert_eq!(parse(&head[..len]), Ok(None), "{len} bytes");
        }
        let request = parse(head).unwrap().unwrap();
        assert_eq!((&request.method[..], &request.path[..], request.version), ("GET", "/contexts", 1));
        assert_eq!(
            ["top", "x", "y", "z"].map(|name| request.parameter(name)),
            [Some("5".to_owned()), Some("a,b c".to_owned()), Some(String::new()), None]
        );
        assert_eq!(
            (request.field("host"), request.field("accept"), request.field("x")),
            (Some("here"), Some("*/*"), None)
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for head in [&b"\x16\x03\x01\x02\x00\r\n\r\n"[..], b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n"] {
            assert!(parse(head).is_err(), "{head:?}");
        }
    }

    #[test]
    fn a_head_that_never_ends_is_refused_after_its_longest() {
        let mut endless = (&b"GET / HTTP/1.1\r\n"[..]).chain(io::repeat(b'x'));
        assert_eq!(read(&mut endless).unwrap(), Err("the head of a request has at most 8192 bytes".to_owned()));
    }
}
