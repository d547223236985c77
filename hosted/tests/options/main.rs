//! What an option is called, what it may be, and what it is by default stands in `basenji::settings` alone: the tables of the READMEs, the types of Node,
//! the signatures of Python and the comments of C are made from there.
//!
//! Each is a block of lines between two others. With `BASENJI_WRITE=1` this test writes the blocks; without it fails where one differs.

mod blocks;
mod c;
mod node;
mod pages;
mod python;

use basenji::settings::{AGGREGATION, CLIENT, Kind, SERIES, SERVER, Setting, TRANSPORT, Usual};

/// The options of several tables, in order.
fn joined(tables: &[&'static [Setting]]) -> Vec<&'static Setting> {
    tables.iter().copied().flatten().collect()
}

/// What a client has in Python and Node, where the end of the process has a limit of its own.
fn of_client() -> Vec<&'static Setting> {
    let all = joined(&[CLIENT, TRANSPORT]);
    all.into_iter().filter(|setting| setting.name != "exit_timeout").collect()
}

/// What a binding's server has beside where it listens.
fn of_server() -> Vec<&'static Setting> {
    joined(&[SERIES, AGGREGATION, SERVER])
}

/// What a binding's aggregator has.
fn of_aggregator() -> Vec<&'static Setting> {
    joined(&[SERIES, AGGREGATION])
}

#[test]
fn what_is_said_of_options_elsewhere_is_what_the_tables_say() {
    let blocks = [pages::blocks(), python::blocks(), node::blocks(), c::blocks()].concat();
    let different: Vec<_> = blocks.iter().filter_map(blocks::Block::difference).collect();
    assert!(different.is_empty(), "run it with BASENJI_WRITE=1:\n{}", different.join("\n"));
}

#[test]
fn a_name_is_one_word_in_small_letters_and_stands_once_in_a_table() {
    for table in [of_server(), joined(&[CLIENT, TRANSPORT])] {
        for (place, setting) in table.iter().enumerate() {
            assert!(setting.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{}", setting.name);
            assert!(table[..place].iter().all(|other| other.name != setting.name), "{} is there twice", setting.name);
            assert!(!setting.help.is_empty() && !setting.help.ends_with('.'), "{}", setting.name);
        }
    }
}

/// Where C++ hands an option over, no table is asked; and what a member of C's changes is shown by programs.
#[test]
fn each_option_is_a_member_in_cpp_and_has_its_effect_in_a_program_of_c_and_in_one_of_cpp() {
    let read = |path: &str| {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ffi/tests").join(path))
            .unwrap()
    };
    let (c, cpp) = (read("options.c") + &read("transport.c"), read("face_options.cpp"));
    // Whether the text has a word that ends before what is no letter of a name.
    let has = |text: &str, word: &str| {
        let rest = text.split(word).skip(1);
        rest.into_iter().any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    };
    for setting in joined(&[CLIENT, TRANSPORT]) {
        let member = c::name(setting);
        assert!(has(&c, &format!("options.{member}")) || has(&c, &format!("WITH({member}")), "{member}: C has no test");
        assert!(
            ["TEXT(", "SWITCH(", "WHOLE(", "TIME(", "options."]
                .iter()
                .any(|way| has(&cpp, &format!("{way}{}", setting.name))),
            "{}: C++ has no test",
            setting.name
        );
    }
}

/// The comment above a member.
fn comment_of(text: &str, member: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let at =
        lines.iter().position(|line| line.starts_with(&format!("pub {member}:"))).unwrap_or_else(|| panic!("{member}"));
    let first = lines[..at].iter().rposition(|line| !line.starts_with("///")).map_or(0, |line| line + 1);
    lines[first..at].iter().map(|line| line.trim_start_matches("///")).collect()
}

#[test]
fn the_core_and_c_tell_the_defaults_of_aggregation_that_hold() {
    let read = |path: &str| {
        std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
    };
    let (core, c) = (read("core/src/aggregate/settings.rs"), read("ffi/core/src/aggregator.rs"));
    for setting in AGGREGATION {
        let Usual::Whole(number) = setting.default else { continue };
        let told = comment_of(&core, setting.name);
        assert!(told.contains(&format!("{number} by default")), "{}: {told}", setting.name);
        let told = comment_of(&c, setting.name);
        assert!(told.contains(&format!("the default of {number}.")), "{}: {told}", setting.name);
    }
}

#[test]
fn the_words_of_cs_statuses_name_each_dialect_and_each_switch() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ffi/core/src/status.rs");
    let statuses = std::fs::read_to_string(path).unwrap();
    let words = |status: &str| {
        let start = format!("{status} = ");
        let row = statuses.lines().find(|line| line.trim_start().starts_with(&start));
        row.unwrap_or_else(|| panic!("there is no {status}"))
    };
    for setting in joined(&[CLIENT, TRANSPORT]) {
        match (setting.name, setting.kind) {
            ("dialect", Kind::Choice(dialects)) => {
                let all: Vec<_> = dialects.iter().map(|dialect| format!("'{dialect}'")).collect();
                assert!(words("BJ_BAD_DIALECT").contains(&all.join(", ")), "{all:?}");
            }
            (name, Kind::Switch) => assert!(words("BJ_BAD_SWITCH").contains(name), "{name}"),
            _ => {}
        }
    }
}
