//! The structs of C: their members, and how each reaches the builder.

use basenji::settings::{CLIENT, Kind, Setting, TRANSPORT, Usual};

use crate::blocks::Block;
use crate::joined;

/// The member; a time has its unit in its name.
pub(crate) fn name(setting: &Setting) -> String {
    match setting.kind {
        Kind::Time => format!("{}_ms", setting.name),
        _ => setting.name.to_owned(),
    }
}

/// The type of the member, and what of it is the default.
pub(crate) fn type_of(setting: &Setting) -> (&'static str, &'static str) {
    match setting.kind {
        Kind::Switch => ("i32", "0"),
        Kind::Share => ("f64", "0"),
        Kind::Whole | Kind::Time => ("u32", "0"),
        Kind::List => ("*const *const c_char", "NULL"),
        _ => ("*const c_char", "NULL"),
    }
}

/// The default, as C would say it.
pub(crate) fn usual(setting: &Setting) -> String {
    match (setting.default, setting.unit) {
        (Usual::Switch(on), _) => if on { "yes" } else { "no" }.to_owned(),
        (Usual::Millis(millis), _) => millis.to_string(),
        (default, "" | "ms") => default.to_string(),
        (default @ Usual::Whole(_), unit) => format!("{default} {unit}"),
        (default, _) => default.to_string(),
    }
}

fn comment(setting: &Setting) -> String {
    let (help, usual) = (setting.help, usual(setting));
    let variables = setting.environment.join(", ");
    let usual = if variables.is_empty() { usual } else { format!("what {variables} say, else {usual}") };
    match setting.kind {
        Kind::Switch => format!("{help}: 0 default ({usual}), 1 yes, 2 no."),
        Kind::List => format!("{help}; NULL is {usual}."),
        Kind::Time => format!("{help}, in milliseconds; 0 is the default: {usual}."),
        Kind::Choice(words) => format!("{help}: {}; NULL is {usual}.", words.join(", ")),
        _ => format!("{help}; {} is the default: {usual}.", type_of(setting).1),
    }
}

fn members(setting: &&Setting) -> [String; 2] {
    [format!("    /// {}", comment(setting)), format!("    pub {}: {},", name(setting), type_of(setting).0)]
}

pub(crate) fn row(setting: &Setting) -> (String, String, String) {
    let kind = match setting.kind {
        Kind::Switch => "int32_t",
        Kind::Share => "double",
        Kind::Whole | Kind::Time => "uint32_t",
        Kind::List => "const char *const *",
        _ => "const char *",
    };
    (name(setting), format!("`{kind}`"), usual(setting))
}

/// What hands a member over; `None` for tags, and for what is no option of the builder.
fn call(setting: &Setting) -> Option<(bool, String)> {
    let way = match setting.kind {
        Kind::List => return None,
        Kind::Switch => "flag",
        Kind::Whole => "whole",
        Kind::Share => "share",
        Kind::Time => "time",
        _ => "text",
    };
    Some((way == "text", format!("given.{way}(\"{}\", options.{})?;", setting.name, name(setting))))
}

pub(crate) fn blocks() -> Vec<Block> {
    let settings = joined(&[CLIENT, TRANSPORT]);
    let calls: Vec<_> = settings.iter().filter_map(|setting| call(setting)).collect();
    let of = |is_text, indent: &str| {
        calls.iter().filter(|(text, _)| *text == is_text).map(|(_, call)| format!("{indent}{call}")).collect()
    };
    let made = |after, lines| Block {
        file: "ffi/hosted/src/client_options.rs",
        after,
        before: "// The end of them.",
        place: "",
        lines,
    };
    let zero = |kind: &str| {
        if kind.starts_with('*') {
            "NULL"
        } else if kind == "f64" {
            "0.0"
        } else {
            "0"
        }
    };
    let zeros: Vec<_> = settings.iter().map(|setting| zero(type_of(setting).0)).collect();
    let first = format!("        \"sizeof(bj_client_options), {}, 0, NULL, NULL\"", zeros.join(", "));
    vec![
        Block { file: "ffi/header/src/main.rs", ..made("// The table's options.", vec![first]) },
        made("// The table's options.", settings.iter().flat_map(members).collect()),
        made("// The table's texts.", of(true, "        ")),
        made("// The table's numbers.", of(false, "    ")),
    ]
}
