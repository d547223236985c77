//! The basenji command.
fn main() {}
