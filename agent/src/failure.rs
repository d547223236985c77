//! What ends the program before its time: one sentence and an exit code.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// One sentence that says what failed and where, for the last line of standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// The command line or a variable is wrong: exit code 2.
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), code: 2 }
    }

    /// Something else went wrong: exit code 1.
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Failure { sentence: sentence.into(), code: 1 }
    }

    /// Prints the sentence; returns the exit code.
    pub(crate) fn report(self) -> ExitCode {
        // If standard error has no reader, the sentence is lost.
        let _ = writeln!(io::stderr(), "basenji: {}", self.sentence);
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// What the system says about `error`, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" (os error").unwrap_or(text.len());
    text[..end].to_owned()
}
