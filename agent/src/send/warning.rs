//! Warnings, which do not end the program.

use std::io::{self, Write};

/// Writes a warning, which does not end the program, to standard error.
pub(super) fn warn(sentence: impl std::fmt::Display) {
    // If standard error has no reader, the warning is lost.
    let _ = writeln!(io::stderr(), "basenji: warning: {sentence}");
}
