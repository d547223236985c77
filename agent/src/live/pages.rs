//! The live page: its files, and the API that it reads. All of it is read only.
//!
//! | path | parameters | answer |
//! | --- | --- | --- |
//! | `/` `/page/…` | | the page and its modules |
//! | `/table` | | the metrics as a plain table, without JavaScript |
//! | `/api/overview` | | version, counters, what was lost, sinks, the last bad lines |
//! | `/api/metrics` | `match` `sort` `limit` | the metrics that fit, with their last buckets |
//! | `/api/metric` | `name` `kind` `match` `by` `top` `gauges` `order` `since` | lines, quantiles, heat map, series of one |
//! | `/api/said` | `since` | events and service checks |
//! | `/api/cardinality` | `limit` | names and tag keys with the most series |
//! | `/api/tap` | `match` | lines as they come, a JSON object a line |
//! | `/api/parse` | `line` | how a line is understood |
//!
//! Where a token is set, every path below `/api/` and `/table` need it: as the header `X-Basenji-Token` or the
//! parameter `t`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basenji::core::wire::Messages;
use serde_json::{Value, json};

use super::refused::sender;
use super::shown::Live;
use crate::http::{Answer, Look, Request, Table};
use crate::json::{Lines, Lossy, write_message, write_refusal};
use crate::losses;
use crate::sink::Line;

/// What the page is allowed to do: load its own files, ask its own daemon, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Rows that a list has unless a number is asked for.
const ROWS: usize = 200;

/// The longest pause of a tap: after it the tap sends a line even if no datagram has come.
const PULSE: Duration = Duration::from_secs(2);

/// The most letters of a line that a tap shows.
const LONGEST_LINE: usize = 4096;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The table with every path of the page.
pub(crate) fn pages(table: Table, look: &Arc<Look>, live: &Live) -> Table {
    let table = FILES.iter().fold(table, |table, file| table.page(file.path, move |request| asset(file, request)));
    let with = |page: fn(&Look, &Live, &Request) -> Answer| {
        let (look, live) = (Arc::clone(look), live.clone());
        move |request: &Request| match live.knows(request) {
            true => page(&look, &live, request),
            false => refusal(),
        }
    };
    table
        .page("/table", with(plain_table))
        .page("/api/overview", with(overview))
        .page("/api/metrics", with(metrics))
        .page(
            "/api/metric",
            with(|look, live, request| {
                live.history.look(&look.monitor);
                json_of(&live.history.metric(|name| request.parameter(name)))
            }),
        )
        .page(
            "/api/said",
            with(|look, live, request| {
                live.history.look(&look.monitor);
                json_of(&live.history.said(number(request, "since", 0)))
            }),
        )
        .page(
            "/api/cardinality",
            with(|look, live, request| {
                live.history.look(&look.monitor);
                json_of(&live.history.cardinality(number(request, "limit", ROWS)))
            }),
        )
        .page("/api/parse", with(|_, _, request| parsed(&request.parameter("line").unwrap_or_default())))
        .lasting("/api/tap", with(tapped))
}

impl Live {
    /// The address of the page for a browser on this machine.
    pub(crate) fn link(&self, address: SocketAddr) -> String {
        let address = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
            IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
            _ => address,
        };
        let token = self.token.as_ref().map(|token| format!("#t={token}")).unwrap_or_default();
        format!("http://{address}/{token}")
    }

    /// Whether a request has the token, if there is one.
    pub(crate) fn knows(&self, request: &Request) -> bool {
        let Some(token) = &self.token else { return true };
        let given = request.field("x-basenji-token").map(str::to_owned).or_else(|| request.parameter("t"));
        // Every byte is compared, so that the time tells nothing.
        given.is_some_and(|given| {
            let differs = given.bytes().zip(token.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
            given.len() == token.len() && differs == 0
        })
    }
}

/// The answer to a request without the token.
pub(crate) fn refusal() -> Answer {
    Answer::text("403 Forbidden", "this needs the token that the daemon has logged at its start\n")
}

/// A random number.
pub(crate) fn new_token() -> io::Result<Arc<str>> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into())
}

fn number<T: std::str::FromStr>(request: &Request, name: &str, default: T) -> T {
    request.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn json_of(value: &Value) -> Answer {
    Answer::json(value.to_string())
}

/// A file of the page, compressed for browsers that accept that.
fn asset(file: &File, request: &Request) -> Answer {
    let takes_it = request.field("accept-encoding").is_some_and(|codings| codings.contains("gzip"));
    let answer = if takes_it {
        Answer::new(file.content_type, file.compressed).with_field("Content-Encoding", "gzip")
    } else {
        let mut bytes = Vec::new();
        // The file was compressed when this was built, so it is intact.
        let _ = flate2::read::GzDecoder::new(file.compressed).read_to_end(&mut bytes);
        Answer::new(file.content_type, bytes)
    };
    answer.with_field("Content-Security-Policy", POLICY).with_field("Referrer-Policy", "no-referrer")
}

fn overview(look: &Look, live: &Live, _: &Request) -> Answer {
    live.history.look(&look.monitor);
    let stats = look.monitor.stats();
    let lost: Vec<Value> = losses::of(&stats).map(|(count, what)| json!({"count": count, "what": what})).collect();
    let listeners = look.listeners.iter();
    let listeners: Vec<Value> = listeners
        .map(|listener| json!({"kind": listener.kind.name(), "address": listener.address.to_string()}))
        .collect();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    json_of(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "now": now.as_secs_f64(),
        "uptime": look.start.elapsed().as_secs(),
        "running": look.monitor.is_running(),
        "listeners": listeners,
        "messages": stats.messages.total(),
        "parse_errors": stats.parse_errors.total(),
        "contexts": stats.contexts,
        "lost": lost,
        "sinks": look.board.lines(&look.monitor).iter().map(Line::json).collect::<Vec<_>>(),
        "bad": live.refused.json(),
        "history": live.history.totals(),
    }))
}

fn metrics(look: &Look, live: &Live, request: &Request) -> Answer {
    live.history.look(&look.monitor);
    let (query, sort) = (request.parameter("match").unwrap_or_default(), request.parameter("sort"));
    json_of(&live.history.metrics(&query, sort.as_deref(), number(request, "limit", ROWS)))
}

/// Each message of a line or datagram, as `basenji parse` shows it.
fn parsed(text: &str) -> Answer {
    let mut out = Vec::new();
    let mut lines = Lines::new(&mut out);
    let mut messages = Messages::new(text.as_bytes());
    while let Some(message) = messages.next() {
        // A `Vec` takes all.
        let _ = match &message {
            Ok(message) => write_message(message, &mut lines),
            Err(error) => write_refusal(*error, messages.line(), &mut lines),
        };
    }
    let _ = lines.flush();
    drop(lines);
    let objects: Vec<Value> =
        out.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    json_of(&Value::Array(objects))
}

/// Lines as they come, until the client is gone.
fn tapped(_: &Look, live: &Live, request: &Request) -> Answer {
    let wanted = request.parameter("match").unwrap_or_default();
    let viewer = live.tap.watch(&wanted);
    Answer::pieces("application/x-ndjson", move |out: &mut dyn Write| {
        writeln!(out, "{{}}")?;
        out.flush()?;
        loop {
            if let Some((datagram, origin)) = viewer.next(PULSE) {
                let from = sender(origin.address, origin.pid);
                let lines = datagram.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                for line in lines.map(|line| Lossy(line).to_string()).filter(|line| line.contains(&wanted)) {
                    let line: String = line.chars().take(LONGEST_LINE).collect();
                    let listener = origin.listener.name();
                    let seen = json!({"line": line, "listener": listener, "from": from, "container": origin.container});
                    writeln!(out, "{seen}")?;
                }
            }
            // Sent in any case: without it a client that is gone would not be noticed.
            writeln!(out, "{}", json!({"passed": viewer.passed()}))?;
            out.flush()?;
        }
    })
}

/// The metrics as a page without JavaScript.
fn plain_table(look: &Look, live: &Live, _: &Request) -> Answer {
    live.history.look(&look.monitor);
    let list = live.history.metrics("", None, super::MOST_ROWS);
    let mut rows = String::new();
    for row in list["metrics"].as_array().into_iter().flatten() {
        let text = |name: &str| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
        rows.push_str("<tr>");
        let value = match (&row["value"], text("kind").as_str()) {
            (Value::Null, _) => "–".to_owned(),
            (value, "histogram" | "timing" | "distribution") => format!("{} samples", figure(value)),
            (value, _) => figure(value),
        };
        for (class, cell) in [("text", text("name")), ("", text("kind")), ("num", text("series")), ("num", value)] {
            rows.push_str(&format!("<td class=\"{class}\">{}</td>", escaped(&cell)));
        }
        rows.push_str("</tr>\n");
    }
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"10\">\
         <title>Basenji: metrics</title><link rel=\"stylesheet\" href=\"/page/style.css\"></head>\
         <body class=\"plain\"><main><section id=\"detail\"><h1>Metrics</h1>\n<table><thead><tr><th>Name</th><th>Kind</th>\
         <th class=\"num\">Series</th><th class=\"num\">Last bucket</th></tr></thead>\n<tbody>\n{rows}</tbody></table></section></main></body></html>\n"
    );
    Answer::new("text/html; charset=utf-8", page).with_field("Content-Security-Policy", POLICY)
}

/// A number as people write it.
fn figure(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

/// Text in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for symbol in crate::sink::printable(text).chars() {
        match symbol {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            symbol => escaped.push(symbol),
        }
    }
    escaped
}
