//! What is served where.

use std::time::Instant;

use basenji::server::{Listener, Monitor};
use serde_json::json;

use super::request::Request;
use super::{Answer, contexts, prometheus, status};

/// Names and tags that are shown unless a number is asked for, and the most that can be.
const TOP: usize = 20;
const MOST: usize = 10_000;

/// What may be seen at a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything.
    All,
    /// Whether the daemon runs, and nothing else.
    Health,
}

/// What answers are made from.
#[derive(Debug, Clone)]
pub(crate) struct Routes {
    pub(crate) scope: Scope,
    pub(crate) monitor: Monitor,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) start: Instant,
}

impl Routes {
    pub(super) fn answer(&self, request: &Request) -> Answer {
        match (&request.path[..], self.scope) {
            // The Agent has probes of several names.
            ("/health" | "/live" | "/ready" | "/startup", _) | ("/", Scope::Health) => self.health(),
            (_, Scope::Health) => Answer::text("404 Not Found", "there is /health, /live, /ready and /startup\n"),
            ("/metrics", Scope::All) => Answer {
                status: "200 OK",
                content_type: "text/plain; version=0.0.4; charset=utf-8",
                body: prometheus::text(&self.monitor.stats()).into_bytes(),
            },
            ("/status", Scope::All) => Answer::json(status::json(self)),
            ("/contexts", Scope::All) => self.contexts(request),
            _ => Answer::text("404 Not Found", "there is /health, /metrics, /status and /contexts?top=N\n"),
        }
    }

    fn health(&self) -> Answer {
        let (status, word) = match self.monitor.is_running() {
            true => ("200 OK", "ok"),
            false => ("503 Service Unavailable", "stopped"),
        };
        Answer { status, ..Answer::json(json!({"status": word}).to_string().into_bytes()) }
    }

    fn contexts(&self, request: &Request) -> Answer {
        let top = match request.parameter("top").map(str::parse) {
            None => TOP,
            Some(Ok(top)) if (1..=MOST).contains(&top) => top,
            Some(_) => return Answer::text("400 Bad Request", format!("top is a number from 1 to {MOST}\n")),
        };
        match self.monitor.contexts(move |contexts| contexts::Top::of(contexts, top).json()) {
            Some(json) => Answer::json(json),
            None => Answer::text("503 Service Unavailable", "the daemon is stopping\n"),
        }
    }
}
