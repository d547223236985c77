//! `basenji top`: the names, tags and tag keys with the most series, on a terminal again and again.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::{address, ask, object, show, table};
use crate::cli::TopOptions;
use crate::failure::{Failure, reason};
use crate::sink::columns;
use crate::{signals, terminal};

/// Takes a screen of its own, which leaves no copies in the scrollback, and gives it back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Runs the command.
///
/// # Errors
///
/// There is no daemon, or it does not answer.
pub(crate) fn top(options: &TopOptions) -> Result<ExitCode, Failure> {
    let address = address(&options.daemon)?;
    let target = format!("/contexts?top={}", options.number);
    let is_once = options.once || options.json || !terminal::can_move(&io::stdout());
    if is_once {
        return look_once(address, &target, options.json);
    }
    let _screen = OwnScreen::enter()?;
    let end = end()?;
    loop {
        let answer = ask(address, &target)?;
        let (width, height) = terminal::size();
        let drawn = fitted(&text(&object(&answer)?, per_table(height), width), width, height);
        if !show(&drawn)? || end.recv_timeout(options.interval).is_ok() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// Shows the tables once: for a pipe, or with `--once`.
fn look_once(address: SocketAddr, target: &str, json: bool) -> Result<ExitCode, Failure> {
    let answer = ask(address, target)?;
    let text = if json { format!("{answer}\n") } else { text(&object(&answer)?, usize::MAX, usize::MAX) };
    show(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// A signal ends it as any program that has a screen of its own has to end: by giving the screen back.
fn end() -> Result<Receiver<()>, Failure> {
    let (tell, told) = channel();
    // After the end the channel has no reader.
    signals::watch(move |_| tell.send(()).unwrap_or_default())
        .map_err(|error| Failure::new(format!("cannot watch for signals: {}", reason(&error))))?;
    Ok(told)
}

/// The terminal's other screen, for as long as this lives.
struct OwnScreen;

impl OwnScreen {
    fn enter() -> Result<OwnScreen, Failure> {
        show(ENTER)?;
        Ok(OwnScreen)
    }
}

impl Drop for OwnScreen {
    fn drop(&mut self) {
        // If the terminal is gone, there is nothing to restore.
        let _ = show(LEAVE);
    }
}

/// Rows of each of the three tables on a screen of this height: the line on top, and for each table a blank one and its
/// head, go off.
fn per_table(height: usize) -> usize {
    (height.saturating_sub(1 + 3 * 2) / 3).max(1)
}

/// The text from the upper left corner on, no wider and no higher than the screen, whose rest is emptied.
fn fitted(text: &str, width: usize, height: usize) -> String {
    let mut drawn = String::from("\x1b[H");
    for (number, line) in text.lines().take(height).enumerate() {
        if number > 0 {
            drawn.push_str("\r\n");
        }
        let mut used = 0;
        for symbol in line.chars() {
            used += columns(symbol.encode_utf8(&mut [0; 4]));
            if used > width {
                break;
            }
            drawn.push(symbol);
        }
        drawn.push_str("\x1b[K");
    }
    drawn + "\x1b[J"
}

/// Three tables, each of at most so many rows, in so many columns.
fn text(contexts: &Value, most: usize, width: usize) -> String {
    let total = contexts["contexts"].as_u64().unwrap_or_default();
    let rows = |list: &str, count: &str, name: &str| -> Vec<Vec<String>> {
        let rows = contexts[list].as_array().into_iter().flatten().take(most);
        rows.map(|row| {
            let number = row[count].as_u64().unwrap_or_default();
            let share = if count == "contexts" { share(number, total) } else { String::new() };
            vec![number.to_string(), share, row[name].as_str().unwrap_or_default().to_owned()]
        })
        .collect()
    };
    let about = if contexts["is_exact"] == false { "; of so many the counts below are lower bounds" } else { "" };
    let mut lines = vec![format!("{total} series at the last flush{about}")];
    for (headings, rows) in [
        (["SERIES", "SHARE", "NAME"], rows("names", "contexts", "name")),
        (["SERIES", "SHARE", "TAG"], rows("tags", "contexts", "tag")),
        (["VALUES", "", "TAG KEY"], rows("tag_keys", "values", "key")),
    ] {
        if !rows.is_empty() {
            lines.push(String::new());
            lines.extend(table::lines_within(width, &headings, &rows));
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
            text(&contexts, usize::MAX, 80),
            "3 series at the last flush\n\nSERIES  SHARE   NAME\n2       66.7 %  a\n1       33.3 %  b\n\n\
             VALUES    TAG KEY\n3         user\n"
        );
    }

    #[test]
    fn a_screen_is_never_left_at_its_edges() {
        let text = (0..60).map(|n| format!("{n} {}\n", "犬".repeat(60))).collect::<String>();
        for (width, height) in [(80, 24), (40, 10), (200, 60)] {
            let drawn = fitted(&text, width, height);
            let lines: Vec<&str> =
                drawn.trim_start_matches("\x1b[H").trim_end_matches("\x1b[J").split("\r\n").collect();
            assert_eq!(lines.len(), height);
            assert!(lines.iter().all(|line| columns(line.trim_end_matches("\x1b[K")) <= width));
        }
        assert_eq!(per_table(24), 5);
    }
}
