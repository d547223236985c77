//! What the benches read: the corpus, or the lines of a file.
//!
//! A bench includes this file by its path, so that no package needs one above it to be measured.

#[path = "../src/corpus.rs"]
#[expect(unreachable_pub, reason = "it is public where it lives, in the tests' library")]
mod corpus;

use std::sync::LazyLock;

/// The lines of the file in `BASENJI_CORPUS`, or 20,000 generated ones of seed 7.
pub(crate) static CORPUS: LazyLock<Vec<u8>> = LazyLock::new(|| match std::env::var_os("BASENJI_CORPUS") {
    Some(path) => std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    None => corpus::corpus(20_000, 7),
});

/// The lines that hold a message.
pub(crate) fn lines() -> impl Iterator<Item = &'static [u8]> {
    CORPUS.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}
