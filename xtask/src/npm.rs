//! `cargo xtask npm`: the tarballs of the Node package and of this platform's addon, and their sizes.

use std::fs;

use crate::node;
use crate::step::{self, Outcome, usage};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err(usage("npm"));
    }
    node::install()?;
    let out = step::target_dir().join("npm");
    // What there is afterwards was packed now.
    let _ = fs::remove_dir_all(&out);
    step::run("write the platforms' manifests", node::command("node").arg("scripts/packages.js"))?;
    step::run("pack", node::command("node").arg("scripts/packages.js").arg(&out))?;
    let entries = fs::read_dir(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    for entry in entries.flatten() {
        let bytes = entry.metadata().map_err(|error| format!("{}: {error}", entry.path().display()))?.len();
        println!("{}: {:.2} MB", entry.path().display(), bytes as f64 / 1e6);
    }
    Ok(())
}
