//! `cargo xtask corpus`: prints the bench corpus.

use crate::step::{self, Outcome, usage};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if arguments.len() > 2 || arguments.iter().any(|argument| argument.parse::<u64>().is_err()) {
        return Err(usage("corpus"));
    }
    let mut command = step::cargo(["run", "--quiet", "--package", "basenji-tests", "--example", "corpus", "--"]);
    match command.args(arguments).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("the generator ended with {status}")),
        Err(error) => Err(format!("cargo could not be started: {error}")),
    }
}
