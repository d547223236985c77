//! `java-dogstatsd-client`.

use std::process::Command;

use super::client;
use crate::step::{self, Outcome};

pub(super) fn run() -> Outcome {
    if !client::is_there("java", "mvn", "-v") || !client::is_there("java", "java", "-version") {
        return Ok(());
    }
    let libraries = client::installed("java");
    let mut install = Command::new("mvn");
    install.args(["--batch-mode", "--quiet", "dependency:copy-dependencies", "--file"]);
    install.arg(client::directory("java").join("pom.xml"));
    install.arg(format!("-DoutputDirectory={}", libraries.display()));
    step::run("install java-dogstatsd-client", &mut install)?;
    let mut java = Command::new("java");
    java.arg("--class-path").arg(libraries.join("*")).arg("Send.java");
    client::check("java", client::EVERYWHERE, &mut java)
}
