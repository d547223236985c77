//! The house's arrows point one way: this reads the manifests and fails on an arrow that the architecture does not draw, on a value that belongs
//! to the workspace but stands in a member, and on a core that is not freestanding. Inside a crate it reads the imports of the files, and fails on files that
//! import each other in a circle, and on a room that imports from one above it.

mod arrows;

use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// Who may depend on which of our packages; a member that is not here has no place in the architecture.
const ARROWS: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("hosted", &["basenji-core"]),
    ("agent", &["basenji"]),
    ("ffi/core", &["basenji-core"]),
    ("ffi/hosted", &["basenji", "basenji-ffi-core"]),
    ("ffi/header", &["basenji-ffi-core"]),
    ("bindings/python", &["basenji"]),
    ("bindings/node", &["basenji"]),
    ("tests", ANYTHING),
    ("tests/counts", &["basenji"]),
    ("tests/freestanding", &["basenji-core"]),
    ("xtask", ANYTHING),
];

/// Nothing depends on these, so they may depend on all the others.
const ANYTHING: &[&str] = &["basenji-core", "basenji", "basenji-agent", "basenji-ffi-core"];

/// Package fields that have one place, the workspace.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// Features that bring an operating system or a heap.
const HOSTED_FEATURES: [&str; 3] = ["default", "std", "alloc"];

/// The root file of each crate.
const CRATES: [&str; 10] = [
    "core/src/lib.rs",
    "hosted/src/lib.rs",
    "agent/src/main.rs",
    "ffi/core/src/lib.rs",
    "ffi/hosted/src/lib.rs",
    "bindings/python/src/lib.rs",
    "bindings/node/src/lib.rs",
    "tests/src/lib.rs",
    "tests/counts/src/main.rs",
    "xtask/src/main.rs",
];

/// Directories whose rooms are layers, from the ground up: a room, a folder or a file, imports only from those before it. A file of the directory that is
/// not in the list stands above all of them.
const LAYERS: &[(&str, &str, &[&str])] = &[
    (
        "core/src/lib.rs",
        "",
        &[
            "time.rs",
            "error.rs",
            "numbered.rs",
            "shift.rs",
            "wire",
            "sketch",
            "aggregate",
            "uniques.rs",
            "state",
            "client",
        ],
    ),
    (
        "hosted/src/lib.rs",
        "",
        &[
            "lock.rs",
            "channel.rs",
            "said.rs",
            "memory.rs",
            "deadline.rs",
            "sys",
            "settings",
            "container",
            "client",
            "server",
        ],
    ),
    (
        "hosted/src/lib.rs",
        "client",
        &[
            "sys",
            "thread",
            "address",
            "transport",
            "sender",
            "config.rs",
            "outlet",
            "gather",
            "handle",
            "client.rs",
            "builder.rs",
        ],
    ),
];

#[test]
fn no_file_of_a_crate_imports_from_one_that_imports_from_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for file in CRATES {
        let arrows = arrows::of_crate(&root.join(file));
        assert!(arrows.values().any(|to| !to.is_empty()), "{file}: no imports were found");
        assert_eq!(arrows::circles(&arrows), [], "{file}");
    }
}

#[test]
fn no_room_imports_from_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut wrong = Vec::new();
    for (file, directory, layers) in LAYERS {
        for (from, to) in arrows::of_crate(&root.join(file)) {
            wrong.extend(
                to.iter()
                    .filter(|to| arrows::is_uphill(directory, layers, &from, to))
                    .map(|to| format!("{from} -> {to}")),
            );
        }
        for layer in *layers {
            let path = root.join(file).parent().unwrap().join(directory).join(layer);
            assert!(path.exists(), "there is no room {}", path.display());
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_manifests_keep_to_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let workspace: Table = read("Cargo.toml").parse().unwrap();
    let mut wrong = Vec::new();
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        let manifest: Table = read(&format!("{member}/Cargo.toml")).parse().unwrap();
        wrong.extend(faults(member, &manifest, &workspace));
    }
    wrong.extend(core_faults(&read("core/src/lib.rs")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What is wrong with the manifest of `member`, a sentence each.
fn faults(member: &str, manifest: &Table, workspace: &Table) -> Vec<String> {
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member) else {
        return vec![format!(
            "{member} has no place in the architecture; draw its arrows there and in this test first"
        )];
    };
    let mut wrong = Vec::new();
    for field in INHERITED {
        if !inherits(manifest.get("package").and_then(|package| package.get(field))) {
            wrong.push(format!("{member}: {field} is not the workspace's"));
        }
    }
    if !inherits(manifest.get("lints")) {
        wrong.push(format!("{member}: the lints are not the workspace's"));
    }
    for (section, name, dependency) in dependencies(manifest) {
        if ANYTHING.contains(&name) && !allowed.contains(&name) {
            wrong.push(format!("{member} -> {name}: the architecture does not draw this arrow ({section})"));
        }
        if !inherits(Some(dependency)) {
            wrong.push(format!("{member}: the version of {name} is not the workspace's"));
        }
        let shared = workspace["workspace"].get("dependencies").and_then(|shared| shared.get(name));
        if member == "core" && section == "dependencies" && !is_freestanding(dependency, shared) {
            wrong.push(format!("core: {name} has default features, std or alloc on"));
        }
    }
    wrong
}

/// Every dependency of a manifest: the section, the package's name, the entry.
fn dependencies(manifest: &Table) -> Vec<(&str, &str, &Value)> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (key, entry) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
                let name = entry.get("package").and_then(Value::as_str).unwrap_or(key);
                found.push((section, name, entry));
            }
        }
    }
    found
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// Whether neither the member's entry nor the workspace's turns on what needs an operating system.
fn is_freestanding(entry: &Value, shared: Option<&Value>) -> bool {
    let defaults_are_off = [Some(entry), shared]
        .into_iter()
        .flatten()
        .any(|entry| entry.get("default-features").and_then(Value::as_bool) == Some(false));
    let mut features =
        [Some(entry), shared].into_iter().flatten().filter_map(|entry| entry.get("features")?.as_array());
    let is_hosted = |feature: &Value| feature.as_str().is_some_and(|feature| HOSTED_FEATURES.contains(&feature));
    defaults_are_off && !features.any(|features| features.iter().any(is_hosted))
}

/// What is wrong with the core's crate root.
fn core_faults(lib: &str) -> Vec<String> {
    let promises = ["#![no_std]", "#![forbid(unsafe_code)]"];
    let is_missing = |promise: &&str| !lib.lines().any(|line| line.trim() == *promise);
    promises.into_iter().filter(is_missing).map(|promise| format!("core/src/lib.rs: {promise} is missing")).collect()
}

mod the_checker_reports {
    use super::*;

    const INHERITING: &str = "
        [package]
        version.workspace = true
        edition.workspace = true
        rust-version.workspace = true
        license.workspace = true
        [lints]
        workspace = true
        ";

    const WORKSPACE: &str = "
        [workspace.dependencies]
        basenji = { path = 'hosted' }
        lean = { version = '1', default-features = false }
        fat = { version = '1' }
        heaped = { version = '1', default-features = false, features = ['alloc'] }
        ";

    fn reported(member: &str, manifest: &str) -> Vec<String> {
        let manifest = format!("{INHERITING}{manifest}").parse().unwrap();
        faults(member, &manifest, &WORKSPACE.parse().unwrap())
    }

    #[test]
    fn nothing_in_a_good_manifest() {
        assert_eq!(reported("core", "[dependencies]\nlean.workspace = true"), [""; 0]);
        assert_eq!(reported("agent", "[dependencies]\nbasenji.workspace = true\nfat.workspace = true"), [""; 0]);
    }

    #[test]
    fn an_arrow_that_points_up() {
        let expected = ["core -> basenji: the architecture does not draw this arrow (dev-dependencies)"];
        assert_eq!(reported("core", "[dev-dependencies]\nbasenji.workspace = true"), expected);
    }

    #[test]
    fn an_arrow_under_another_name_and_for_one_target_only() {
        let manifest = "[target.'cfg(unix)'.dependencies]\nhidden = { workspace = true, package = 'basenji-agent' }";
        let expected = ["hosted -> basenji-agent: the architecture does not draw this arrow (dependencies)"];
        assert_eq!(reported("hosted", manifest), expected);
    }

    #[test]
    fn a_member_without_a_place() {
        assert!(reported("helpers", "")[0].contains("no place in the architecture"));
    }

    #[test]
    fn a_version_of_its_own() {
        let expected = ["agent: the version of fat is not the workspace's"];
        assert_eq!(reported("agent", "[dependencies]\nfat = '1'"), expected);
    }

    #[test]
    fn package_fields_and_lints_of_its_own() {
        let manifest =
            "[package]\nversion = '1.0.0'\nedition.workspace = true\nlicense.workspace = true".parse().unwrap();
        let expected = [
            "xtask: version is not the workspace's",
            "xtask: rust-version is not the workspace's",
            "xtask: the lints are not the workspace's",
        ];
        assert_eq!(faults("xtask", &manifest, &WORKSPACE.parse().unwrap()), expected);
    }

    #[test]
    fn a_core_dependency_with_an_operating_system() {
        for dependency in
            ["fat.workspace = true", "heaped.workspace = true", "lean = { workspace = true, features = ['std'] }"]
        {
            let wrong = reported("core", &format!("[dependencies]\n{dependency}"));
            assert!(wrong[0].ends_with("has default features, std or alloc on"), "{wrong:?}");
        }
    }

    #[test]
    fn a_core_that_only_says_so() {
        assert_eq!(core_faults("#![no_std]\n#![forbid(unsafe_code)]"), [""; 0]);
        assert_eq!(core_faults("#![cfg_attr(not(test), no_std)]\n// #![forbid(unsafe_code)]").len(), 2);
    }

    #[test]
    fn files_in_a_circle_and_no_others() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        write("lib.rs", "mod a; mod b; mod c; pub use a::A; fn f() { c::g(); }");
        write("a.rs", "use crate::b::B as Other; pub struct A(Other);");
        write("b.rs", "pub struct B; fn f() { vec![crate::A::default()]; }");
        write("c.rs", "pub fn g() {} #[cfg(test)] mod tests { use crate::A; }");
        let arrows = arrows::of_crate(&directory.path().join("lib.rs"));
        let circle = ["a.rs", "b.rs"].map(str::to_owned).into();
        assert_eq!(arrows::circles(&arrows), [circle]);
        assert_eq!(arrows["lib.rs"], ["c.rs".to_owned()].into());
        assert!(arrows["c.rs"].is_empty());
    }

    #[test]
    fn a_room_that_imports_from_one_above_it() {
        let is_uphill = |from, to| arrows::is_uphill("client", &["sys", "config.rs", "gather"], from, to);
        assert!(is_uphill("client/sys/clock.rs", "client/gather/state.rs"));
        assert!(
            is_uphill("client/config.rs", "client/gather/state.rs")
                && is_uphill("client/sys/clock.rs", "client/mod.rs")
        );
        assert!(
            !is_uphill("client/gather/state.rs", "client/config.rs")
                && !is_uphill("client/gather/state.rs", "client/gather/lane_client.rs")
        );
        assert!(!is_uphill("client/sys/clock.rs", "lock.rs") && !is_uphill("server/a.rs", "client/gather/state.rs"));
    }
}
