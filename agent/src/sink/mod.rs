//! Where finished series go: one file a format.

mod json;
mod table;

use std::io;

use basenji::server::{Bucket, Sink};

pub(crate) use json::Json;
pub(crate) use table::{Screen, Table, columns, printable};

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
    has_failed: bool,
}

impl<T: FnMut(io::Result<()>) + Send> Output<T> {
    /// Shows each flush in `format` and calls `tell` with the outcome, until one fails.
    pub(crate) fn new(format: Box<dyn Show>, tell: T) -> Self {
        Output { format, tell, has_failed: false }
    }
}

impl<T: FnMut(io::Result<()>) + Send> Sink for Output<T> {
    fn bucket(&mut self, bucket: &Bucket) {
        if self.has_failed {
            return;
        }
        let result = self.format.show(bucket);
        self.has_failed = result.is_err();
        (self.tell)(result);
    }
}
