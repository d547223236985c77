//! A receiver over HTTP that answers as it is told, and keeps what it was sent.

// Every test file uses a part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// What it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| &value[..])
    }
}

/// What it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and these lines of its head, each with its end.
    Headers(u16, &'static str),
    /// Says nothing until the other side has enough.
    Stall,
    /// Closes the connection without an answer.
    Cut,
    /// Answers with what is not HTTP.
    Garbage,
}

type Script = Box<dyn FnMut(&Request) -> Reply + Send>;

struct Shared {
    script: Mutex<Script>,
    requests: Mutex<Vec<(Request, Reply)>>,
    changed: Condvar,
}

/// It listens until the end of the test.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

/// How a connection becomes one that can be read and written.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

impl Receiver {
    pub(crate) fn start(script: impl FnMut(&Request) -> Reply + Send + 'static) -> Receiver {
        Receiver::start_with(script, |stream| Some(Box::new(stream)))
    }

    /// One that accepts connections by `accept`, as for TLS.
    pub(crate) fn start_with(
        script: impl FnMut(&Request) -> Reply + Send + 'static,
        accept: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            script: Mutex::new(Box::new(script)),
            requests: Mutex::default(),
            changed: Condvar::new(),
        });
        let receiver = Receiver { port, shared: Arc::clone(&shared) };
        let accept = Arc::new(accept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, accept) = (Arc::clone(&shared), Arc::clone(&accept));
                std::thread::spawn(move || accept(stream).map(|stream| converse(stream, &shared)));
            }
        });
        receiver
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Goes on with another script.
    pub(crate) fn follow(&self, script: impl FnMut(&Request) -> Reply + Send + 'static) {
        *self.shared.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }

    /// Waits until `look` finds what it looks for among the requests and the answers to them.
    pub(crate) fn wait<T>(&self, mut look: impl FnMut(&[(Request, Reply)]) -> Option<T>) -> T {
        let mut requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = look(&requests) {
                return found;
            }
            requests = self.shared.changed.wait(requests).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn converse(stream: Box<dyn Stream>, shared: &Shared) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream)?;
        let reply = (shared.script.lock().unwrap_or_else(PoisonError::into_inner))(&request);
        shared.requests.lock().unwrap_or_else(PoisonError::into_inner).push((request, reply.clone()));
        shared.changed.notify_all();
        match reply {
            Reply::Status(_) | Reply::Headers(..) => {
                let (status, more) = match reply {
                    Reply::Headers(status, more) => (status, more),
                    Reply::Status(status) => (status, ""),
                    Reply::Stall | Reply::Cut | Reply::Garbage => return None,
                };
                let body = format!("{{\"status\":{status}}}");
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status} Word\r\nContent-Length: {length}\r\nRetry-After: 7\r\n{more}\r\n{body}");
                stream.get_mut().write_all(answer.as_bytes()).ok()?;
                stream.get_mut().flush().ok()?;
            }
            Reply::Garbage => {
                stream.get_mut().write_all(b"\x00\xffnot HTTP\r\n\r\n").ok()?;
                return None;
            }
            Reply::Cut => return None,
            Reply::Stall => {
                // The other side closes when its patience ends.
                let _ = stream.read(&mut [0]);
                return None;
            }
        }
    }
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    let mut next = |stream: &mut dyn BufRead| {
        line.clear();
        (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    };
    let first = next(stream)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    loop {
        let line = next(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body).ok()?;
    Some(request)
}
