//! `hot-shots` for Node.

use std::fs;
use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn run() -> Outcome {
    if !client::is_there("node", "npm", "--version") {
        return Ok(());
    }
    let prefix = client::installed("node");
    let manifest = prefix.join("package.json");
    let copied =
        fs::create_dir_all(&prefix).and_then(|()| fs::copy(client::directory("node").join("package.json"), &manifest));
    copied.map_err(|error| format!("{}: {error}", manifest.display()))?;
    let mut install = Command::new("npm");
    install.args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]);
    step::run("install hot-shots", install.current_dir(&prefix))?;

    let modules = prefix.join("node_modules");
    let mut addon = Command::new("node");
    addon.args(["-e", "require('unix-dgram')"]).env("NODE_PATH", &modules);
    let has_addon = step::output(&mut addon).is_some();
    if !has_addon {
        println!("    skipped over unixgram: hot-shots' own addon has not been built here\n");
    }
    let transports = if has_addon { client::EVERYWHERE } else { "udp,unixstream" };
    client::check("node", transports, Command::new("node").arg("send.js").env("NODE_PATH", modules))
}
