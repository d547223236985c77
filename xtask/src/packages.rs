//! System packages: installed where the chore runs as root on Debian, otherwise named in one sentence.

use std::process::Command;

use crate::step::{self, Outcome};

/// What some tests need beyond cargo and a C compiler.
pub(crate) struct Need {
    /// Why.
    pub(crate) purpose: &'static str,
    /// Debian's names.
    pub(crate) packages: &'static [&'static str],
}

/// Installs what is missing of `needs` where it can; true if all of it is there afterwards.
///
/// # Errors
///
/// The package manager fails.
pub(crate) fn ensure(needs: &[Need]) -> Result<bool, String> {
    let wanted = missing(needs);
    if wanted.is_empty() {
        return Ok(true);
    }
    for need in needs {
        let names: Vec<&str> = need.packages.iter().copied().filter(|package| wanted.contains(package)).collect();
        if !names.is_empty() {
            println!("    missing: {} ({})", names.join(" "), need.purpose);
        }
    }
    if !may_install() {
        println!("    what needs them is skipped; as root on Debian: apt-get install {}\n", wanted.join(" "));
        return Ok(false);
    }
    install(&wanted)?;
    Ok(missing(needs).is_empty())
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let is_missing = |package: &&&'static str| {
        let state = step::output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]));
        state.as_deref() != Some("installed")
    };
    needs.iter().flat_map(|need| need.packages).filter(is_missing).copied().collect()
}

/// Whether this process may install packages of Debian.
pub(crate) fn may_install() -> bool {
    let is_root = step::output(Command::new("id").arg("-u")).as_deref() == Some("0");
    is_root && step::output(Command::new("apt-get").arg("--version")).is_some()
}

fn install(packages: &[&str]) -> Outcome {
    step::run("refresh the package lists", Command::new("apt-get").args(["update", "-q"]))?;
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-q", "-y", "--no-install-recommends"]);
    step::run("install system packages", command.args(packages))
}
