//! The signatures and docstrings of Python.

use basenji::settings::{Kind, Setting, Usual};

use crate::blocks::Block;
use crate::{of_aggregator, of_client, of_server};

/// What Python's type checkers are told.
pub(crate) fn type_of(setting: &Setting) -> &'static str {
    match setting.kind {
        Kind::Switch => "bool",
        Kind::Whole => "int",
        Kind::Share | Kind::Time => "float",
        Kind::List => "Sequence[str]",
        _ => "str",
    }
}

/// The default, as Python would say it.
pub(crate) fn usual(setting: &Setting) -> String {
    match (setting.default, setting.unit) {
        (Usual::Switch(true), _) => "True".to_owned(),
        (Usual::Switch(false), _) => "False".to_owned(),
        (Usual::Millis(millis), _) => format!("{} s", millis as f64 / 1000.0),
        (Usual::Whole(mode), "mode") => format!("{mode:#o}"),
        (default, "" | "ms") => default.to_string(),
        (default @ Usual::Whole(_), unit) => format!("{default} {unit}"),
        (default, _) => default.to_string(),
    }
}

fn described(settings: &[&Setting], indent: &str) -> Vec<String> {
    let line = |setting: &&Setting| format!("{indent}- `{}`: {} ({})", setting.name, setting.help, usual(setting));
    settings.iter().map(line).collect()
}

fn keywords(settings: &[&Setting]) -> Vec<String> {
    settings.iter().map(|setting| format!("        {}: {} | None = None,", setting.name, type_of(setting))).collect()
}

const FIRST: &str = "# The options of aggregation, as the library's table has them.";
const LAST: &str = "# The end of them.";

pub(crate) fn blocks() -> Vec<Block> {
    let (server, aggregator) = (of_server(), of_aggregator());
    let listening: Vec<_> = basenji::settings::LISTENING.iter().chain(server.iter().copied()).collect();
    let blank = |lines: Vec<String>, line: &str| [vec![line.to_owned()], lines].concat();
    let client = of_client();
    let made = |file, after, before, lines| Block { file, after, before, place: "", lines };
    vec![
        made(
            "bindings/python/python/basenji/client.py",
            "What is not given is what the environment says (``DD_*``), and else has its default, which stands in brackets:",
            "With `transport` each datagram is handed to it, in order, on a thread of its own, instead of being sent to an address. What it raises is dropped. `use_ms` has",
            [blank(described(&client, "    "), ""), vec![String::new()]].concat(),
        ),
        made(
            "bindings/python/python/basenji/client.py",
            "# The options of a client, as the library's table has them.",
            LAST,
            keywords(&client[1..]),
        ),
        made(
            "bindings/python/python/basenji/server.py",
            "It listens on UDP unless there is only a path. What is not given has its default, which stands in brackets:",
            "Raises `ServerError`, an `OSError`, if it cannot listen; `SettingError`, a `ValueError`, for an option out of its range. In the child of a fork",
            [blank(described(&listening, "    "), ""), vec![String::new()]].concat(),
        ),
        made("bindings/python/python/basenji/server.py", FIRST, LAST, keywords(&server)),
        Block {
            place: "class Aggregator",
            ..made(
                "bindings/python/python/basenji/_basenji.pyi",
                "It may be used by several threads. What is not given has its default, which stands in brackets:",
                "Wherever there is `now`, it is in seconds since 1970, and the clock's if it is left out. Values that are not finite are skipped and counted, a",
                [blank(described(&aggregator, "    "), ""), vec![String::new()]].concat(),
            )
        },
        made("bindings/python/python/basenji/_basenji.pyi", FIRST, LAST, keywords(&aggregator)),
        made(
            "bindings/python/src/aggregator.rs",
            "/// It may be used by several threads. What is not given has its default, which stands in brackets:",
            "/// Wherever there is `now`, it is in seconds since 1970, and the clock's if it is left out. Values that are not finite are skipped and counted, a",
            [blank(described(&aggregator, "/// "), "///"), vec!["///".to_owned()]].concat(),
        ),
    ]
}
