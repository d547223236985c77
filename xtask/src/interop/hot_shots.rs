//! The same programs with hot-shots and with our drop-in: datagrams, callbacks, errors and console output are compared.

use std::fs;
use std::path::Path;

use crate::node;
use crate::step::{self, Outcome};

pub(crate) fn run() -> Outcome {
    node::install()?;
    let peers = node::peers()?;
    let mut programs = node::command("node");
    programs.arg(step::root().join("tests/interop/node/run.js"));
    programs.arg(peers.join("node_modules/hot-shots")).arg(node::package()).arg(node::package().join("README.md"));
    step::run("the programs of hot-shots with basenji", &mut programs)?;
    types(&peers)
}

/// Compiles the program that is written for the types of hot-shots with those; with ours it is part of our tests.
fn types(peers: &Path) -> Outcome {
    let package = node::package();
    let config = peers.join("tsconfig.json");
    let text = format!(
        r#"{{"compilerOptions": {{"strict": true, "noEmit": true, "module": "node16", "moduleResolution": "node16", "target": "es2022", "types": ["node"],
            "typeRoots": [{types:?}], "paths": {{"basenji": [{peer:?}]}}}}, "files": [{program:?}]}}"#,
        types = package.join("node_modules/@types"),
        peer = peers.join("node_modules/hot-shots/types.d.ts"),
        program = package.join("test/types/hot_shots.ts"),
    );
    fs::write(&config, text).map_err(|error| format!("{}: {error}", config.display()))?;
    let mut tsc = node::command("npx");
    step::run("the types of hot-shots", tsc.args(["--no-install", "tsc", "--project"]).arg(&config))
}
