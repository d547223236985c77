//! Where finished series go: a room each, under `sink/NAME/`.
//!
//! A room has a part of the settings, a check of them, a build, and a health. What it builds is a [`Sink`], which has a
//! thread and a queue of its own in the server; it encodes, and what goes over HTTP goes through
//! [`delivery`](crate::delivery). A sink that fails, blocks or is misconfigured at run time says so in its health; it
//! never delays another one nor the sockets, and never ends the daemon. Only standard output may, where it is the only
//! sink.
//!
//! A new room is a module here, a [`Room`] in [`ROOMS`], and a part of [`Settings`].

mod account;
#[cfg(test)]
mod bench;
mod board;
mod check;
mod clickhouse;
pub(crate) mod datadog;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod flush;
pub(crate) mod host;
mod otlp;
mod prometheus;
mod remote_write;
mod rooms;
mod terminal;

use std::sync::Arc;

use basenji::server::{Bucket, Sink};

use crate::config::Settings;
use crate::failure::Failure;
use crate::names::Looks;
pub(crate) use account::{Reason, SinkAccount, Tally};
pub(crate) use board::{Board, Line, metrics, warn_of, words};
pub(crate) use check::run as check;
pub(crate) use clickhouse::{Settings as ClickHouseSettings, run as clickhouse};
pub(crate) use otlp::OtlpSettings;
pub(crate) use prometheus::PrometheusSettings;
pub(crate) use remote_write::RemoteWriteSettings;
pub(crate) use rooms::{ROOMS, build, is_any_wanted};
pub(crate) use terminal::{Json, Output, Screen, Show, Table, columns, cut, printable, steers};

/// A kind of sink.
pub(crate) trait Room: Sync {
    /// What it is called in `/status`, in the log and as a thread: lower case letters, digits and `_`.
    fn name(&self) -> &'static str;

    /// Whether the settings ask for it.
    fn is_wanted(&self, settings: &Settings) -> bool;

    /// The most bytes that it holds beside the buckets: running totals, and what waits to be sent again.
    fn most_memory(&self, settings: &Settings) -> usize;

    /// Checks the settings that ask for it, without reaching for anything outside; returns warnings.
    ///
    /// # Errors
    ///
    /// The settings are invalid: the daemon does not start.
    fn check(&self, settings: &Settings) -> Result<Vec<String>, Failure>;

    /// Builds it. It must not fail because of what may come and go: a receiver, a name, a route.
    ///
    /// # Errors
    ///
    /// The settings are invalid, or the system lacks the resources: the daemon does not start.
    fn build(&self, settings: &Settings) -> Result<Installed, Failure>;

    /// For `basenji check`: sends `bucket`, one harmless series, to every place that the sink goes to, and waits for what
    /// each answers, for a bounded time.
    fn probe(&self, settings: &Settings, bucket: &Arc<Bucket>) -> Vec<Probe>;
}

/// A sink that was built.
pub(crate) struct Installed {
    pub(crate) name: &'static str,
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) health: Arc<dyn Health>,
    /// How it shows names, for a reload to change.
    pub(crate) looks: Option<Looks>,
}

/// The health of a sink, which any thread may ask for while the sink runs and after its end. It must not wait for the sink.
pub(crate) trait Health: Send + Sync {
    /// One row for each place that the sink goes to, at least one.
    fn rows(&self) -> Vec<Row>;

    /// Called when the daemon is about to stop, before the last flush: from then on the sink must not wait for a receiver.
    fn prepare_stop(&self) {}
}

/// The health of one place that a sink goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// The place, without any secret; empty where a sink has only one that needs no name.
    pub(crate) target: String,
    pub(crate) state: State,
    pub(crate) tally: Tally,
}

/// In what state a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// What was sent last has arrived, or nothing was sent yet.
    Ok,
    /// What was sent last has not, and is to be sent again.
    Retrying,
    /// Nothing will arrive until an operator acts: a key is invalid, an output has failed. `/ready` says so.
    Failed,
}

impl State {
    /// The word in `/status`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Retrying => "retrying",
            State::Failed => "failed",
        }
    }
}

/// What a place has answered to `basenji check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Probe {
    /// The place, without any secret.
    pub(crate) target: String,
    /// What it has answered, or why it has not taken the series.
    pub(crate) answer: Result<String, String>,
}
