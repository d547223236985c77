//! The outcome of one message.

use crate::Full;

/// What [`Aggregator::take_in`](super::Aggregator::take_in) has done with a message: each has exactly one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All its finite values stand in the bucket of its receipt.
    Bucket,
    /// All its finite values became points of their own, at the message's timestamp.
    Points,
    /// None of its values is finite: there was nothing to record.
    Skipped,
    /// Some of its values had no room; the others were taken in.
    Partly {
        /// What was full.
        full: Full,
        /// Whether those taken in became points of their own.
        points: bool,
    },
    /// Nothing of it was recorded.
    Refused(Full),
}

impl Outcome {
    /// What was full, if anything was.
    pub fn full(self) -> Option<Full> {
        match self {
            Outcome::Partly { full, .. } | Outcome::Refused(full) => Some(full),
            Outcome::Bucket | Outcome::Points | Outcome::Skipped => None,
        }
    }
}
