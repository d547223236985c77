//! The texts of the Rust sources, for tests that compare them with something.

use std::fs;
use std::path::Path;

/// Every Rust source under `directory`, but for files that are called `tests.rs`.
pub fn sources(directory: &Path) -> Vec<String> {
    read(directory, &|path| !path.ends_with("tests.rs"))
}

/// Every Rust source under `directory`.
pub fn all_sources(directory: &Path) -> Vec<String> {
    read(directory, &|_| true)
}

fn read(directory: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<String> {
    let paths = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    let (directories, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    let files = files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs") && wanted(path));
    let texts = files.map(|path| fs::read_to_string(path).expect("text"));
    texts.chain(directories.iter().flat_map(|directory| read(directory, wanted))).collect()
}
