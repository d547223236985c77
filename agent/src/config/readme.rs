//! The tables of the README, as they have to be.

use super::key::Key;
use super::settings::{KEYS, Settings};
use super::unsupported::UNSUPPORTED;

const README: &str = include_str!("../../README.md");

/// The lines of the README's table that begins with this heading.
fn table(heading: &str) -> Vec<&'static str> {
    let lines = README.lines().skip_while(|line| *line != heading).skip(2);
    lines.take_while(|line| line.starts_with('|')).collect()
}

fn row(key: &Key) -> String {
    let flag = match key.flag {
        None => String::new(),
        Some(flag) if key.is_switch => format!("`{flag}[={}]`", key.value_name),
        Some(flag) => format!("`{flag} {}`", key.value_name),
    };
    let default = match (key.text)(&Settings::default()) {
        text if text.is_empty() => "none".to_owned(),
        text => text.replace(',', ", "),
    };
    let reloaded = if key.is_reloaded { "yes" } else { "" };
    format!("| `{}` | {flag} | {} | {default} | {reloaded} |", key.name, key.help.trim())
}

#[test]
fn the_readme_has_every_key_as_the_table_has_it() {
    let expected: Vec<_> = KEYS.iter().map(row).collect();
    let found = table("| key | flag | what it says | default | SIGHUP |");
    assert_eq!(found, expected, "the table should be\n{}\n", expected.join("\n"));
}

#[test]
fn the_readme_has_every_key_that_is_not_supported() {
    let expected: Vec<_> = UNSUPPORTED
        .iter()
        .map(|key| {
            let always = key.always.map(|value| format!(", unless it is {value}")).unwrap_or_default();
            format!("| `{}`{always} | {} |", key.name, key.why)
        })
        .collect();
    let found = table("| key without a meaning | why |");
    assert_eq!(found, expected, "the table should be\n{}\n", expected.join("\n"));
}

#[test]
fn no_key_is_there_twice() {
    let mut names: Vec<_> = KEYS.iter().map(|key| key.name).chain(UNSUPPORTED.iter().map(|key| key.name)).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
