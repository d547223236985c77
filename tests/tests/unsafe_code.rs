//! Unsafe code stands only in the places that are for it, and each kind of it has its evidence.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use basenji_tests::bare::root;

/// The directories and files in which unsafe code may stand, by crate; all else of these crates is without.
const PLACES: &[(&str, &[&str])] =
    &[("core/src", &[]), ("hosted/src", &["sys", "client/sys", "server/sys"]), ("agent/src", &[])];

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The lines of a file that are code and have the word.
fn unsafe_lines(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.filter(|line| {
        line.contains("unsafe ")
            && ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].iter().any(|form| line.contains(form))
    })
    .count()
}

#[test]
fn unsafe_code_stands_in_the_rooms_that_are_for_it() {
    let mut wrong = Vec::new();
    for (directory, rooms) in PLACES {
        let directory = root().join(directory);
        let rooms: Vec<_> = rooms.iter().map(|room| directory.join(room)).collect();
        assert!(
            rooms.iter().all(|room| sources(room).iter().any(|path| unsafe_lines(path) > 0)),
            "a room without need"
        );
        for path in sources(&directory) {
            if unsafe_lines(&path) > 0 && !rooms.iter().any(|room| path.starts_with(room)) {
                wrong.push(path.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "unsafe code outside of the rooms for it:\n{}", wrong.join("\n"));
}

/// Every file of the product with unsafe code, and how many lines of it begin some.
fn all() -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for crate_directory in ["core", "hosted", "agent", "ffi/core", "ffi/hosted", "bindings/python", "bindings/node"] {
        let base = root().join(crate_directory).join("src");
        for path in sources(&base) {
            let lines = unsafe_lines(&path);
            if lines > 0 {
                let path = path.strip_prefix(root()).unwrap().display().to_string();
                all.insert(path, lines);
            }
        }
    }
    all
}

#[test]
fn the_table_of_unsafe_code_names_each_place_once() {
    let text = fs::read_to_string(root().join("tests/UNSAFE.md")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let mut wrong = Vec::new();
    for path in all().keys() {
        let of = |row: &&Vec<&str>| row[0].split(", ").any(|place| path.starts_with(place.trim_matches('`')));
        match rows.iter().filter(of).count() {
            1 => {}
            count => wrong.push(format!("{path} is in {count} rows")),
        }
    }
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        // What is in code letters and has a directory is a file or a directory.
        let evidence: Vec<_> = row[2].split('`').skip(1).step_by(2).filter(|word| word.contains('/')).collect();
        wrong.extend(
            evidence.iter().filter(|path| !root().join(path).exists()).map(|path| format!("there is no {path}")),
        );
        if evidence.is_empty() && !row[2].starts_with("their own tests") {
            wrong.push(format!("{}: which tests?", row[0]));
        }
        for place in row[0].split(", ").map(|place| place.trim_matches('`')) {
            if !all().keys().any(|path| path.starts_with(place)) {
                wrong.push(format!("{place} has no unsafe code"));
            }
        }
    }
    assert!(wrong.is_empty(), "tests/UNSAFE.md:\n{}", wrong.join("\n"));
}
