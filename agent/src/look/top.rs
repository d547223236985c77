//! `basenji top`: the names, tags and tag keys with the most series, on a terminal again and again.

use std::io;
use std::process::ExitCode;
use std::thread;

use serde_json::Value;

use super::{address, ask, object, show, table};
use crate::cli::TopOptions;
use crate::failure::Failure;
use crate::terminal;

/// Moves to the upper left corner and empties the screen from there.
const CLEAR: &str = "\x1b[H\x1b[J";

/// Runs the command.
///
/// # Errors
///
/// There is no daemon, or it does not answer.
pub(crate) fn top(options: &TopOptions) -> Result<ExitCode, Failure> {
    let address = address(&options.daemon)?;
    let target = format!("/contexts?top={}", options.number);
    let is_once = options.once || options.json || !terminal::can_move(&io::stdout());
    loop {
        let answer = ask(address, &target)?;
        let text = match options.json {
            true => format!("{answer}\n"),
            false => text(&object(&answer)?),
        };
        if is_once {
            show(&text)?;
            return Ok(ExitCode::SUCCESS);
        }
        if !show(&format!("{CLEAR}{text}"))? {
            return Ok(ExitCode::SUCCESS);
        }
        thread::sleep(options.interval);
    }
}

/// Three tables.
fn text(contexts: &Value) -> String {
    let total = contexts["contexts"].as_u64().unwrap_or_default();
    let rows = |list: &str, count: &str, name: &str| -> Vec<Vec<String>> {
        let rows = contexts[list].as_array().into_iter().flatten();
        rows.map(|row| {
            let number = row[count].as_u64().unwrap_or_default();
            let share = if count == "contexts" { share(number, total) } else { String::new() };
            vec![number.to_string(), share, row[name].as_str().unwrap_or_default().to_owned()]
        })
        .collect()
    };
    let mut lines = vec![format!("{total} series at the last flush")];
    for (headings, rows) in [
        (["SERIES", "SHARE", "NAME"], rows("names", "contexts", "name")),
        (["SERIES", "SHARE", "TAG"], rows("tags", "contexts", "tag")),
        (["VALUES", "", "TAG KEY"], rows("tag_keys", "values", "key")),
    ] {
        if !rows.is_empty() {
            lines.push(String::new());
            lines.extend(table::lines(&headings, &rows));
        }
    }
    lines.join("\n") + "\n"
}

fn share(number: u64, total: u64) -> String {
    format!("{:.1} %", number as f64 * 100.0 / total.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_tags_and_keys_have_a_table_each() {
        let contexts = json!({"contexts": 3, "names": [{"name": "a", "contexts": 2}, {"name": "b", "contexts": 1}],
            "tags": [], "tag_keys": [{"key": "user", "values": 3}]});
        assert_eq!(
            text(&contexts),
            "3 series at the last flush\n\nSERIES  SHARE   NAME\n2       66.7 %  a\n1       33.3 %  b\n\n\
             VALUES    TAG KEY\n3         user\n"
        );
    }
}
