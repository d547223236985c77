//! What is served where.

use std::sync::Arc;

use serde_json::json;

use super::answer::Answer;
use super::look::Look;
use super::request::Request;
use super::table::Table;
use super::{contexts, prometheus, status};
use crate::capture;
use crate::live;
use crate::sink;

/// Names and tags that are shown unless a number is asked for, and the most that can be.
const TOP: usize = 20;
const MOST: usize = 10_000;

/// The Agent has probes of several names.
const PROBES: [&str; 3] = ["/health", "/live", "/startup"];

/// Everything.
pub(crate) fn routes(look: &Look) -> Table {
    let look = Arc::new(look.clone());
    let page = |page: fn(&Look, &Request) -> Answer| {
        let look = Arc::clone(&look);
        move |request: &Request| page(&look, request)
    };
    let table = with_probes(Table::default(), &look);
    let table = match &look.live {
        Some(live) => live::pages(table, &look, live),
        None => table,
    };
    let table = match &look.copier {
        Some(copier) => {
            let (copier, live) = (Arc::clone(copier), look.live.clone());
            table.lasting("/capture", move |request| match &live {
                Some(live) if !live.knows(request) => live::refusal(),
                _ => capture::serve(&copier, request),
            })
        }
        None => table,
    };
    table
        .page("/metrics", page(|look, _| Answer::new("text/plain; version=0.0.4; charset=utf-8", metrics(look))))
        .page("/status", page(|look, _| Answer::json(status::json(look))))
        .page("/contexts", page(top))
}

/// Whether the daemon runs and delivers, and nothing else.
pub(crate) fn probes(look: &Look) -> Table {
    let look = Arc::new(look.clone());
    let table = with_probes(Table::default(), &look);
    table.probe("/", move |_| health(&look))
}

fn with_probes(table: Table, look: &Arc<Look>) -> Table {
    let table = PROBES.into_iter().fold(table, |table, path| {
        let look = Arc::clone(look);
        table.probe(path, move |_| health(&look))
    });
    let look = Arc::clone(look);
    table.probe("/ready", move |_| readiness(&look))
}

fn health(look: &Look) -> Answer {
    let (status, word) = match look.monitor.is_running() {
        true => ("200 OK", "ok"),
        false => ("503 Service Unavailable", "stopped"),
    };
    Answer::json(json!({"status": word}).to_string()).with_status(status)
}

/// Whether the daemon runs and every sink delivers; a sink that will not recover by itself is named.
fn readiness(look: &Look) -> Answer {
    match &look.board.troubles()[..] {
        [] => health(look),
        troubles => {
            let answer = Answer::json(json!({"status": "not ready", "sinks": troubles}).to_string());
            answer.with_status("503 Service Unavailable")
        }
    }
}

fn metrics(look: &Look) -> String {
    let mut text = prometheus::text(&look.monitor.stats());
    text.push_str(&sink::metrics(&look.board.lines(&look.monitor)));
    text.extend(look.forward.iter().map(|forward| forward.metrics()));
    text
}

fn top(look: &Look, request: &Request) -> Answer {
    let top = match request.parameter("top").as_deref().map(str::parse) {
        None => TOP,
        Some(Ok(top)) if (1..=MOST).contains(&top) => top,
        Some(_) => return Answer::text("400 Bad Request", format!("top is a number from 1 to {MOST}\n")),
    };
    match look.monitor.contexts(contexts::Top::default(), contexts::Top::see) {
        Some(seen) => Answer::json(seen.json(top)),
        None => Answer::text("503 Service Unavailable", "the daemon is stopping\n"),
    }
}
