//! The README is true: its commands run, its examples give what it shows.
//!
//! - `console`: each line after `$ ` is run, in order, in the root of the repository, and the lines below it are what it prints;
//! - `text`: what the daemon, started by a `console` block, prints until it is told to stop;
//! - `rust`: compiled and run as documentation of the crate `basenji`.
//!
//! In what is shown, `...` stands for anything, and blanks for any number of blanks. Two commands are run with an argument more: the daemon takes
//! a free port, which then stands for 8125 in what follows, and `cargo xtask test`, which runs this, says what it would do.

use std::fs;
use std::process::{Command, Stdio};

use basenji_tests::bare::root;
use basenji_tests::daemon::Daemon;
use basenji_tests::skip::skip;

#[test]
fn the_commands_and_examples_of_the_readme_work() {
    if Command::new("nc").arg("-h").output().is_err() {
        return skip("nc is not installed");
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut daemon = None;
    let mut shown_by_daemon = Vec::new();
    for Block { language, lines } in blocks(&readme) {
        match language {
            "console" => commands(&lines).into_iter().for_each(|(command, shown)| match command {
                "cargo run --release" => daemon = Some(Daemon::start(&["--release"], &["--format", "table"])),
                "cargo xtask test" => assert!(!run("cargo xtask test --plan").is_empty()),
                _ => {
                    let port = daemon.as_ref().map_or_else(|| "8125".into(), |daemon| daemon.port().to_owned());
                    expect(command, &shown, &run(&command.replace("8125", &port)));
                }
            }),
            "text" => shown_by_daemon.extend(lines),
            "rust" => (),
            other => panic!("nothing checks a block of {other:?}"),
        }
    }
    let daemon = daemon.expect("the README starts the daemon");
    expect("the daemon", &shown_by_daemon, &daemon.stop());
}

#[test]
fn every_file_that_the_readme_and_the_contribution_guide_name_is_there() {
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "agent/README.md", "core/README.md"] {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            let is_there = target.contains("://") || path.parent().unwrap().join(file).exists();
            assert!(is_there, "{page} links to {target}");
        }
    }
}

#[test]
fn the_oldest_rust_is_the_same_wherever_it_is_named() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let workspace = read("Cargo.toml").parse::<toml::Table>().unwrap();
    let oldest = workspace["workspace"]["package"]["rust-version"].as_str().unwrap();
    for apart in ["fuzz/Cargo.toml", "tests/bench/peers/Cargo.toml"] {
        let manifest = read(apart).parse::<toml::Table>().unwrap();
        assert_eq!(manifest["package"]["rust-version"].as_str(), Some(oldest), "{apart}");
    }
    assert!(read("README.md").contains(&format!("(https://rustup.rs) {oldest} or newer")), "{oldest}");
}

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            blocks.push(Block { language, lines: lines.by_ref().take_while(|line| *line != "```").collect() });
        }
    }
    blocks
}

/// The commands of a `console` block, without their comments, each with the lines below it.
fn commands<'a>(lines: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.split("  # ").next().unwrap().trim_end(), Vec::new())),
            None => commands.last_mut().expect("a block begins with a command").1.push(line),
        }
    }
    commands
}

/// What `command` prints.
fn run(command: &str) -> String {
    let output =
        Command::new("bash").args(["-euc", command]).current_dir(root()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Fails unless the lines of `shown` are found in `printed`, in order.
fn expect(who: &str, shown: &[&str], printed: &str) {
    let mut lines = printed.lines();
    for line in shown {
        assert!(lines.any(|printed| is_shown_as(printed, line)), "{who} does not print {line:?}, but\n{printed}");
    }
}

/// Whether `printed` is what `shown` says, where `...` stands for anything and blanks for blanks.
fn is_shown_as(printed: &str, shown: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed = words(printed);
    let mut rest = printed.as_str();
    let shown = words(shown);
    let mut parts = shown.split("...").peekable();
    let mut anywhere = false;
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let found = match (anywhere, is_last && !part.is_empty()) {
            (false, _) => rest.starts_with(part).then_some(0),
            (true, true) => rest.ends_with(part).then(|| rest.len() - part.len()),
            (true, false) => rest.find(part),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
        anywhere = true;
    }
    rest.is_empty() || shown.ends_with("...")
}

#[test]
fn the_checker_tells_what_is_shown_from_what_is_not() {
    assert!(is_shown_as("a   b", "a b"));
    assert!(is_shown_as("12:00 UTC   1 series", "... UTC 1 series"));
    assert!(is_shown_as("page.views  count  1   ##", "page.views count 1 ..."));
    assert!(!is_shown_as("a b c", "a b"));
    assert!(!is_shown_as("b", "a"));
    assert!(!is_shown_as("a c", "a ... b"));
    let transcript = ["$ one  # says it", "1", "$ two | three '#x'"];
    assert_eq!(commands(&transcript), [("one", vec!["1"]), ("two | three '#x'", vec![])]);
}
