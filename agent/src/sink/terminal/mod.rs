//! Standard output: one file a format.

mod json;
mod table;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basenji::server::{Amount, Bucket, Sink};

pub(crate) use json::Json;
pub(crate) use table::{Screen, Table, columns, cut, printable, steers};

use super::{Health, Installed, Reason, Row, SinkAccount, State};
use crate::failure::reason;

/// A format.
pub(crate) trait Show: Send {
    /// Shows one flush.
    ///
    /// # Errors
    ///
    /// What standard output reports.
    fn show(&mut self, bucket: &Bucket) -> io::Result<()>;
}

/// A format as a sink that tells how it fares.
pub(crate) struct Output<T> {
    format: Box<dyn Show>,
    tell: T,
    state: Arc<Fares>,
}

/// How standard output fares.
#[derive(Default)]
struct Fares {
    account: SinkAccount,
    has_failed: AtomicBool,
}

impl<T: FnMut(io::Result<()>) + Send + 'static> Output<T> {
    /// Shows each flush in `format` and calls `tell` with the outcome, until one fails.
    pub(crate) fn install(format: Box<dyn Show>, tell: T) -> Installed {
        let state = Arc::<Fares>::default();
        let health = Arc::clone(&state);
        Installed { name: "terminal", sink: Box::new(Output { format, tell, state }), health, looks: None }
    }
}

impl<T: FnMut(io::Result<()>) + Send> Sink for Output<T> {
    fn bucket(&mut self, bucket: &Arc<Bucket>) {
        let amount = Amount::of(bucket);
        let Fares { account, has_failed } = &*self.state;
        account.take(amount);
        if has_failed.load(Ordering::Relaxed) {
            account.lose(Reason::Output, amount);
            return;
        }
        let result = self.format.show(bucket);
        match &result {
            Ok(()) => account.deliver(amount),
            Err(error) => {
                has_failed.store(true, Ordering::Relaxed);
                account.fail(reason(error));
                account.lose(Reason::Output, amount);
            }
        }
        (self.tell)(result);
    }
}

impl Health for Fares {
    fn rows(&self) -> Vec<Row> {
        let state = if self.has_failed.load(Ordering::Relaxed) { State::Failed } else { State::Ok };
        vec![Row { target: String::new(), state, tally: self.account.look() }]
    }
}
