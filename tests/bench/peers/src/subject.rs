//! One way to make calls, of one client.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::str::FromStr;

/// What is measured.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// Whether it is ours.
    pub(crate) ours: bool,
    pub(crate) group: Group,
    /// Whether it can do without a socket.
    pub(crate) null: bool,
    pub(crate) start: Start,
}

/// What makes the calls of a subject.
pub(crate) enum Start {
    /// A function of this program.
    Here(fn(&Target) -> Box<dyn Running>),
    /// The program that an environment variable names, called as this one is.
    Program(&'static str),
}

impl Subject {
    /// The command of a process that makes `calls` calls on `threads` threads.
    pub(crate) fn command(&self, target: &Target, threads: usize, calls: usize) -> Command {
        let mut command = match self.start {
            Start::Here(_) => {
                let mut this = Command::new(std::env::current_exe().expect("a running program has a path"));
                this.arg("one");
                this
            }
            Start::Program(variable) => {
                Command::new(std::env::var_os(variable).unwrap_or_else(|| panic!("{variable} names no program")))
            }
        };
        command.args([self.name, &target.to_string(), &threads.to_string(), &calls.to_string()]);
        command
    }
}

/// Subjects that do the same for their caller.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Counts, the context looked up beforehand.
    Counter,
    /// Samples of a distribution, the context looked up beforehand.
    Samples,
    /// Counts by name and tags, of which a sum leaves.
    Summed,
    /// Counts by name and tags, a line each, many to a datagram.
    Lines,
    /// Counts by name and tags, a datagram each.
    Plain,
}

impl Group {
    pub(crate) const ALL: [Group; 5] = [Group::Counter, Group::Samples, Group::Summed, Group::Lines, Group::Plain];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::Counter => "a count, name and tags looked up beforehand",
            Group::Samples => "a sample of a distribution, name and tags looked up beforehand",
            Group::Summed => "a count by name and two tags, aggregated",
            Group::Lines => "a count by name and two tags, a line each",
            Group::Plain => "a count by name and two tags, a datagram each",
        }
    }
}

/// A client that runs.
pub(crate) trait Running: Sync {
    /// Makes calls, on any thread.
    fn calls(&self, count: usize);

    /// Has everything sent; the process waits until its threads rest.
    fn finish(&self);
}

/// Where datagrams go.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Null,
    Udp(u16),
    Unix(PathBuf),
}

impl Target {
    /// Most bytes of a datagram of several lines.
    pub(crate) fn payload(&self) -> usize {
        if matches!(self, Target::Unix(_)) { 8192 } else { 1432 }
    }

    pub(crate) fn title(&self) -> &'static str {
        match self {
            Target::Null => "nowhere",
            Target::Udp(_) => "UDP",
            Target::Unix(_) => "Unix datagrams",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Null => f.write_str("null"),
            Target::Udp(port) => write!(f, "udp:{port}"),
            Target::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Target, String> {
        match text.split_once(':') {
            None if text == "null" => Ok(Target::Null),
            Some(("udp", port)) => port.parse().map(Target::Udp).map_err(|error| format!("{port}: {error}")),
            Some(("unix", path)) => Ok(Target::Unix(path.into())),
            _ => Err(format!("{text} is no target")),
        }
    }
}
