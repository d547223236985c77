//! Prints the bench corpus: `corpus [LINES [SEED]]`, 20000 lines of seed 7 by default.

use std::io::Write;

fn main() -> std::io::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse().expect("a whole number"));
    let lines = numbers.next().unwrap_or(20_000);
    let seed = numbers.next().unwrap_or(7);
    std::io::stdout().write_all(&basenji_tests::corpus::corpus(lines as usize, seed))
}
