//! The options of `basenji import`.

use std::path::PathBuf;

/// What `basenji import` translates.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportOptions {
    /// Whose file it is: statsd-exporter.
    #[arg(value_parser = ["statsd-exporter"])]
    pub(crate) from: String,
    /// Its mapping file.
    pub(crate) file: PathBuf,
}
