//! Series as JSON, one object a line.

use std::io::{self, Stdout};

use basenji::server::Bucket;

use super::Show;
use crate::json::{EventLine, Lines, SeriesLine, ServiceCheckLine};

/// The lines on standard output.
#[derive(Debug)]
pub(crate) struct Json {
    lines: Lines<Stdout>,
    with_origin: bool,
}

impl Json {
    /// Lines with the origin fields if the daemon keys by them.
    pub(crate) fn new(with_origin: bool) -> Self {
        Json { lines: Lines::new(io::stdout()), with_origin }
    }
}

impl Show for Json {
    fn show(&mut self, bucket: &Bucket) -> io::Result<()> {
        for series in bucket.series() {
            self.lines.write(&SeriesLine::new(&series, self.with_origin))?;
        }
        for event in bucket.events() {
            self.lines.write(&EventLine::new(&event, self.with_origin))?;
        }
        for check in bucket.service_checks() {
            self.lines.write(&ServiceCheckLine::new(&check, self.with_origin))?;
        }
        self.lines.flush()
    }
}
