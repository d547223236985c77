//! The headers list every status that a function can return: what stands above it there is compared with what its code, and that of the functions
//! which it calls, can make.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use basenji_tests::bare::root;

type Statuses = BTreeSet<String>;

/// Any function of libbasenji may return these: ffi/README.md says so once.
const EVERYWHERE: [&str; 2] = ["BJ_OK", "BJ_PANIC"];

/// Where a function of another file is looked for, in this order.
const SHARED: [&str; 9] = ["text", "client", "client_options", "call", "event", "bytes", "options", "memory", "fields"];

/// Whether a function cannot return a status that code has which it shares with others: calls by name set no number of a builder, without
/// options none of theirs can be wrong, and a message that was parsed has no size.
fn is_impossible(function: &str, status: &str) -> bool {
    let kinds = ["count", "gauge", "histogram", "distribution", "timing", "set"];
    let call = |end: &str| kinds.iter().any(|kind| function == format!("bj_{kind}{end}"));
    match status {
        "BJ_BAD_SETTING" => call("") || call("_ex") || call("_n"),
        "BJ_BAD_SIZE" => call("") || ["bj_aggregator_record", "bj_writer_message"].contains(&function),
        "BJ_BAD_SAMPLE_RATE" | "BJ_BAD_CARDINALITY" => call(""),
        _ => false,
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_')).filter(|word| !word.is_empty())
}

/// The sources of both crates by name, without comments and tests.
fn code() -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    for directory in ["ffi/core/src", "ffi/hosted/src"] {
        for entry in fs::read_dir(root().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let text =
                text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            sources.insert(format!("{directory}/{}", path.file_stem().unwrap().to_string_lossy()), text);
        }
    }
    sources
}

/// The functions of a source: name and body.
fn functions(code: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let rest = &code[at + 3..];
        let Some(name) = words(rest).next().filter(|name| rest.starts_with(name)) else { continue };
        let Some(open) = rest.find('{') else { continue };
        if rest[..open].contains(';') {
            continue;
        }
        let mut depth = 0;
        let end = rest[open..].char_indices().find_map(|(at, character)| {
            depth += i32::from(character == '{') - i32::from(character == '}');
            (depth == 0).then_some(open + at)
        });
        found.push((name.to_owned(), rest[open..end.unwrap_or(rest.len())].to_owned()));
    }
    found
}

/// What each exported function can return, by what it names and what it calls.
fn can_return(statuses: &Statuses) -> BTreeMap<String, Statuses> {
    let mut bodies: BTreeMap<(String, String), String> = BTreeMap::new();
    for (file, text) in code() {
        for (name, body) in functions(&text) {
            bodies.entry((file.clone(), name)).or_default().push_str(&body);
        }
    }
    let find = |file: &str, name: &str| {
        // The core's files know nothing of the hosted ones.
        let crates: &[&str] =
            if file.starts_with("ffi/core") { &["ffi/core/src"] } else { &["ffi/hosted/src", "ffi/core/src"] };
        let shared = crates.iter().flat_map(|of| SHARED.map(|place| format!("{of}/{place}")));
        let places = std::iter::once(file.to_owned()).chain(shared);
        places.map(|place| (place, name.to_owned())).find(|key| bodies.contains_key(key))
    };
    let mut exported = BTreeMap::new();
    for start in bodies.keys().filter(|(_, name)| name.starts_with("bj_")) {
        let (mut seen, mut next, mut can) = (BTreeSet::new(), vec![start.clone()], Statuses::new());
        while let Some(key) = next.pop() {
            if !seen.insert(key.clone()) {
                continue;
            }
            let body = &bodies[&key];
            can.extend(words(body).filter(|word| statuses.contains(*word)).map(str::to_owned));
            for (at, _) in body.match_indices('(') {
                let before = body[..at].trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '_'));
                if !body[before.len()..at].is_empty() {
                    continue;
                }
                let called = words(before).last().unwrap_or_default();
                // `options::read` has a name that others have, too; methods of std are none of ours.
                let is_ours = !["new", "next", "from", "take", "end", "map", "get", "write", "push"].contains(&called);
                if is_ours {
                    next.extend(find(&key.0, called));
                }
            }
        }
        exported.insert(start.1.clone(), can);
    }
    exported
}

/// What the headers say of each function that returns a status: the words above it.
fn said() -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for header in ["basenji_core.h", "basenji.h"] {
        let text = fs::read_to_string(root().join("ffi/include").join(header)).unwrap();
        let mut comment = String::new();
        for line in text.lines() {
            if let Some(line) = line.strip_prefix("//") {
                comment.push_str(line);
                comment.push('\n');
            } else if let Some(rest) = line.strip_prefix("bj_status ") {
                said.insert(words(rest).next().unwrap().to_owned(), std::mem::take(&mut comment));
            } else if !line.starts_with("BJ_") {
                comment.clear();
            }
        }
    }
    said
}

/// The statuses that a function's words list, with those of the functions that they refer to.
fn listed(name: &str, said: &BTreeMap<String, String>, statuses: &Statuses) -> Statuses {
    let comment = &said[name];
    let mut listed: Statuses = words(comment).filter(|word| statuses.contains(*word)).map(str::to_owned).collect();
    for other in words(comment).filter(|word| *word != name && said.contains_key(*word)) {
        // "As `bj_count_ex`", "those of `bj_emitter_init`".
        let refers = ["As ", "as ", "of ", "with "].iter().any(|by| comment.contains(&format!("{by}'{other}'")));
        if refers {
            listed.extend(words(&said[other]).filter(|word| statuses.contains(*word)).map(str::to_owned));
        }
    }
    listed
}

#[test]
fn the_headers_list_every_status_that_a_function_can_return() {
    let table = fs::read_to_string(root().join("ffi/core/src/status.rs")).unwrap();
    let statuses: Statuses = table
        .lines()
        .filter_map(|line| line.trim_start().split_once(" = ").filter(|(name, _)| name.starts_with("BJ_"))?.0.into())
        .filter(|name: &&str| !EVERYWHERE.contains(name))
        .map(str::to_owned)
        .collect();
    let (can, said) = (can_return(&statuses), said());
    assert!(said.len() > 70 && can["bj_count"].contains("BJ_MISALIGNED"), "the sources are read");
    let mut wrong = Vec::new();
    for name in said.keys() {
        let listed = listed(name, &said, &statuses);
        let missing: Vec<_> =
            can[name].difference(&listed).filter(|status| !is_impossible(name, status)).cloned().collect();
        if !missing.is_empty() {
            wrong.push(format!("{name} can return {}", missing.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "and the header does not say so:\n{}", wrong.join("\n"));
}
