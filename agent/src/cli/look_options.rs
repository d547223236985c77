//! The options of `basenji status` and `basenji top`: which daemon to look into, and what to show.

use std::path::PathBuf;
use std::time::Duration;

use super::values;
use crate::config::{Flags, KEYS};

/// Which daemon to look into.
#[derive(Debug, clap::Args)]
pub(crate) struct Daemon {
    /// The daemon's configuration file, which says where it serves HTTP
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where it serves HTTP
    #[arg(long, value_name = "ADDRESS")]
    http: Option<String>,
}

impl Daemon {
    /// The flags of configuration that these are.
    pub(crate) fn flags(&self) -> Flags {
        let http = KEYS.iter().position(|key| key.flag == Some("--http"));
        Flags { config: self.config.clone(), values: http.zip(self.http.clone()).into_iter().collect() }
    }
}

/// Whose page to open.
#[derive(Debug, clap::Args)]
pub(crate) struct OpenOptions {
    #[command(flatten)]
    pub(crate) daemon: Daemon,
    /// Show the address, and open nothing
    #[arg(long)]
    pub(crate) print: bool,
}

/// What to show of a daemon's state.
#[derive(Debug, clap::Args)]
pub(crate) struct StatusOptions {
    #[command(flatten)]
    pub(crate) daemon: Daemon,
    /// Show the daemon's own JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to show of a daemon's series.
#[derive(Debug, clap::Args)]
pub(crate) struct TopOptions {
    #[command(flatten)]
    pub(crate) daemon: Daemon,
    /// How many names, tags and tag keys
    #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) number: u16,
    /// Pause between two looks, on a terminal
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = values::seconds)]
    pub(crate) interval: Duration,
    /// Look once, also on a terminal
    #[arg(long)]
    pub(crate) once: bool,
    /// Show the daemon's own JSON, once
    #[arg(long)]
    pub(crate) json: bool,
}
