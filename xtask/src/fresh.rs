//! `cargo xtask fresh`: the two commands of the README in a minimal Debian that has only what the README names, as an ordinary user and as root.
//!
//! Debian's packages are Debian's own. Its Rust is too old, so the tool chain of this machine is mounted into the new root, and so are the crates that
//! cargo has fetched. `cargo xtask test` is run as far as its report of what is missing: the new root has neither Python nor Node. With `--whole` root then
//! installs Node, as the report says, and `cargo xtask test` runs to its end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, packages, step, usage};

/// What the README names for the daemon, beside Rust.
const PACKAGES: &str = "gcc,libc6-dev";

/// Where the repository and the tool chain are in the new root.
const SOURCE: &str = "/home/guest/basenji";
const RUST: &str = "/opt/rust";
const CARGO: &str = "/home/guest/cargo";

/// The ordinary user's number in the new root.
const GUEST: &str = "1000";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let is_whole = match arguments {
        [] => false,
        [flag] if flag == "--whole" => true,
        _ => return Err(usage("fresh")),
    };
    let need = [packages::Need { purpose: "a new Debian", packages: &["debootstrap"] }];
    if !packages::may_install() || !packages::ensure(&need)? {
        return Err("a new root is made by root on Debian, by debootstrap".to_owned());
    }
    let root = step::target_dir().join("fresh");
    make(&root)?;
    let machine = Machine { root };
    for user in [GUEST, "0"] {
        let who = if user == GUEST { "an ordinary user" } else { "root" };
        step::run(&format!("cargo run --release, as {who}"), &mut machine.shell(user, DAEMON))?;
        step::run(&format!("cargo xtask test, as {who}: what is missing"), &mut machine.shell(user, TESTS))?;
    }
    if is_whole {
        step::run("cargo xtask test, as root, to its end", &mut machine.shell("0", WHOLE))?;
    }
    Ok(())
}

/// Builds and runs the daemon, on any port that is free; an interrupt ends it, and it says so by exit code 0.
const DAEMON: &str = "cargo build --release && DD_DOGSTATSD_PORT=__random__ DD_BASENJI_HTTP=off timeout --preserve-status --signal INT 5 cargo run --release";

/// The tests stop in their first second, before anything but the chore itself has been built, and say how to get what is missing.
const TESTS: &str = "cargo build --quiet --package xtask && begin=$(date +%s) && \
    if cargo xtask test > /tmp/report 2>&1; then echo 'nothing is missing?'; exit 1; fi; cat /tmp/report; \
    test $(($(date +%s) - begin)) -le 3 && grep -q 'node is not there.*https://nodejs.org' /tmp/report && grep -q 'npm is not there' /tmp/report";

/// What the report names, and then all tests: whatever else they need they install.
const WHOLE: &str = "apt-get update -q && apt-get install -q -y --no-install-recommends nodejs npm && \
    unset CARGO_NET_OFFLINE && exec cargo xtask test";

/// The certificates that this machine trusts, which need not be Debian's; where they are in the new root, whose packages write Debian's own place; and
/// the variables by which programs are told.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
const TRUSTED: &str = "/opt/certificates.crt";
const TOLD_BY: [&str; 5] = ["SSL_CERT_FILE", "CARGO_HTTP_CAINFO", "NODE_EXTRA_CA_CERTS", "PIP_CERT", "GIT_SSL_CAINFO"];

/// A minimal Debian at `root`, once, and the repository's last commit in it.
fn make(root: &Path) -> Outcome {
    if !root.join("etc/debian_version").exists() {
        let mut debootstrap = Command::new("debootstrap");
        debootstrap.args(["--variant=minbase", &format!("--include={PACKAGES}"), "stable"]).arg(root);
        step::run("a minimal Debian", &mut debootstrap)?;
    }
    let source = root.join(SOURCE.trim_start_matches('/'));
    let mounted = [RUST, &format!("{CARGO}/registry")].map(|path| root.join(&path[1..]));
    for directory in mounted.iter().chain([&source]) {
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    }
    if Path::new(CERTIFICATES).exists() {
        fs::copy(CERTIFICATES, root.join(&TRUSTED[1..])).map_err(|error| format!("{CERTIFICATES}: {error}"))?;
    }
    let mut copy = Command::new("sh");
    copy.current_dir(step::root()).args([
        "-c",
        "find \"$1\" -mindepth 1 -maxdepth 1 ! -name target -exec rm -rf {} + && git archive HEAD | tar -x -C \"$1\" && chown -R \"$3:$3\" \"$1\" \"$2\"",
        "sh",
    ]);
    step::run("the last commit, as a user has it", copy.arg(&source).arg(root.join(&CARGO[1..])).arg(GUEST))?;
    step::run("the crates", &mut step::cargo(["fetch", "--locked"]))
}

struct Machine {
    root: PathBuf,
}

impl Machine {
    /// A command of the shell in the new root, by the user of this number. What is mounted for it is gone afterwards.
    fn shell(&self, user: &str, command: &str) -> Command {
        let rust = step::output(Command::new("rustc").args(["--print", "sysroot"])).unwrap_or_default();
        let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let home = home.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo"));
        let script = "mount --bind \"$2\" \"$1$5\" && mount --bind \"$3\" \"$1$6/registry\" && \
            mount -t proc proc \"$1/proc\" && mount -t sysfs sysfs \"$1/sys\" && mount -t tmpfs tmpfs \"$1/dev/shm\" && \
            mount -t devpts -o newinstance,ptmxmode=0666 devpts \"$1/dev/pts\" && mount --bind \"$1/dev/pts/ptmx\" \"$1/dev/ptmx\" && root=$1 && \
            user=$4 && variables=\"PATH=$5/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/guest CARGO_HOME=$6 CARGO_NET_OFFLINE=true\" && \
            work=\"cd $7 && $8\" && shift 8 && exec chroot --userspec \"$user:$user\" \"$root\" /usr/bin/env -i $variables \"$@\" sh -c \"$work\"";
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--pid", "--fork", "sh", "-c", script, "sh"]).arg(&self.root).arg(rust);
        unshare.arg(home.join("registry")).args([user, RUST, CARGO, SOURCE, command]);
        if Path::new(CERTIFICATES).exists() {
            unshare.args(TOLD_BY.map(|variable| format!("{variable}={TRUSTED}")));
        }
        unshare
    }
}
