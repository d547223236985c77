//! The types of Node.

use basenji::settings::{Kind, LISTENING, Setting, Usual};

use crate::blocks::Block;
use crate::{of_aggregator, of_client, of_server};

/// The name in camel case.
pub(crate) fn name(setting: &Setting) -> String {
    let mut words = setting.name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_ascii_uppercase() + &word[1..])
}

/// What TypeScript is told.
pub(crate) fn type_of(setting: &Setting) -> String {
    match setting.kind {
        Kind::Switch => "boolean".to_owned(),
        Kind::Whole | Kind::Share | Kind::Time => "number".to_owned(),
        Kind::List => "string[]".to_owned(),
        Kind::Choice(words) => words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" | "),
        _ => "string".to_owned(),
    }
}

/// The default, as JavaScript would say it.
pub(crate) fn usual(setting: &Setting) -> String {
    match (setting.default, setting.unit) {
        (Usual::Millis(millis), _) => format!("{millis} ms"),
        (Usual::Whole(mode), "mode") => format!("{mode:#o}"),
        (default, "") => default.to_string(),
        (default @ Usual::Whole(_), unit) => format!("{default} {unit}"),
        (default, _) => default.to_string(),
    }
}

fn members(settings: &[&Setting]) -> Vec<String> {
    let member = |setting: &&Setting| {
        let environment = match setting.environment {
            [] => String::new(),
            variables => format!(" Without it: {}.", variables.join(", ")),
        };
        let line = format!("  /** {}.{environment} Default: {}. */", setting.help, usual(setting));
        [line, format!("  {}?: {};", name(setting), type_of(setting))]
    };
    settings.iter().flat_map(member).collect()
}

pub(crate) fn blocks() -> Vec<Block> {
    let only_server: Vec<_> = of_server().into_iter().filter(|setting| !of_aggregator().contains(setting)).collect();
    let server: Vec<_> = LISTENING.iter().chain(only_server).collect();
    let made = |after, lines| Block { file: "bindings/node/types/server.d.ts", after, before: "}", place: "", lines };
    vec![
        Block {
            file: "bindings/node/types/client.d.ts",
            before: "/** Each datagram is handed to it, in order, instead of being sent to an address. What it throws is dropped. */",
            ..made("export interface ClientOptions {", members(&of_client()))
        },
        made("export interface SeriesOptions {", members(&of_aggregator())),
        made("export interface ServerOptions extends SeriesOptions {", members(&server)),
    ]
}
