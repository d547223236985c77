//! The Agent's variables, as far as the Agent has one for an option.
//!
//! A variable is a flag that stands before all others on the command line, so that a flag wins over it. One that is
//! empty counts as absent, as in the Agent.

use std::ffi::OsString;

use clap::{Arg, Command};

use super::usage;
use crate::failure::Failure;

/// Options and their variables, in the order of the help.
const VARIABLES: [(&str, &str); 17] = [
    ("port", "DD_DOGSTATSD_PORT"),
    ("bind", "DD_BIND_HOST"),
    ("non_local_traffic", "DD_DOGSTATSD_NON_LOCAL_TRAFFIC"),
    ("socket", "DD_DOGSTATSD_SOCKET"),
    ("stream_socket", "DD_DOGSTATSD_STREAM_SOCKET"),
    ("buffer_size", "DD_DOGSTATSD_BUFFER_SIZE"),
    ("so_rcvbuf", "DD_DOGSTATSD_SO_RCVBUF"),
    ("eol_required", "DD_DOGSTATSD_EOL_REQUIRED"),
    ("origin_detection", "DD_DOGSTATSD_ORIGIN_DETECTION"),
    ("workers", "DD_DOGSTATSD_WORKERS_COUNT"),
    ("expiry_seconds", "DD_DOGSTATSD_EXPIRY_SECONDS"),
    ("context_expiry_seconds", "DD_DOGSTATSD_CONTEXT_EXPIRY_SECONDS"),
    ("histogram_aggregates", "DD_HISTOGRAM_AGGREGATES"),
    ("histogram_percentiles", "DD_HISTOGRAM_PERCENTILES"),
    ("tags", "DD_DOGSTATSD_TAGS"),
    ("context_limit", "DD_AGGREGATE_CONTEXT_LIMIT"),
    ("log_level", "DD_LOG_LEVEL"),
];

/// The name of an option's variable.
fn variable_of(option: &str) -> Option<&'static str> {
    VARIABLES.iter().find(|(id, _)| *id == option).map(|(_, variable)| *variable)
}

/// Adds its variable to the help of an option.
pub(super) fn named_in_help(argument: Arg) -> Arg {
    match (variable_of(argument.get_id().as_str()), argument.get_help()) {
        (Some(variable), Some(help)) => {
            let help = format!("{help} [env: {variable}]");
            argument.help(help)
        }
        _ => argument,
    }
}

/// The flags that stand for the variables of this process.
///
/// # Errors
///
/// A variable has a value that its option cannot have.
pub(super) fn flags(run: &Command, variables: impl Fn(&str) -> Option<OsString>) -> Result<Vec<OsString>, Failure> {
    let mut flags = Vec::new();
    for (option, variable) in VARIABLES {
        let Some(value) = variables(variable).filter(|value| !value.is_empty()) else { continue };
        let mut flag = OsString::from(format!("--{}=", option.replace('_', "-")));
        flag.push(translated(variable, &value));
        let alone = run.clone().no_binary_name(true).try_get_matches_from([&flag]);
        alone.map_err(|error| usage::failure_of_variable(&error, variable))?;
        flags.push(flag);
    }
    Ok(flags)
}

/// The value of an option that means what `value` means in the Agent: there the port 0 is no port at all.
fn translated<'a>(variable: &str, value: &'a OsString) -> &'a std::ffi::OsStr {
    if variable == "DD_DOGSTATSD_PORT" && value == "0" { "off".as_ref() } else { value }
}
