//! The options of `basenji parse`.

use std::path::PathBuf;

/// What `basenji parse` reads, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct ParseOptions {
    /// What to read; without it, or with -, standard input.
    pub(crate) file: Option<PathBuf>,
    /// Take the whole input as one datagram instead of line by line.
    #[arg(long)]
    pub(crate) datagram: bool,
    /// Leave with 1 if a line was refused.
    #[arg(long)]
    pub(crate) strict: bool,
}
