//! Prints the tables of `core/README.md`, and what limits are broken; with `--write` puts them there.

use basenji_tests::bare::root;
use basenji_tests::footprint::{Footprints, README, split};

fn main() {
    let work = root().join("target/firmware");
    let measured = Footprints::measure(|machine| work.join(machine.target)).unwrap_or_else(|reason| panic!("{reason}"));
    let tables = measured.tables();
    println!("{tables}");
    measured.broken().iter().for_each(|broken| println!("{broken}"));
    if std::env::args().any(|argument| argument == "--write") {
        let path = root().join(README);
        let page = std::fs::read_to_string(&path).expect("the page is there");
        let (before, _, after) = split(&page).expect("the page has a place for the tables");
        std::fs::write(&path, format!("{before}{tables}{after}")).expect("the page can be written");
    }
}
