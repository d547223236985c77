//! An answer: status, fields, and a body that is there or is written piece by piece.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};

/// Bytes of a piece of a body that is written as it comes.
const PIECE: usize = 8192;

/// Fields of every answer. No other origin may read it, guess its type or show it in a frame.
const FIELDS: &str = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
    Cross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n";

/// Writes a body. An error ends the connection, so that the client knows that something is missing.
type Writing = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()>>;

/// The bytes of an answer.
pub(super) enum Body {
    /// All of them.
    Whole(Vec<u8>),
    /// As they come.
    Pieces(Writing),
}

/// An answer.
pub(crate) struct Answer {
    /// Status code and its word, as in `200 OK`.
    pub(super) status: &'static str,
    content_type: Cow<'static, str>,
    /// Names and values of further fields.
    fields: Vec<(&'static str, String)>,
    body: Body,
}

impl Answer {
    /// 200 with a body of this type.
    pub(crate) fn new(content_type: impl Into<Cow<'static, str>>, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status: "200 OK",
            content_type: content_type.into(),
            fields: Vec::new(),
            body: Body::Whole(body.into()),
        }
    }

    /// 200 with an object of JSON.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Answer {
        Answer::new("application/json", body)
    }

    /// A sentence for people; `status` as in `404 Not Found`.
    pub(crate) fn text(status: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, ..Answer::new("text/plain; charset=utf-8", body) }
    }

    /// 200 with a body that `write` writes in bounded memory, in pieces of some kilobytes; each flush sends what there is. A write fails when the client is gone.
    pub(crate) fn pieces(
        content_type: impl Into<Cow<'static, str>>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()> + 'static,
    ) -> Answer {
        Answer { body: Body::Pieces(Box::new(write)), ..Answer::new(content_type, "") }
    }

    /// With another status, as in `503 Service Unavailable`.
    pub(crate) fn with_status(self, status: &'static str) -> Answer {
        Answer { status, ..self }
    }

    /// With one more field.
    pub(crate) fn with_field(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.fields.push((name, value.into()));
        self
    }

    /// Writes it for a reader of HTTP/1.`version`.
    pub(super) fn write(self, stream: &mut impl Write, version: u8, with_body: bool) -> io::Result<()> {
        let Answer { status, content_type, fields, body } = self;
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{FIELDS}");
        for (name, value) in fields {
            head += &format!("{name}: {value}\r\n");
        }
        match body {
            Body::Whole(body) => {
                head += &format!("Content-Length: {}\r\n\r\n", body.len());
                let mut bytes = head.into_bytes();
                if with_body {
                    bytes.extend_from_slice(&body);
                }
                stream.write_all(&bytes)
            }
            Body::Pieces(write) if version > 0 => {
                head += "Transfer-Encoding: chunked\r\n\r\n";
                stream.write_all(head.as_bytes())?;
                if !with_body {
                    return Ok(());
                }
                let mut pieces = BufWriter::with_capacity(PIECE, Chunks(&mut *stream));
                write(&mut pieces)?;
                pieces.flush()?;
                drop(pieces);
                stream.write_all(b"0\r\n\r\n")
            }
            // The end of the connection is the end of the body.
            Body::Pieces(write) => {
                head += "\r\n";
                stream.write_all(head.as_bytes())?;
                if !with_body {
                    return Ok(());
                }
                let mut pieces = BufWriter::with_capacity(PIECE, stream);
                write(&mut pieces)?;
                pieces.flush()
            }
        }
    }
}

/// Writes each piece with its length before it.
struct Chunks<'a, W>(&'a mut W);

impl<W: Write> Write for Chunks<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !bytes.is_empty() {
            self.0.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
            self.0.write_all(bytes)?;
            self.0.write_all(b"\r\n")?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answer: Answer, version: u8, with_body: bool) -> (String, String) {
        let mut bytes = Vec::new();
        let _ = answer.write(&mut bytes, version, with_body);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    fn counting(to: u32) -> Answer {
        Answer::pieces("text/plain", move |out| (0..to).try_for_each(|number| writeln!(out, "{number}")))
    }

    #[test]
    fn a_whole_body_comes_with_its_length() {
        let (head, body) = written(Answer::json("{}").with_field("Retry-After", "1"), 1, true);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"), "{head}");
        assert!(head.contains("\r\nRetry-After: 1\r\n") && head.ends_with("\r\nContent-Length: 2"), "{head}");
        assert_eq!(body, "{}");
        assert_eq!(written(Answer::json("{}"), 1, false).1, "");
    }

    #[test]
    fn pieces_come_with_a_length_each_and_an_end_that_an_error_leaves_out() {
        let (head, body) = written(counting(2), 1, true);
        assert!(head.ends_with("\r\nTransfer-Encoding: chunked"), "{head}");
        assert_eq!(body, "4\r\n0\n1\n\r\n0\r\n\r\n");
        assert_eq!(written(counting(3), 1, false).1, "");
        let many = written(counting(9000), 1, true).1;
        assert!(many.split("\r\n").all(|part| part.len() <= PIECE), "a piece is too long");
        let broken = Answer::pieces("text/plain", |out| {
            write!(out, "a")?;
            out.flush()?;
            Err(io::ErrorKind::Other.into())
        });
        assert_eq!(written(broken, 1, true).1, "1\r\na\r\n");
    }

    #[test]
    fn a_reader_of_the_oldest_version_gets_pieces_without_lengths() {
        let (head, body) = written(counting(2), 0, true);
        assert!(!head.contains("chunked"), "{head}");
        assert_eq!(body, "0\n1\n");
    }
}
