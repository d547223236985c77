//! The last lines that were refused, with place and reason.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use basenji::server::ParseReport;
use serde_json::{Value, json};

/// Who has sent something, in words: an address, or a process where it can be seen.
pub(super) fn sender(address: Option<SocketAddr>, pid: Option<u32>) -> Option<String> {
    match (address, pid) {
        (Some(address), _) => Some(address.to_string()),
        (None, Some(pid)) if pid > 0 => Some(format!("process {pid}")),
        _ => None,
    }
}

/// How many are kept.
const MOST: usize = 50;

/// The last reports.
#[derive(Debug, Default)]
pub(crate) struct Refused(Mutex<VecDeque<Value>>);

impl Refused {
    /// Keeps a report.
    pub(crate) fn take(&self, report: &ParseReport) {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let from = sender(report.address, report.pid);
        let value = json!({"at": at, "error": report.error.kind.name(), "why": report.error.kind.message(),
            "offset": report.error.offset, "line": report.excerpt, "listener": report.listener.name(),
            "from": from, "container": report.container, "more": report.suppressed});
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.push_back(value);
        if last.len() > MOST {
            last.pop_front();
        }
    }

    /// The last ones, the youngest first.
    pub(crate) fn json(&self) -> Value {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}
