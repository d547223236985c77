//! The real program, as a user starts it.

// Every test file uses a part of this.
#![allow(dead_code)]

pub(crate) mod http;
pub(crate) mod page;
pub(crate) mod tmux;

use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

/// The program without any variable of its surroundings, and without the port that it serves HTTP on by default.
pub(crate) fn basenji() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_basenji"));
    command.env_clear().env("DD_BASENJI_HTTP", "off").stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    basenji().args(arguments).output().expect("the program starts")
}

/// What the program has written, as text.
pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("the program writes UTF-8")
}

/// Every line as JSON.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// A daemon that listens, killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<BufReader<ChildStderr>>,
    log: String,
}

impl Daemon {
    /// Starts the daemon and waits until it listens on `sockets` sockets.
    pub(crate) fn start(arguments: &[&str], sockets: usize) -> Daemon {
        Daemon::start_with(basenji().args(arguments), sockets)
    }

    /// Starts the daemon with variables and waits until it listens on `sockets` sockets.
    pub(crate) fn start_with(command: &mut Command, sockets: usize) -> Daemon {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = child.stderr.take().map(BufReader::new);
        let mut daemon = Daemon { child, stdout, stderr, log: String::new() };
        for _ in 0..sockets {
            daemon.wait_for_log("listening");
        }
        daemon
    }

    /// Reads the log up to a line with `text` in it, and returns that line.
    pub(crate) fn wait_for_log(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let log = self.stderr.as_mut().expect("the log is open");
            let read = log.read_line(&mut line).expect("the log can be read");
            self.log.push_str(&line);
            assert!(read > 0, "the log ends before '{text}': {}", self.log);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits until it serves HTTP, and returns where.
    pub(crate) fn http(&mut self) -> String {
        let line = self.wait_for_log("serving http=");
        line.trim_end().rsplit('=').next().expect("an address").to_owned()
    }

    /// What the log says of the socket of this kind.
    pub(crate) fn address(&self, kind: &str) -> &str {
        let place = self.log.find(&format!("{kind}=")).unwrap_or_else(|| panic!("no {kind} in {}", self.log));
        self.log[place + kind.len() + 1..].lines().next().unwrap_or_default()
    }

    /// Sends one datagram over UDP.
    pub(crate) fn send(&self, datagram: &[u8]) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("there is a free port");
        socket.send_to(datagram, self.address("udp")).expect("the daemon listens");
    }

    /// The next line of standard output.
    pub(crate) fn read_line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().expect("standard output is open");
        stdout.read_line(&mut line).expect("standard output can be read");
        line
    }

    /// Closes standard output, as a reader that has seen enough.
    pub(crate) fn close_stdout(&mut self) {
        self.stdout = None;
    }

    /// Closes standard error, as a terminal that has gone.
    pub(crate) fn close_log(&mut self) {
        self.stderr = None;
    }

    /// The most memory that it has had at a time, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().expect("there is a shell").success());
    }

    /// Sends a signal by its name, again and again, up to `times` and to the daemon's end.
    pub(crate) fn signal_again(&self, name: &str, times: u32) -> Child {
        let id = self.child.id();
        let kill = format!("i=0; while [ $i -lt {times} ] && kill -{name} {id}; do i=$((i+1)); done");
        Command::new("/bin/sh").args(["-c", &kill]).stderr(Stdio::null()).spawn().expect("there is a shell")
    }

    /// Waits for the end; returns how it ended, what is left of standard output, and the whole log.
    pub(crate) fn end(mut self) -> (ExitStatus, String, String) {
        let mut output = String::new();
        if let Some(stdout) = &mut self.stdout {
            stdout.read_to_string(&mut output).expect("standard output is UTF-8");
        }
        if let Some(log) = &mut self.stderr {
            log.read_to_string(&mut self.log).expect("the log is UTF-8");
        }
        let status = self.child.wait().expect("the program ends");
        (status, output, std::mem::take(&mut self.log))
    }

    /// Waits for the end while nobody reads standard output; returns how it ended, and the whole log.
    pub(crate) fn end_unread(mut self) -> (ExitStatus, String) {
        let log = self.stderr.as_mut().expect("the log is open");
        log.read_to_string(&mut self.log).expect("the log is UTF-8");
        let status = self.child.wait().expect("the program ends");
        (status, std::mem::take(&mut self.log))
    }

    /// Ends the daemon that this process's child has started, as [`Daemon::stop`] does.
    pub(crate) fn stop_child(self) -> Vec<Value> {
        let id = self.child.id();
        let kill = format!("kill -TERM $(cat /proc/{id}/task/{id}/children)");
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().expect("there is a shell").success());
        let (status, output, log) = self.end();
        assert!(status.success(), "{status}: {log}");
        objects(&output)
    }

    /// Ends the daemon by SIGTERM and returns what was left of its output, each line as JSON.
    pub(crate) fn stop(self) -> Vec<Value> {
        self.signal("TERM");
        let (status, output, log) = self.end();
        assert!(status.success(), "{status}: {log}");
        objects(&output)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It has ended already, unless a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
