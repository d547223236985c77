//! The command line: its commands and flags, and what they mean.
//!
//! Flags of the daemon are those of the configuration's keys. What is wrong is said in one sentence that names the flag.

mod capture_options;
mod clickhouse_options;
mod help;
mod import_options;
mod look_options;
mod message_options;
mod parse_options;
mod run_options;
mod send_options;
mod usage;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Command, FromArgMatches};

pub(crate) use capture_options::{
    CAPTURE_BYTES, CAPTURE_SECONDS, CaptureOptions, MOST_CAPTURE_BYTES, MOST_CAPTURE_SECONDS, ReplayOptions,
};
pub(crate) use clickhouse_options::ClickHouseOptions;
pub(crate) use import_options::ImportOptions;
pub(crate) use look_options::{Daemon, OpenOptions, StatusOptions, TopOptions};
pub(crate) use message_options::{
    AlertType, CheckOptions, EventOptions, Labels, MessageOptions, MetricOptions, Priority, SetOptions,
};
pub(crate) use parse_options::ParseOptions;
pub(crate) use run_options::RunOptions;
pub(crate) use send_options::{Job, Load, ReportFormat, SendOptions};
pub(crate) use values::{CheckStatus, Pace};

/// What to do.
#[derive(Debug)]
pub(crate) enum Action {
    /// Receive, aggregate, show.
    Run(RunOptions),
    /// Show what is in force.
    Config(RunOptions),
    /// Send a series through every sink.
    Check(RunOptions),
    /// Open a daemon's live page.
    Open(OpenOptions),
    /// Show what a daemon has counted.
    Status(StatusOptions),
    /// Show what a daemon's series have in common.
    Top(TopOptions),
    /// Show how bytes are understood.
    Parse(ParseOptions),
    /// Keep what a daemon receives.
    Capture(CaptureOptions),
    /// Send what was kept.
    Replay(ReplayOptions),
    /// Show what ClickHouse needs.
    ClickHouse(ClickHouseOptions),
    /// Translate the configuration of another daemon.
    Import(ImportOptions),
    /// Send.
    Send(Box<SendOptions>),
}

/// Reads the command line.
///
/// # Errors
///
/// The exit code to leave with: 0 after a help text, 2 after a sentence about what is wrong.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Action, ExitCode> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    choose_default_command(&mut arguments);
    let action = command().try_get_matches_from(&arguments).and_then(|matches| match matches.subcommand() {
        Some(("config", matches)) => Ok(Action::Config(RunOptions::new(matches))),
        Some(("check", matches)) => Ok(Action::Check(RunOptions::new(matches))),
        Some(("open", matches)) => OpenOptions::from_arg_matches(matches).map(Action::Open),
        Some(("status", matches)) => StatusOptions::from_arg_matches(matches).map(Action::Status),
        Some(("top", matches)) => TopOptions::from_arg_matches(matches).map(Action::Top),
        Some(("parse", matches)) => ParseOptions::from_arg_matches(matches).map(Action::Parse),
        Some(("clickhouse", matches)) => ClickHouseOptions::from_arg_matches(matches).map(Action::ClickHouse),
        Some(("capture", matches)) => CaptureOptions::from_arg_matches(matches).map(Action::Capture),
        Some(("replay", matches)) => ReplayOptions::from_arg_matches(matches).map(Action::Replay),
        Some(("import", matches)) => ImportOptions::from_arg_matches(matches).map(Action::Import),
        Some(("send", matches)) => SendOptions::from_arg_matches(matches).map(Box::new).map(Action::Send),
        Some((_, matches)) => Ok(Action::Run(RunOptions::new(matches))),
        None => Err(clap::Error::new(ErrorKind::MissingSubcommand)),
    });
    action.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that has left does not want the rest.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        _ => usage::failure(&error, command(), &arguments).report(),
    })
}

/// Puts `run` in front of flags that follow no command.
fn choose_default_command(arguments: &mut Vec<OsString>) {
    let of_the_program = ["-h", "--help", "-V", "--version"];
    let is_chosen = arguments.get(1).is_some_and(|first| {
        of_the_program.iter().any(|flag| first == flag) || !first.as_encoded_bytes().starts_with(b"-")
    });
    if !is_chosen {
        arguments.insert(arguments.len().min(1), "run".into());
    }
}

fn command() -> Command {
    Command::new("basenji")
        .version(env!("CARGO_PKG_VERSION"))
        .override_help(help::of_the_program())
        .max_term_width(100)
        .subcommands([
            run_command(),
            config_command(),
            check_command(),
            open_command(),
            status_command(),
            top_command(),
            parse_command(),
            capture_command(),
            replay_command(),
            import_command(),
            clickhouse_command(),
            send_command(),
        ])
}

fn run_command() -> Command {
    let command = Command::new("run")
        .about("Receive metrics, aggregate them and show the finished series")
        .after_help(help::AFTER_RUN);
    run_options::daemon(run_options::configuration(command))
}

fn config_command() -> Command {
    let command = Command::new("config")
        .about("Show the configuration that is in force, and where each value comes from")
        .after_help(help::AFTER_CONFIG);
    run_options::configuration(command)
}

fn check_command() -> Command {
    let command = Command::new("check")
        .about("Send one harmless series through every sink, and show what each answers")
        .after_help(help::AFTER_CHECK);
    run_options::configuration(command)
}

fn open_command() -> Command {
    OpenOptions::augment_args(Command::new("open"))
        .about("Open the live page of a running daemon in the browser")
        .args_override_self(true)
}

fn status_command() -> Command {
    StatusOptions::augment_args(Command::new("status"))
        .about("Show where a running daemon listens and what it has counted")
        .args_override_self(true)
}

fn top_command() -> Command {
    TopOptions::augment_args(Command::new("top"))
        .about("Show the names and tags with the most series of a running daemon")
        .args_override_self(true)
        .after_help(help::AFTER_TOP)
}

fn parse_command() -> Command {
    ParseOptions::augment_args(Command::new("parse"))
        .about("Show how lines are understood: one JSON object a message")
        .after_help(help::AFTER_PARSE)
}

fn capture_command() -> Command {
    CaptureOptions::augment_args(Command::new("capture"))
        .about("Keep what a running daemon receives, in a file")
        .args_override_self(true)
        .after_help(help::AFTER_CAPTURE)
}

fn replay_command() -> Command {
    ReplayOptions::augment_args(Command::new("replay"))
        .about("Send the datagrams of a capture, or show how they are understood")
        .args_override_self(true)
        .after_help(help::AFTER_REPLAY)
}

fn clickhouse_command() -> Command {
    ClickHouseOptions::augment_args(Command::new("clickhouse"))
        .about("Show the tables that series go to in ClickHouse, or queries to begin with")
        .after_help(help::AFTER_CLICKHOUSE)
}

fn import_command() -> Command {
    ImportOptions::augment_args(Command::new("import"))
        .about("Show the mapping file of statsd_exporter as a configuration of this daemon")
        .after_help(help::AFTER_IMPORT)
}

fn send_command() -> Command {
    SendOptions::augment_args(Command::new("send"))
        .about("Send metrics, events and service checks")
        .override_usage("basenji send <MESSAGE> [OPTIONS]\n       basenji send --stdin [OPTIONS]")
        .after_help(help::AFTER_SEND)
}
