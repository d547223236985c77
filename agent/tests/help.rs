//! What the program says of itself.

mod support;

use support::{basenji, run, text};

#[test]
fn the_help_fits_a_screen_and_shows_three_examples() {
    for arguments in [&["--help"][..], &["-h"], &["help"]] {
        let output = run(arguments);
        assert!(output.status.success());
        let help = text(&output.stdout);
        let lines = help.lines().count();
        assert!((24..=40).contains(&lines), "{lines} lines");
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
        let (_, examples) = help.split_once("Examples:").expect("there are examples");
        let commands: Vec<_> = examples.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(commands.contains(&r#"echo "page.views:1|c|#env:dev" | nc -u -w1 127.0.0.1 8125"#), "{examples}");
        assert!(commands.len() >= 3, "{examples}");
    }
}

#[test]
fn every_help_fits_its_terminal() {
    for columns in ["80", "40"] {
        for command in [
            &["--help"][..],
            &["run", "--help"],
            &["top", "--help"],
            &["parse", "--help"],
            &["send", "count", "--help"],
        ] {
            let output = basenji().env("COLUMNS", columns).args(command).output().expect("it starts");
            let help = text(&output.stdout);
            // What is to be copied stays whole.
            let (help, _) = help.split_once("Example").unwrap_or((help, ""));
            let mut lines = help.lines().filter(|line| !line.starts_with("Usage:"));
            let wide = lines.find(|line| line.len() > columns.parse().expect("a number"));
            // A word may be longer than what is left beside its flag.
            assert!(wide.is_none_or(|line| line.split_whitespace().count() == 1), "{columns}: {wide:?} of {command:?}");
        }
    }
}

#[test]
fn every_command_has_a_help() {
    for command in
        ["run", "config", "check", "status", "top", "parse", "send", "import", "capture", "replay", "clickhouse"]
    {
        let output = run(&[command, "--help"]);
        assert!(output.status.success() && text(&output.stdout).contains(&format!("Usage: basenji {command}")));
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let output = run(&["--version"]);
    assert_eq!(text(&output.stdout), format!("basenji {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_readme_has_every_flag() {
    let readme = include_str!("../README.md");
    let commands = [
        &["run"][..],
        &["config"],
        &["check"],
        &["status"],
        &["top"],
        &["parse"],
        &["capture"],
        &["replay"],
        &["clickhouse"],
        &["send"],
        &["send", "count"],
        &["send", "event"],
        &["send", "check"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        let names = text(&output.stdout).split([' ', '\n', '[', ']', '=', ',']);
        for name in names.filter(|name| name.starts_with("--")) {
            assert!(readme.contains(&format!("`{name}")), "{name} of basenji {}", command.join(" "));
        }
    }
}
