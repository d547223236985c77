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
    text.push_str(&forwarding(&status["forwarding"]));
    text.push_str(&sinks(&status["sinks"]));
    text.push_str(&accounts(&status["accounts"]));
    text.push_str(&refused(&status["refused"]));
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

/// A line for the server that gets a copy of every datagram, if there is one.
fn forwarding(forwarding: &Value) -> String {
    let Some(to) = forwarding["to"].as_str() else { return String::new() };
    let state = if forwarding["is_resolved"] == true { "" } else { ", which has no address yet" };
    let [sent, unsent, refused] = ["sent", "unsent", "refused"].map(|what| &forwarding[what]);
    format!("forwarding to {to}{state}: {sent} datagrams sent, of which {refused} refused, {unsent} unsent\n")
}

/// A row for each place that series go to: state, numbers, why something was dropped, and the last error.
fn sinks(sinks: &Value) -> String {
    let sum =
        |amount: &Value| -> u64 { amount.as_object().into_iter().flatten().filter_map(|(_, n)| n.as_u64()).sum() };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = Vec::new();
    for sink in sinks.as_array().into_iter().flatten() {
        let dropped: Vec<_> = sink["dropped"].as_object().into_iter().flatten().collect();
        let total: u64 = dropped.iter().map(|(_, amount)| sum(amount)).sum();
        let why: Vec<_> = dropped.iter().map(|(reason, amount)| format!("{reason} {}", sum(amount))).collect();
        let place = format!("{} {}", word(&sink["sink"]), word(&sink["target"]));
        let number = |value: u64| value.to_string();
        rows.push(vec![
            place.trim_end().to_owned(),
            word(&sink["state"]),
            number(sum(&sink["delivered"])),
            number(sum(&sink["waiting"])),
            sink["retried"].to_string(),
            if why.is_empty() { number(total) } else { format!("{total} ({})", why.join(", ")) },
            word(&sink["last_error"]),
        ]);
    }
    if rows.is_empty() {
        return String::new();
    }
    let heading = ["SINK", "STATE", "DELIVERED", "WAITING", "RETRIED", "DROPPED", "LAST ERROR"];
    format!("\n{}\n", table::lines(&heading, &rows).join("\n"))
}

/// The outcome of messages up to the last flush, a row a kind, and whether all of them are accounted for.
fn accounts(accounts: &Value) -> String {
    const COLUMNS: [&str; 6] = ["received", "shown", "refused", "skipped", "filtered", "waiting"];
    let kinds: Vec<_> = accounts["kinds"].as_array().into_iter().flatten().collect();
    if kinds.is_empty() {
        return String::new();
    }
    let row = |kind: &&Value| {
        let name = kind["kind"].as_str().unwrap_or_default().to_owned();
        std::iter::once(name).chain(COLUMNS.iter().map(|column| kind[column].to_string())).collect()
    };
    let rows: Vec<Vec<String>> = kinds.iter().map(row).collect();
    let heading = ["MESSAGES", "RECEIVED", "= SHOWN", "+ REFUSED", "+ SKIPPED", "+ FILTERED", "+ WAITING"];
    let verdict = match accounts["balanced"] == true {
        true => "The accounts balance: every message received up to the last flush is in one of these columns.",
        false => "The accounts do not balance: messages were lost that no column has.",
    };
    format!("\n{}\n{verdict}\n", table::lines(&heading, &rows).join("\n"))
}

/// Whose messages were refused, the worst first.
fn refused(refused: &Value) -> String {
    let mut rows = Vec::new();
    for (list, key, of) in [("names", "name", "name"), ("tag_keys", "key", "tag key"), ("origins", "origin", "origin")]
    {
        for row in refused[list].as_array().into_iter().flatten() {
            let what = row[key].as_str().unwrap_or_default().to_owned();
            rows.push(vec![of.to_owned(), what, row["messages"].to_string()]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    format!("\n{}\n", table::lines(&["REFUSED BY", "WHICH", "MESSAGES"], &rows).join("\n"))
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
    fn forwarding_is_a_line_where_there_is_some() {
        let of = |is_resolved: bool| {
            forwarding(&json!({"to": "a:1", "is_resolved": is_resolved, "sent": 5, "unsent": 2, "refused": 1}))
        };
        assert_eq!(of(true), "forwarding to a:1: 5 datagrams sent, of which 1 refused, 2 unsent\n");
        assert!(of(false).starts_with("forwarding to a:1, which has no address yet: "));
        assert_eq!(forwarding(&Value::Null), "");
    }

    #[test]
    fn the_account_of_each_kind_is_a_row_and_whose_messages_were_refused_is_told() {
        let kind = json!({"kind": "count", "received": 10, "shown": 6, "refused": 3, "skipped": 0, "filtered": 0, "waiting": 1});
        let status = |balanced: bool| {
            json!({"version": "1", "uptime_seconds": 1, "running": true, "counters": {},
                "accounts": {"balanced": balanced, "kinds": [kind]},
                "refused": {"names": [{"name": "junk", "messages": 3}], "tag_keys": [{"key": "user", "messages": 2}]}})
        };
        let told = text(&status(true));
        let lines: Vec<_> = told.lines().map(str::trim_end).collect();
        let at = lines.iter().position(|line| line.starts_with("MESSAGES")).expect("there is a table");
        assert_eq!(lines[at], "MESSAGES  RECEIVED  = SHOWN  + REFUSED  + SKIPPED  + FILTERED  + WAITING");
        assert_eq!(lines[at + 1], "count     10        6        3          0          0           1");
        assert!(lines[at + 2].starts_with("The accounts balance"), "{told}");
        assert!(lines.contains(&"name        junk   3") && lines.contains(&"tag key     user   2"), "{told}");
        assert!(text(&status(false)).contains("The accounts do not balance"));
    }

    #[test]
    fn a_time_has_two_units() {
        assert_eq!([59, 60, 3599, 90_000].map(duration), ["59 s", "1 min 0 s", "59 min 59 s", "1 d 1 h"]);
    }
}
