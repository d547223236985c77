//! The messages of `basenji send`, one subcommand a kind.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::values::{self, CheckStatus};

/// What is sent.
#[derive(Debug, Subcommand)]
pub(crate) enum MessageOptions {
    /// Add to a count
    Count(MetricOptions),
    /// Set a gauge
    Gauge(MetricOptions),
    /// Add a sample to a histogram
    Histogram(MetricOptions),
    /// Add a sample to a distribution
    Distribution(MetricOptions),
    /// Add a time in milliseconds to a timing
    Timing(MetricOptions),
    /// Add a member to a set
    Set(SetOptions),
    /// Send an event
    Event(EventOptions),
    /// Send a service check
    Check(CheckOptions),
}

/// A metric with a number.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct MetricOptions {
    /// The metric's name
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// A number, or several with : between them
    #[arg(allow_negative_numbers = true, value_parser = values::numbers)]
    pub(crate) value: String,
    #[command(flatten)]
    pub(crate) rate: Rate,
    #[command(flatten)]
    pub(crate) labels: Labels,
}

/// A member of a set.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct SetOptions {
    /// The metric's name
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// Any text
    #[arg(allow_negative_numbers = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) member: String,
    #[command(flatten)]
    pub(crate) rate: Rate,
    #[command(flatten)]
    pub(crate) labels: Labels,
}

/// The sample rate of a metric.
#[derive(Debug, Args)]
pub(crate) struct Rate {
    /// Sample rate to write into the message, which is sent in any case: 0.1 counts ten times [default: 1]
    #[arg(long = "rate", value_name = "RATE", id = "rate", value_parser = values::sample_rate)]
    pub(crate) value: Option<f64>,
}

/// What every message can carry.
#[derive(Debug, Args)]
pub(crate) struct Labels {
    /// A tag, or several with commas between them; can be given several times
    #[arg(short, long = "tag", value_name = "TAG", value_delimiter = ',')]
    pub(crate) tags: Vec<String>,
    /// Seconds since 1970 [default: when it is received]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) timestamp: Option<i64>,
    /// Which tags the server adds for the sender's container: none, low, orchestrator or high
    #[arg(long, value_name = "LEVEL", value_parser = values::cardinality)]
    pub(crate) cardinality: Option<String>,
}

/// An event.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct EventOptions {
    /// The title
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) title: String,
    /// The text, which may have several lines
    pub(crate) text: String,
    /// info, error, warning or success [default: info]
    #[arg(long, value_name = "TYPE", hide_possible_values = true)]
    pub(crate) alert_type: Option<AlertType>,
    /// normal or low [default: normal]
    #[arg(long, hide_possible_values = true)]
    pub(crate) priority: Option<Priority>,
    /// Host that the event is about
    #[arg(long, value_name = "HOST")]
    pub(crate) hostname: Option<String>,
    /// What events are shown together by
    #[arg(long, value_name = "KEY")]
    pub(crate) aggregation_key: Option<String>,
    /// What the event comes from
    #[arg(long, value_name = "NAME")]
    pub(crate) source_type: Option<String>,
    #[command(flatten)]
    pub(crate) labels: Labels,
}

/// A service check.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub(crate) struct CheckOptions {
    /// The check's name
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
    /// ok, warning, critical, unknown, or 0 to 3
    pub(crate) status: CheckStatus,
    /// What there is to say about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Host that the check is about
    #[arg(long, value_name = "HOST")]
    pub(crate) hostname: Option<String>,
    #[command(flatten)]
    pub(crate) labels: Labels,
}

/// How an event is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AlertType {
    /// The default.
    Info,
    /// Something has failed.
    Error,
    /// Something may fail.
    Warning,
    /// Something has succeeded.
    Success,
}

/// How important an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Priority {
    /// The default.
    Normal,
    /// Not shown at first.
    Low,
}
