//! The tables of the READMEs.

use basenji::settings::{AGGREGATION, CLIENT, Kind, LISTENING, ORIGIN, SERIES, SERVER, Setting, TRANSPORT};

use crate::blocks::Block;
use crate::{c, joined, node, of_client, of_server, python};

/// A row of a table: name, type and range, default, environment, what it does.
fn row(name: &str, kind: &str, usual: &str, setting: &Setting) -> String {
    let (least, most) = setting.range;
    let range = match setting.kind {
        Kind::Whole if most < u64::from(u32::MAX) - 1 && setting.unit != "mode" => format!(", {least} to {most}"),
        Kind::Share => ", above 0 and up to 1".to_owned(),
        _ => String::new(),
    };
    let variables: Vec<_> = setting.environment.iter().map(|variable| format!("`{variable}`")).collect();
    let kind = kind.replace('|', "\\|");
    format!("| `{name}` | {kind}{range} | {usual} | {} | {} |", variables.join(", "), setting.help)
}

fn in_rust(setting: &&Setting) -> String {
    let kind = match setting.kind {
        Kind::Switch => "`bool`",
        Kind::Whole => "whole number",
        Kind::Share => "`f64`",
        Kind::Time => "`Duration`",
        Kind::List => "texts",
        Kind::Choice(_) => "choice",
        _ => "text",
    };
    let usual = match setting.default {
        basenji::settings::Usual::Millis(_) => setting.default.to_string(),
        _ => node::usual(setting),
    };
    row(setting.name, kind, &usual, setting)
}

fn in_python(setting: &&Setting) -> String {
    row(setting.name, &format!("`{}`", python::type_of(setting)), &python::usual(setting), setting)
}

fn in_c(setting: &&Setting) -> String {
    let (name, kind, usual) = c::row(setting);
    row(&name, &kind, &usual, setting)
}

fn in_node(setting: &&Setting) -> String {
    let kind = node::type_of(setting).replace(" | ", "`, `");
    row(&node::name(setting), &format!("`{kind}`"), &node::usual(setting), setting)
}

/// The rows, and those of what only this binding has.
fn beside(rows: Vec<String>, more: &[&str]) -> Vec<String> {
    rows.into_iter().chain(more.iter().map(|row| (*row).to_owned())).collect()
}

fn table(rows: Vec<String>) -> Vec<String> {
    [vec!["| --- | --- | --- | --- | --- |".to_owned()], rows].concat()
}

pub(crate) fn blocks() -> Vec<Block> {
    let made = |file, after, rows| Block { file, after, before: "", place: "", lines: table(rows) };
    let server: Vec<_> = LISTENING.iter().chain(of_server()).collect();
    vec![
        made(
            "bindings/python/README.md",
            "| option of `Client` | type | default | environment | what it does |",
            beside(
                of_client().iter().map(in_python).collect(),
                &[
                    "| `transport` | `Callable[[bytes], object]` | none |  | What each datagram is handed to, instead of an address |",
                    "| `use_ms` | `bool` | False |  | Whether timers measure in milliseconds and not in seconds |",
                ],
            ),
        ),
        made(
            "bindings/node/README.md",
            "| option of `Client` | type | default | environment | what it does |",
            beside(
                of_client().iter().map(in_node).collect(),
                &[
                    "| `transport` | `(datagram: Buffer) => void` | none |  | What each datagram is handed to, instead of an address |",
                ],
            ),
        ),
        made(
            "ffi/README.md",
            "| member of `bj_client_options` | type | default | environment | what it does |",
            joined(&[CLIENT, TRANSPORT]).iter().map(in_c).collect(),
        ),
        made(
            "hosted/README.md",
            "| option of a client | type | default | environment | what it does |",
            joined(&[CLIENT, TRANSPORT]).iter().map(in_rust).collect(),
        ),
        made(
            "hosted/README.md",
            "| option of a server | type | default | environment | what it does |",
            joined(&[SERIES, SERVER, ORIGIN]).iter().map(in_rust).collect(),
        ),
        made(
            "hosted/README.md",
            "| option of aggregation | type | default | environment | what it does |",
            AGGREGATION.iter().collect::<Vec<_>>().iter().map(in_rust).collect(),
        ),
        made(
            "bindings/python/README.md",
            "| option of `Server` | type | default | environment | what it does |",
            server.iter().map(in_python).collect(),
        ),
        made(
            "bindings/node/README.md",
            "| option of `Server` | type | default | environment | what it does |",
            server.iter().map(in_node).collect(),
        ),
    ]
}
