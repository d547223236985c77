//! Every seed of every fuzz target, once.

use basenji_tests::targets;
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests have a parent folder").join("fuzz")
}

/// The names in a folder, sorted, without the ending `suffix`.
fn names(folder: &Path, suffix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry of the folder").file_name().into_string().expect("a name in UTF-8"))
        .filter_map(|name| name.strip_suffix(suffix).map(str::to_owned))
        .collect();
    names.sort();
    names
}

#[test]
fn no_seed_breaks_its_property() {
    for (target, run) in targets::ALL {
        let folder = fuzz().join("seeds").join(target);
        let seeds = names(&folder, "");
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for seed in seeds {
            // Shown with the panic of a seed that breaks its property.
            println!("fuzz/seeds/{target}/{seed}");
            run(&fs::read(folder.join(seed)).expect("a seed can be read"));
        }
    }
}

#[test]
fn every_target_has_a_file_and_a_folder_of_seeds() {
    let mut targets: Vec<&str> = targets::ALL.iter().map(|(name, _)| *name).collect();
    targets.sort();
    assert_eq!(names(&fuzz().join("fuzz_targets"), ".rs"), targets);
    assert_eq!(names(&fuzz().join("seeds"), ""), targets);
}
