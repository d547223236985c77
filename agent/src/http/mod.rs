//! What happens in the daemon, over HTTP/1.1: health, counters, contexts.
//!
//! It is for probes, scrapers and `basenji status`, on a loopback port: a connection is one request and one answer.
//! Whatever arrives there costs a bounded number of threads, bytes and seconds, and the sockets for metrics do not
//! notice it.

mod contexts;
mod get;
mod prometheus;
mod request;
mod routes;
mod status;

use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

pub(crate) use get::get;
pub(crate) use routes::{Routes, Scope};

/// Requests that are answered at a time; more connections are closed at once.
const MOST: usize = 16;

/// How long a request may take to arrive, and an answer to leave.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pause after a failure to accept, which mostly is a lack of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status code and its word, as in `200 OK`.
    status: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Answer {
    fn json(body: Vec<u8>) -> Answer {
        Answer { status: "200 OK", content_type: "application/json", body }
    }

    fn text(status: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, content_type: "text/plain; charset=utf-8", body: body.into() }
    }

    fn write(&self, stream: &mut TcpStream, with_body: bool) -> io::Result<()> {
        let Answer { status, content_type, body } = self;
        let mut bytes = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        if with_body {
            bytes.extend_from_slice(body);
        }
        stream.write_all(&bytes)
    }
}

/// Listens at `address` and answers for the life of the process; returns where it listens.
///
/// # Errors
///
/// What the system reports of the address.
pub(crate) fn serve(address: SocketAddr, routes: Routes) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    thread::Builder::new().name("basenji-http".to_owned()).spawn(move || accept(&listener, &Arc::new(routes)))?;
    Ok(address)
}

fn accept(listener: &TcpListener, routes: &Arc<Routes>) {
    let open = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            thread::sleep(PAUSE);
            continue;
        };
        let place = Place::take(&open);
        if place.is_beyond(MOST) {
            continue;
        }
        let routes = Arc::clone(routes);
        let answer = move || {
            let _place = place;
            // Whoever has asked may be gone.
            let _ = converse(stream, &routes);
        };
        // Without a thread the connection is closed, which is an answer too.
        let _ = thread::Builder::new().name("basenji-http".to_owned()).spawn(answer);
    }
}

/// A place among the requests that are being answered.
struct Place {
    open: Arc<AtomicUsize>,
    before: usize,
}

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Place {
        Place { before: open.fetch_add(1, Ordering::Relaxed), open: Arc::clone(open) }
    }

    fn is_beyond(&self, most: usize) -> bool {
        self.before >= most
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

fn converse(mut stream: TcpStream, routes: &Routes) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let (answer, with_body) = match request::read(&mut stream, PATIENCE)? {
        Ok(request) if request.method == "GET" => (routes.answer(&request), true),
        Ok(request) if request.method == "HEAD" => (routes.answer(&request), false),
        Ok(_) => (Answer::text("405 Method Not Allowed", "only GET and HEAD\n"), true),
        Err(problem) => (Answer::text("400 Bad Request", format!("{problem}\n")), true),
    };
    answer.write(&mut stream, with_body)
}
