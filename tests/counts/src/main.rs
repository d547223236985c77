//! The hot operations. Without an argument it names them; with the number of one it runs that one a thousand times, in a function that callgrind
//! finds by its name. `cargo xtask counts` compares the counts with those in `tests/counts/record.md`.
//!
//! Nothing here depends on the machine: seeds are fixed, no clock is read, and what the C library does is not counted.

mod aggregate;
mod client;
mod prepare;
mod wire;

use std::hint::black_box;

use prepare::Prepare;

const OPERATIONS: &[&[(&str, Prepare)]] = &[wire::OPERATIONS, aggregate::OPERATIONS, client::OPERATIONS];

/// How often an operation is run before it is counted, and while it is.
const TIMES: usize = 1000;

fn main() {
    let operations = OPERATIONS.iter().flat_map(|part| part.iter());
    match std::env::args().nth(1) {
        None => operations.for_each(|(name, _)| println!("{name}")),
        Some(name) => {
            let (_, prepare) = operations.copied().find(|(known, _)| *known == name).expect("the name of an operation");
            let mut operation = prepare();
            (0..TIMES).for_each(|_| operation());
            counted(&mut operation);
        }
    }
}

#[inline(never)]
fn counted(operation: &mut dyn FnMut()) {
    for _ in 0..TIMES {
        operation();
    }
    black_box(());
}
