//! The options of `basenji send`, and what they ask for together.

use std::time::Duration;

use basenji::client::Address;
use clap::ValueEnum;
use clap::builder::RangedU64ValueParser;

use super::message_options::MessageOptions;
use super::values::{self, Pace};
use crate::failure::Failure;

/// What to send, where to and how often.
#[derive(Debug, clap::Args)]
#[command(args_override_self = true, subcommand_value_name = "MESSAGE", subcommand_help_heading = "Messages")]
#[command(disable_help_subcommand = true)]
pub(crate) struct SendOptions {
    #[command(subcommand)]
    message: Option<MessageOptions>,
    /// Send the lines of standard input as they are, in place of a message
    #[arg(long)]
    stdin: bool,
    /// Where to: udp://HOST:PORT, unix:///PATH, unixgram:///PATH or unixstream:///PATH [default: as the environment
    /// says, else udp://127.0.0.1:8125]
    #[arg(long, global = true, value_name = "ADDRESS", value_parser = values::address)]
    pub(crate) to: Option<Address>,
    /// Bytes that datagrams are filled up to [default: 1432 over UDP, else 8192]
    #[arg(long, global = true, value_name = "BYTES", value_parser = RangedU64ValueParser::<usize>::new().range(1..=65507))]
    pub(crate) datagram_size: Option<usize>,
    /// Send the message this many times
    #[arg(long, global = true, value_name = "COUNT", value_parser = RangedU64ValueParser::<u64>::new().range(1..))]
    repeat: Option<u64>,
    /// Send the message this many times a second, or as fast as it is taken (max), and report what was sent
    #[arg(long, global = true, value_name = "RATE", value_parser = values::pace)]
    load: Option<Pace>,
    /// How long --load goes on [default: until it is interrupted]
    #[arg(long = "for", global = true, value_name = "SECONDS", value_parser = values::seconds)]
    length: Option<Duration>,
    /// What the report of --load is: text or json [default: text]
    #[arg(long, global = true, hide_possible_values = true)]
    format: Option<ReportFormat>,
}

/// How a load is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// A line for people.
    Text,
    /// An object.
    Json,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Job<'a> {
    /// Send the lines of standard input.
    Lines,
    /// Send a message so many times.
    Repeat(&'a MessageOptions, u64),
    /// Send a message at a pace.
    Load(&'a MessageOptions, Load),
}

/// A pace, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) pace: Pace,
    /// `None`: until a signal comes.
    pub(crate) length: Option<Duration>,
    pub(crate) format: ReportFormat,
}

impl SendOptions {
    /// What the options ask for.
    ///
    /// # Errors
    ///
    /// They ask for nothing, or for two things that do not go together.
    pub(crate) fn job(&self) -> Result<Job<'_>, Failure> {
        let refused = |sentence| Err(Failure::usage(sentence));
        match (&self.message, self.repeat, self.load) {
            (_, Some(_), Some(_)) => refused("--repeat and --load do not go together"),
            (_, _, None) if self.length.is_some() => refused("--for is the length of a --load, which is not given"),
            (_, _, None) if self.format.is_some() => refused("--format is that of a --load, which is not given"),
            (Some(_), ..) if self.stdin => refused("--stdin stands in place of a message, so there cannot be both"),
            (None, ..) if !self.stdin => {
                refused("there is nothing to send: give a message, as in 'basenji send count page.views 1', or --stdin")
            }
            (None, None, None) => Ok(Job::Lines),
            (None, ..) => refused("--stdin does not go together with --repeat and --load"),
            (Some(message), repeat, None) => Ok(Job::Repeat(message, repeat.unwrap_or(1))),
            (Some(message), _, Some(pace)) => {
                let format = self.format.unwrap_or(ReportFormat::Text);
                Ok(Job::Load(message, Load { pace, length: self.length, format }))
            }
        }
    }
}
