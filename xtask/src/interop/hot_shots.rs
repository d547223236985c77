//! The same programs with hot-shots and with our drop-in: datagrams, callbacks, errors and console output are compared.

use crate::{Outcome, node, step};

pub(crate) fn run() -> Outcome {
    node::install()?;
    let peers = node::peers()?;
    let mut programs = node::command("node");
    programs.arg(step::root().join("tests/interop/node/run.js"));
    programs.arg(peers.join("node_modules/hot-shots")).arg(node::package()).arg(node::package().join("README.md"));
    step::run("the programs of hot-shots with basenji", &mut programs)
}
