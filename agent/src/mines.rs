//! Threads that die when a test wants it. No release build has this.
//!
//! With the variable `BASENJI_TEST_MINES` a worker panics over the metric `mine.worker`, and the flusher over the histogram
//! `mine.flusher`.

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::Metric;
use basenji::server::{Builder, Editor, Rules};

struct Mines;

/// The builder of a server that has them, if the variable is set.
pub(crate) fn lay(builder: Builder) -> Builder {
    if std::env::var_os("BASENJI_TEST_MINES").is_some() { builder.rules(Mines) } else { builder }
}

impl Rules for Mines {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(Mines)
    }

    fn shows(&self, name: &[u8], _: Aggregate) -> bool {
        assert!(name != b"mine.flusher" || !is_flusher(), "a mine");
        true
    }
}

/// Whether this is the flusher, by the name that the system knows.
fn is_flusher() -> bool {
    std::fs::read("/proc/thread-self/comm").is_ok_and(|name| name.trim_ascii() == b"basenji-flush")
}

impl Editor for Mines {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        assert!(metric.name != b"mine.worker", "a mine");
        Some(*metric)
    }
}
