//! The help texts that are not made from the options alone.

use std::fmt::Write;

use clap::{Arg, Command};

use super::run_options;

/// Options of the daemon that the first screen shows.
const FIRST: [&str; 8] = ["config", "port", "bind", "socket", "flush-interval", "format", "once", "log-level"];

/// After the options of `basenji run --help`.
pub(super) const AFTER_RUN: &str = "\
A LIST is separated by commas or blanks. A flag wins over its variable, a variable over the file; an empty variable
counts as absent. DD_DOGSTATSD_PORT=0 means off, as in the Agent. SIGHUP reads file and variables again.";

/// After the options of `basenji config --help`.
pub(super) const AFTER_CONFIG: &str = "\
The output is a configuration file that says the same.

Example:
  basenji config --port 0 | grep dogstatsd_port";

/// After the options of `basenji top --help`.
pub(super) const AFTER_TOP: &str = "\
On a terminal it looks again and again, elsewhere once.

Example:
  basenji top -n 3 --once";

/// After the options of `basenji parse --help`.
pub(super) const AFTER_PARSE: &str = "\
Objects have a \"kind\": metric, event, service_check, or error for a line that is refused.
Lines may be 1 MiB long; a longer one is refused as truncated.

Example:
  echo 'page.views:1|c|#env:dev' | basenji parse";

/// After the options of `basenji send --help`.
pub(super) const AFTER_SEND: &str = "\
Tags, rate, timestamp and what else belongs to a message: basenji send <MESSAGE> --help

Examples:
  basenji send count page.views 1 -t env:dev
  basenji send event 'Deploy' 'v1.2.3 failed' --alert-type error
  basenji send check db.up critical --message 'no answer' --to unix:///var/run/datadog/dsd.socket
  basenji send timing login.time 12.5 --load 10000 --for 5";

/// `basenji --help`: one screen.
pub(super) fn of_the_program() -> String {
    let run = run_options::daemon(run_options::configuration(Command::new("run")));
    let mut options = String::new();
    for argument in FIRST.iter().filter_map(|id| run.get_arguments().find(|argument| argument.get_id() == id)) {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let help = help.split(" [env").next().unwrap_or(&help);
        // A `String` takes all.
        let _ = writeln!(options, "  {:<27} {help}", spelled(argument));
    }
    format!(
        "\
basenji {version}: DogStatsD in, finished series out.

Usage: basenji [run | config | status | top] [OPTIONS]
       basenji parse [--datagram] [--strict] [FILE]
       basenji send <MESSAGE> [OPTIONS]

Commands:
  run    Receive metrics, aggregate them and show the finished series (the default)
  config Show the configuration that is in force, and where each value comes from
  status Show where a running daemon listens and what it has counted
  top    Show the names and tags with the most series of a running daemon
  parse  Show how lines are understood: one JSON object a message
  send   Send metrics, events and service checks
  help   Print this help, or that of a command

Options of run (all of them, with their variables: basenji run --help):
{options}
  -h, --help                  Print help
  -V, --version               Print version

Examples:
  Start the daemon, then send it a count from another terminal, with or without Basenji:
    basenji
    basenji send count page.views 1 -t env:dev
    echo \"page.views:1|c|#env:dev\" | nc -u -w1 127.0.0.1 8125
  Watch one metric as JSON:
    basenji --flush-interval 1 --no-telemetry | jq -c 'select(.metric == \"page.views\")'
  What does this line mean?
    echo \"page.views:1|c|#env:dev\" | basenji parse
",
        version = env!("CARGO_PKG_VERSION"),
        options = options.trim_end(),
    )
}

/// The flag and what it takes.
fn spelled(argument: &Arg) -> String {
    let flag = argument.get_long().unwrap_or_default();
    match argument.get_value_names() {
        Some([name, ..]) if argument.get_action().takes_values() => format!("--{flag} <{name}>"),
        _ => format!("--{flag}"),
    }
}
