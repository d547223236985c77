//! The daemon's table in a real tmux: pages, searches and sorts by keys, and nothing of it scrolls away.

mod support;

use std::collections::HashSet;
use std::net::UdpSocket;

use support::tmux::Tmux;

/// A daemon with a table on a screen of this size, with the telemetry off, and the address that it listens on.
fn table(width: usize, height: usize, more: &str) -> Option<(Tmux, String)> {
    let tmux = Tmux::start(width, height)?;
    let program = env!("CARGO_BIN_EXE_basenji");
    let run = format!("env -i TERM=$TERM {program} --port 0 --http off --bucket-secs 1 --no-telemetry {more}");
    tmux.press(&[&run, "Enter"]);
    tmux.wait("address", |screen| screen.contains("The first bucket ends") || screen.contains(" series"));
    // A narrow screen breaks the line.
    let text = tmux.run(&["capture-pane", "-p", "-J", "-S", "-100"]);
    let (_, address) = text.split_once("listening udp=").expect("it is told");
    Some((tmux, address.split_whitespace().next().unwrap_or_default().to_owned()))
}

fn send(address: &str, lines: &[String]) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for lines in lines.chunks(10) {
        socket.send_to(lines.join("\n").as_bytes(), address).expect("sent");
    }
}

/// Sixty series, of which those of ten routes differ at the end of a long name or in one tag.
fn series() -> Vec<String> {
    let line = |n: usize| {
        let end = ["reads", "writes"][n % 2];
        format!(
            "service.storage.shard.operations.{end}:{n}|g|#env:prod,host:web-1,shard:a-rather-long-name-{:02}-of-60",
            n / 2
        )
    };
    (0..60).map(line).collect()
}

#[test]
fn more_series_than_lines_are_pages_on_which_no_two_rows_look_alike() {
    for (width, height) in [(40, 20), (80, 24), (200, 50)] {
        let Some((tmux, address)) = table(width, height, "") else { return };
        send(&address, &series());
        let mut screen = tmux.wait("page", |screen| screen.contains("page 1 of "));
        let pages: usize = screen
            .split_once("page 1 of ")
            .and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok())
            .expect("a number");
        assert!(pages > 1, "{screen}");
        let mut rows = HashSet::new();
        for page in 1..=pages {
            screen = tmux.wait("page", |screen| screen.contains(&format!("page {page} of {pages}")));
            assert!(screen.contains("all: host:web-1,env:prod"), "{screen}");
            let (_, table) = screen.split_once("NAME").expect("a head");
            let (table, _) = table.split_once("page ").expect("a foot");
            let mut row = String::new();
            for line in table.lines().skip(1).filter(|line| !line.is_empty()) {
                assert!(!line.contains("env:prod"), "what all share is said once: {screen}");
                if !line.starts_with("  ") && !row.is_empty() {
                    assert!(rows.insert(identity(&row)), "{row} is there twice: {screen}");
                    row.clear();
                }
                row.push_str(line);
            }
            assert!(rows.insert(identity(&row)), "{row} is there twice: {screen}");
            tmux.press(&["Right"]);
        }
        assert_eq!(rows.len(), 60, "at {width} columns");
    }
}

/// A row without its value and its trend.
fn identity(row: &str) -> String {
    row.split_whitespace()
        .filter(|word| word.parse::<f64>().is_err() && !word.contains(['▁', '▅', '█']))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn keys_search_sort_and_pause_and_the_screen_keeps_no_copies() {
    let Some((tmux, address)) = table(80, 24, "") else { return };
    send(&address, &series());
    tmux.wait("page", |screen| screen.contains("page 1 of "));
    tmux.press(&["/", "reads shard:*-07-*"]);
    let screen = tmux.wait("search", |screen| screen.contains("/reads shard:*-07-*_") && screen.contains("1 of 60"));
    assert_eq!(screen.lines().filter(|line| line.contains("gauge ")).count(), 1, "{screen}");
    tmux.press(&["Enter"]);
    tmux.wait("kept search", |screen| screen.contains("1 of 60 fit reads"));
    tmux.press(&["Escape"]);
    tmux.wait("all", |screen| screen.contains("page 1 of ") && !screen.contains("fit"));
    tmux.press(&["s", "s"]);
    let screen = tmux.wait("by value", |screen| screen.contains("s: by value"));
    let first = screen.split_once("NAME").and_then(|(_, table)| table.lines().nth(1)).unwrap_or_default();
    assert!(first.contains(" 59 "), "{screen}");
    tmux.press(&["Space"]);
    let paused = tmux.wait("pause", |screen| screen.contains("paused"));
    send(&address, &["_e{6,4}:Deploy|done".to_owned(), "new.series:1|c".to_owned()]);
    let screen = tmux.wait("event", |screen| screen.contains("Deploy"));
    assert_eq!(screen.split_once("NAME").map(|(_, table)| table), paused.split_once("NAME").map(|(_, table)| table));
    tmux.press(&["Space"]);
    // Two more flushes, of which each draws a table that is as high as the screen.
    for value in [1, 2] {
        send(&address, &[format!("flush.number:{value}|g")]);
        tmux.press(&["/", "flush.number", "Enter"]);
        tmux.wait("flush", |screen| {
            screen.lines().any(|line| line.contains("flush.number") && line.contains(&format!(" {value} ")))
        });
        tmux.press(&["Escape"]);
        tmux.wait("all", |screen| screen.contains("page 1 of "));
    }
    let all = tmux.scrollback();
    assert_eq!(all.matches("NAME").count(), 1, "copies of the table: {all}");
    assert_eq!(all.matches("page 1 of").count(), 1, "copies of the table: {all}");
    tmux.press(&["q"]);
    // The shell is back, and the terminal echoes what is typed.
    tmux.wait("prompt", |screen| screen.trim_end().ends_with(['#', '$']));
    tmux.press(&["echo is-back", "Enter"]);
    tmux.wait("echo", |screen| screen.matches("is-back").count() == 2);
}
