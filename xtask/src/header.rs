//! `cargo xtask header`: the C headers, written from the exports.

use crate::step::{self, Outcome, usage};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments_of_header = vec!["run", "--quiet", "--package", "basenji-header", "--"];
    match arguments {
        [] => (),
        [flag] if flag == "--check" => arguments_of_header.push("--check"),
        _ => return Err(usage("header")),
    }
    step::run("C headers", &mut step::cargo(arguments_of_header))
}
