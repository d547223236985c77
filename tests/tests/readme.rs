//! The README is true: its commands run, its examples give what it shows.
//!
//! - `console`: each line after `$ ` is run, in order, in the root of the repository, and the lines below it are what it prints;
//! - `text`: what the daemon, started by a `console` block, prints until it is told to stop;
//! - `rust`: compiled and run as documentation of the crate `basenji`.
//!
//! Two commands are run with an argument more: the daemon takes a free port, which then stands for 8125 in what follows, and
//! `cargo xtask test`, which runs this, says what it would do.

use std::fs;
use std::process::{Command, Stdio};

use basenji_tests::bare::root;
use basenji_tests::daemon::Daemon;
use basenji_tests::page::{Block, blocks, commands, expect};
use basenji_tests::skip::skip;

/// Pages whose links lead into the repository.
const PAGES: [&str; 15] = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "DECISIONS.md",
    "agent/README.md",
    "agent/README.fr.md",
    "bindings/node/README.md",
    "bindings/python/README.md",
    "core/README.md",
    "docs/distributions.md",
    "docs/scale.md",
    "docs/states.md",
    "ffi/README.md",
    "hosted/README.md",
    "tests/interop/README.md",
];

/// Where a package is made that is published.
const PACKAGES: [&str; 7] = ["core", "hosted", "agent", "ffi/core", "ffi/hosted", "bindings/python", "bindings/node"];

#[test]
fn each_package_has_the_texts_of_its_licences() {
    for package in PACKAGES {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let text =
                fs::read(root().join(package).join(licence)).unwrap_or_else(|error| panic!("{package}: {error}"));
            assert!(text == fs::read(root().join(licence)).unwrap(), "{package}/{licence} is another text");
        }
    }
}

#[test]
fn the_documentation_of_the_libraries_has_every_feature() {
    for package in ["core", "hosted"] {
        let manifest = fs::read_to_string(root().join(package).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[package.metadata.docs.rs]\nall-features = true"), "{package}");
    }
}

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
fn every_file_that_a_page_links_to_is_there() {
    for page in PAGES {
        let path = root().join(page);
        let text = fs::read_to_string(&path).unwrap();
        for target in targets(&text) {
            let file = target.split('#').next().unwrap();
            let is_there = target.contains("://") || path.parent().unwrap().join(file).exists();
            assert!(is_there, "{page} links to {target}");
        }
    }
}

#[test]
fn every_name_of_the_glossary_is_declared_in_a_file_beside_it() {
    let page = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let (_, glossary) = page.split_once("\n## Glossary\n").unwrap();
    let (glossary, _) = glossary.split_once("\n## ").unwrap();
    let mut names = 0;
    for row in glossary.lines().filter(|line| line.starts_with("| ")) {
        let files: String = targets(row).map(|file| fs::read_to_string(root().join(file)).unwrap()).collect();
        for name in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            let is_declared = |word: &str| files.contains(&format!("{word} {name}"));
            assert!(["struct", "enum", "trait", "type", "class"].iter().any(|word| is_declared(word)), "{name}");
            names += 1;
        }
    }
    assert!(names > 40, "{names}");
}

#[test]
fn decisions_are_numbered_in_order() {
    let page = fs::read_to_string(root().join("DECISIONS.md")).unwrap();
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    for (number, heading) in (1..).zip(headings) {
        assert!(heading.starts_with(&format!("{number}. ")), "decision {number} is called {heading:?}");
    }
}

#[test]
fn the_oldest_rust_is_the_same_wherever_it_is_named() {
    let read = |file: &str| fs::read_to_string(root().join(file)).unwrap();
    let workspace = read("Cargo.toml").parse::<toml::Table>().unwrap();
    let oldest = workspace["workspace"]["package"]["rust-version"].as_str().unwrap();
    for apart in ["fuzz/Cargo.toml", "tests/bench/peers/Cargo.toml", "tests/bench/sketches/Cargo.toml"] {
        let manifest = read(apart).parse::<toml::Table>().unwrap();
        assert_eq!(manifest["package"]["rust-version"].as_str(), Some(oldest), "{apart}");
    }
    assert!(read("README.md").contains(&format!("(https://rustup.rs) {oldest} or newer")), "{oldest}");
}

/// Where the links of a text lead.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// What `command` prints.
fn run(command: &str) -> String {
    let output =
        Command::new("bash").args(["-euc", command]).current_dir(root()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
