//! The help texts that are not made from the options alone.

use std::fmt::Write;

use clap::{Arg, Command};

use super::run_options;

/// Options of the daemon that the first screen shows.
const FIRST: [&str; 8] = ["config", "port", "bind", "socket", "bucket-secs", "format", "once", "log-level"];

/// The most columns of a line.
const WIDEST: usize = 100;

/// After the options of `basenji run --help`.
pub(super) const AFTER_RUN: &str = "\
A LIST is separated by commas or blanks. A flag wins over its variable, a variable over the file; an empty variable
counts as absent. DD_DOGSTATSD_PORT=0 means off, as in the Agent. SIGHUP reads file and variables again.";

/// After the options of `basenji config --help`.
pub(super) const AFTER_CONFIG: &str = "\
The output is a configuration file that says the same.

Example:
  basenji config --port 0 | grep dogstatsd_port";

/// After the options of `basenji check --help`.
pub(super) const AFTER_CHECK: &str = "\
It needs no daemon and listens nowhere. The exit code is 1 if a sink does not take the series, basenji.check.

Example:
  basenji check --config /etc/datadog-agent/datadog.yaml";

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

/// After the options of `basenji capture --help`.
pub(super) const AFTER_CAPTURE: &str = "\
The file has the format of the Agent's captures. A signal ends the capture before its time, and the file is whole.

Example:
  basenji capture busy.dog --for 10";

/// After the options of `basenji replay --help`.
pub(super) const AFTER_REPLAY: &str = "\
A file that is cut or corrupt is replayed up to there, and the exit code is 1.

Examples:
  basenji replay busy.dog --to unix:///var/run/datadog/dsd.socket --speed 10
  basenji replay busy.dog --parse | jq -c 'select(.kind == \"error\")'";

/// After the options of `basenji clickhouse --help`.
pub(super) const AFTER_CLICKHOUSE: &str = "\
Example:
  basenji clickhouse --print-schema | clickhouse-client";

/// After the options of `basenji import --help`.
pub(super) const AFTER_IMPORT: &str = "\
What has no counterpart is named on standard error.

Example:
  basenji import statsd-exporter mapping.yml > basenji.yaml";

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
    let text = format!(
        "\
basenji {version}: DogStatsD in, finished series out.

Usage: basenji [COMMAND] [OPTIONS]

Commands:
  run         Receive metrics, aggregate them and show the finished series (the default)
  config      Show the configuration that is in force, and where each value comes from
  check       Send one harmless series through every sink, and show what each answers
  open        Open the live page of a running daemon in the browser
  status      Show where a running daemon listens and what it has counted
  top         Show the names and tags with the most series of a running daemon
  parse       Show how lines are understood: one JSON object a message
  send        Send metrics, events and service checks
  capture     Keep what a running daemon receives, in a file
  replay      Send the datagrams of a capture, or show how they are understood
  clickhouse  Show the tables for ClickHouse, or queries to begin with
  import      Show the mapping file of statsd_exporter as a configuration
  help        Print this help, or that of a command

Options of run (all of them, with their variables: basenji run --help):
{options}
  -h, --help                  Print help
  -V, --version               Print version

Examples:
  Start the daemon, then send it a count from another terminal, with or without Basenji:
    basenji
    basenji send count page.views 1 -t env:dev
    echo \"page.views:1|c|#env:dev\" | nc -u -w1 127.0.0.1 8125
  What does this line mean?
    echo \"page.views:1|c|#env:dev\" | basenji parse
",
        version = env!("CARGO_PKG_VERSION"),
        options = options.trim_end(),
    );
    wrapped(&text, width())
}

/// The columns of the terminal, or what the variable says, up to those of the longest line.
fn width() -> usize {
    let of_terminal = terminal_size::terminal_size().map(|(width, _)| width.0.into());
    let of_variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    of_terminal.or_else(of_variable).unwrap_or(WIDEST).clamp(20, WIDEST)
}

/// Lines that are no longer than `width`, but for examples, which are to be copied. The rest of a line stands below what
/// it explains.
fn wrapped(text: &str, width: usize) -> String {
    let (text, examples) = text.split_at(text.find("Examples:").unwrap_or(text.len()));
    let mut result = String::new();
    for line in text.lines() {
        let start = line.len() - line.trim_start().len();
        // What stands behind two blanks explains what stands before them.
        let hanging = line
            .get(start..)
            .and_then(|rest| Some(start + rest.find("  ")?))
            .map_or(start + 2, |gap| line.len() - line.get(gap..).unwrap_or_default().trim_start().len());
        let hanging = if hanging > width / 2 { start + 2 } else { hanging };
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            if used > hanging && used + word.trim_end().len() > width {
                result.truncate(result.trim_end().len());
                result.push('\n');
                result.extend(std::iter::repeat_n(' ', hanging));
                used = hanging;
                if word == " " {
                    continue;
                }
            }
            result.push_str(word);
            used += word.len();
        }
        result.push('\n');
    }
    result + examples
}

/// The flag and what it takes.
fn spelled(argument: &Arg) -> String {
    let flag = argument.get_long().unwrap_or_default();
    match argument.get_value_names() {
        Some([name, ..]) if argument.get_action().takes_values() => format!("--{flag} <{name}>"),
        _ => format!("--{flag}"),
    }
}
