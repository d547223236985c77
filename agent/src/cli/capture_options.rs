//! The options of `basenji capture` and `basenji replay`.

use std::path::PathBuf;
use std::time::Duration;

use basenji::client::Address;
use clap::value_parser;

use super::look_options::Daemon;
use super::values::{self, Pace};

/// Seconds of a capture, and bytes before compression: by default and at most.
pub(crate) const CAPTURE_SECONDS: u64 = 60;
pub(crate) const MOST_CAPTURE_SECONDS: u64 = 86_400;
pub(crate) const CAPTURE_BYTES: u64 = 64 << 20;
pub(crate) const MOST_CAPTURE_BYTES: u64 = 1 << 40;

/// What to capture, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct CaptureOptions {
    /// The file to make
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) daemon: Daemon,
    /// How long, in whole seconds
    #[arg(long = "for", value_name = "SECONDS", default_value_t = CAPTURE_SECONDS, value_parser = value_parser!(u64).range(1..=MOST_CAPTURE_SECONDS))]
    seconds: u64,
    /// How much, before compression
    #[arg(long, value_name = "BYTES", default_value_t = CAPTURE_BYTES, value_parser = value_parser!(u64).range(1..=MOST_CAPTURE_BYTES))]
    max_bytes: u64,
    /// Leave the file uncompressed instead of by Zstandard
    #[arg(long)]
    pub(crate) plain: bool,
    /// The token that the daemon has logged, if it serves HTTP beyond this machine
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
}

impl CaptureOptions {
    /// Path and query of the request.
    pub(crate) fn target(&self) -> String {
        let token = self.token.as_ref().map(|token| {
            format!("&t={}", percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC))
        });
        format!("/capture?seconds={}&bytes={}{}", self.seconds, self.max_bytes, token.unwrap_or_default())
    }

    /// How long the capture goes on at most.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// What to replay, where to and how fast.
#[derive(Debug, clap::Args)]
pub(crate) struct ReplayOptions {
    /// A capture of basenji or of the Agent, compressed or not
    pub(crate) file: PathBuf,
    /// Where to: udp://HOST:PORT, unix:///PATH, unixgram:///PATH or unixstream:///PATH [default: as the environment
    /// says, else udp://127.0.0.1:8125]
    #[arg(long, value_name = "ADDRESS", value_parser = values::address)]
    pub(crate) to: Option<Address>,
    /// How many times as fast as it came, or as fast as it is taken (max)
    #[arg(long, value_name = "FACTOR", default_value = "1", value_parser = values::speed)]
    pub(crate) speed: Pace,
    /// Leave out the container of a message's sender, which is added as c: where the capture knows it
    #[arg(long)]
    pub(crate) no_containers: bool,
    /// Send nothing, and show each datagram and its messages as JSON
    #[arg(long, conflicts_with_all = ["to", "speed", "no_containers"])]
    pub(crate) parse: bool,
}
