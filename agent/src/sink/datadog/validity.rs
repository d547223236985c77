//! Whether the keys are valid: asked at the start and every hour, on a thread of its own.
//!
//! An answer that says neither yes nor no counts as yes, since an outage of the receiver says nothing of a key. A key
//! that is invalid is said in the health; what is received is sent all the same, for the case that it becomes valid.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use tracing::{info, warn};

use crate::delivery::{Answer, HttpClient};

/// The route that tells.
pub(super) const PATH: &str = "/api/v1/validate";

/// A key that Datadog knows to mean none.
pub(super) const NO_KEY: &str = "00000000000000000000000000000000";

/// Whether a key is known to be invalid.
#[derive(Debug, Clone, Default)]
pub(super) struct Validity(Arc<AtomicBool>);

impl Validity {
    pub(super) fn is_bad(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A key that is asked about.
pub(super) struct Question {
    /// The place, without secrets.
    pub(super) name: String,
    pub(super) client: HttpClient,
    pub(super) validity: Validity,
}

/// What a receiver says of the key of a client. Nothing, if it does not know the route, or cannot tell; where it is
/// unreachable, sending finds that out, too.
pub(super) fn ask(client: &HttpClient) -> Option<Result<Answer, Answer>> {
    let answer = client.get(PATH).ok()?;
    match answer.status {
        200 => Some(Ok(answer)),
        403 => Some(Err(answer)),
        _ => None,
    }
}

impl Question {
    fn ask(&self) {
        let is_bad = matches!(ask(&self.client), Some(Err(_)));
        match (self.validity.0.swap(is_bad, Ordering::Relaxed), is_bad) {
            (false, true) => warn!("{}: the API key is invalid", self.name),
            (true, false) => info!("{}: the API key is valid", self.name),
            _ => {}
        }
    }
}

/// Asks every question now and after each pause, until nobody holds the other end of `end`.
pub(super) fn run(questions: &[Question], pause: Duration, end: &Receiver<()>) {
    loop {
        questions.iter().for_each(Question::ask);
        if end.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}
