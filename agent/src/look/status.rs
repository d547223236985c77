//! `basenji status`: where the daemon listens and what it has counted.

use std::process::ExitCode;

use serde_json::Value;

use super::{address, ask, object, show, table};
use crate::cli::StatusOptions;
use crate::failure::Failure;

/// Runs the command.
///
/// # Errors
///
/// There is no daemon, or it does not answer.
pub(crate) fn status(options: &StatusOptions) -> Result<ExitCode, Failure> {
    let answer = ask(address(&options.daemon)?, "/status")?;
    let text = if options.json { format!("{answer}\n") } else { text(&object(&answer)?) };
    show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// What the daemon says, for people: counters that are 0 are left out.
fn text(status: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let state = if status["running"] == true { "running" } else { "not running: a thread has ended" };
    let seconds = status["uptime_seconds"].as_u64().unwrap_or_default();
    let mut text = format!("basenji {}, {state}, up {}\n", word(&status["version"]), duration(seconds));
    for listener in status["listeners"].as_array().into_iter().flatten() {
        text.push_str(&format!("listening on {} {}\n", word(&listener["kind"]), word(&listener["address"])));
    }
    let mut rows = Vec::new();
    for (name, value) in status["counters"].as_object().into_iter().flatten() {
        match value {
            Value::Object(parts) => {
                rows.extend(parts.iter().map(|(part, value)| vec![name.clone(), part.clone(), value.to_string()]));
            }
            value if *value == 0 => {}
            value => rows.push(vec![name.clone(), String::new(), value.to_string()]),
        }
    }
    text.push('\n');
    table::lines(&["COUNTER", "OF", "VALUE"], &rows).iter().for_each(|line| {
        text.push_str(line);
        text.push('\n');
    });
    text
}

/// The two largest units of a time.
fn duration(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86400, seconds % 86400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counters_that_are_0_are_left_out() {
        let status = json!({"version": "1.2.3", "uptime_seconds": 3700, "running": true,
            "listeners": [{"kind": "udp", "address": "127.0.0.1:8125"}],
            "counters": {"contexts": 12, "kernel_drops": 0, "datagrams": {"udp": 5}, "refused": {}}});
        assert_eq!(
            text(&status),
            "basenji 1.2.3, running, up 1 h 1 min\nlistening on udp 127.0.0.1:8125\n\n\
             COUNTER    OF   VALUE\ncontexts        12\ndatagrams  udp  5\n"
        );
    }

    #[test]
    fn a_time_has_two_units() {
        assert_eq!([59, 60, 3599, 90_000].map(duration), ["59 s", "1 min 0 s", "59 min 59 s", "1 d 1 h"]);
    }
}
