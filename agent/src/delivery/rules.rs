//! What a receiver's answer means.

use std::time::Duration;

/// The answer of a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The first 64 KiB of its body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// `Retry-After` in seconds. A date, which is rare, is ignored.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds: u64 = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds.min(3600)))
    }

    /// Status and the beginning of the body, on one line, for people.
    pub(crate) fn sentence(&self) -> String {
        let body = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]);
        let text: String = body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect();
        let text: String = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
        match &text[..] {
            "" => format!("HTTP {}", self.status),
            text => format!("HTTP {}: {text}", self.status),
        }
    }
}

/// The outcome of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of it has arrived.
    Delivered,
    /// A part was refused for good.
    Partly {
        /// How many items; of more than the payload holds, it is all of it.
        refused: u64,
        why: String,
    },
    /// It was refused for good.
    Refused {
        why: String,
        /// Whether every further request will be refused until the configuration is mended, as with a bad key.
        is_lasting: bool,
    },
    /// It has to be sent again.
    Retry {
        why: String,
        /// Not before this.
        after: Option<Duration>,
    },
}

/// How a kind of receiver answers.
pub(crate) trait Rules: Send + Sync {
    /// What an answer to a request with this body means.
    fn judge(&self, answer: &Answer, body: &[u8]) -> Verdict;
}

impl<F: Fn(&Answer, &[u8]) -> Verdict + Send + Sync> Rules for F {
    fn judge(&self, answer: &Answer, body: &[u8]) -> Verdict {
        self(answer, body)
    }
}
