//! What must be there before a chore begins: each program with its version, all checked at once, each with the way to get it.

use std::fmt;
use std::process::Command;

use crate::packages;
use crate::step::{self, Outcome};

/// Major and minor version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first number with a point in a text: `Python 3.11.7` is 3.11, `v20.20.2` is 20.20.
    pub(crate) fn first_in(text: &str) -> Option<Version> {
        let words = text.split(|byte: char| !byte.is_ascii_digit() && byte != '.');
        words
            .filter_map(|word| {
                let mut numbers = word.split('.');
                Some(Version(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
            })
            .next()
    }
}

/// The version that a program prints, if it is there.
pub(crate) fn version_of(program: &str) -> Option<Version> {
    let text = step::output(Command::new(program).arg("--version"))?;
    Some(Version::first_in(&text).unwrap_or(Version(0, 0)))
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0, self.1)
    }
}

/// A program that the tests call and do not install themselves.
struct Tool {
    program: &'static str,
    purpose: &'static str,
    least: Version,
    /// Debian's package, where a chore that runs as root installs it.
    package: Option<&'static str>,
    get: &'static str,
}

const TOOLS: &[Tool] = &[
    Tool {
        program: "cc",
        purpose: "linking, and the C library",
        least: Version(0, 0),
        package: Some("gcc"),
        get: "apt-get install gcc, or the compiler of your system",
    },
    Tool {
        program: "python3",
        purpose: "the Python package",
        least: Version(3, 10),
        package: Some("python3"),
        get: "apt-get install python3 python3-venv python3-dev, or https://www.python.org",
    },
    Tool {
        program: "node",
        purpose: "the Node package",
        least: Version(20, 0),
        package: None,
        get: "https://nodejs.org, or apt-get install nodejs npm where Debian has 20 or newer",
    },
    Tool {
        program: "npm",
        purpose: "the Node package",
        least: Version(9, 0),
        package: None,
        get: "it comes with Node; on Debian apt-get install npm",
    },
];

/// Fails with all that is missing or too old, before anything has been built.
pub(crate) fn check() -> Outcome {
    println!("==> prerequisites");
    let rust = Version::first_in(env!("CARGO_PKG_RUST_VERSION")).unwrap_or(Version(0, 0));
    let rustup = Tool {
        program: "rustc",
        purpose: "everything",
        least: rust,
        package: None,
        get: "https://rustup.rs, then rustup update stable",
    };
    let faults: Vec<String> = std::iter::once(&rustup).chain(TOOLS).filter_map(fault).collect();
    if faults.is_empty() {
        println!();
        return Ok(());
    }
    Err(format!("missing for the tests:\n  {}", faults.join("\n  ")))
}

/// What is wrong with a tool, and how to mend it; what is right is printed.
fn fault(tool: &Tool) -> Option<String> {
    let Tool { program, purpose, least, package, get } = tool;
    match version_of(program) {
        Some(version) if version >= *least => {
            println!("    {program} {version}");
            None
        }
        Some(version) => Some(format!("{program} is {version}, {purpose} needs {least} or newer: {get}")),
        None if package.is_some() && packages::may_install() => {
            println!("    {program}: will be installed");
            None
        }
        None => Some(format!("{program} is not there ({purpose}): {get}")),
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn a_version_is_found_in_what_programs_print() {
        for (text, version) in [
            ("rustc 1.95.0 (59807616e 2026-04-14)", Version(1, 95)),
            ("Python 3.11.7", Version(3, 11)),
            ("v20.20.2", Version(20, 20)),
            ("11.19.1", Version(11, 19)),
            ("cc (Debian 12.2.0-14+deb12u1) 12.2.0", Version(12, 2)),
            ("1.89", Version(1, 89)),
        ] {
            assert_eq!(Version::first_in(text), Some(version), "{text}");
        }
        assert_eq!(Version::first_in("no number"), None);
        assert!(Version(1, 100) > Version(1, 89));
    }
}
