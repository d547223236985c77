//! The real daemon, built and started as a user does it, on a free port.

use std::env;
use std::io::{BufRead, BufReader, Read, copy, sink};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::bare::root;

/// A daemon that listens; killed when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    port: String,
}

impl Daemon {
    /// Starts `cargo run` with `options` for cargo and `arguments` for the daemon beside a port of its own, and waits until it listens on all its
    /// sockets.
    ///
    /// # Panics
    ///
    /// It does not begin to listen.
    pub fn start(options: &[&str], arguments: &[&str]) -> Daemon {
        let mut command = Command::new(env!("CARGO"));
        command.args(["run", "--quiet"]).args(options).args(["--", "--port", "0"]).args(arguments).current_dir(root());
        without_variables(&mut command);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let sockets =
            1 + arguments.iter().filter(|argument| ["--socket", "--stream-socket"].contains(argument)).count();
        while said.matches(" listening ").count() < sockets {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "the daemon does not start: {said}");
        }
        let (_, port) = said.split_once("listening udp=127.0.0.1:").expect("UDP is one of the sockets");
        let port = port.lines().next().unwrap_or_default().to_owned();
        // It must not wait for a reader of its log.
        thread::spawn(move || copy(&mut log, &mut sink()));
        Daemon { child, port }
    }

    /// Its UDP port on 127.0.0.1.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Ends it as a terminal does, and says what it has printed.
    ///
    /// # Panics
    ///
    /// It ends with anything but success.
    pub fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        assert!(self.child.wait().unwrap().success());
        printed
    }
}

/// Takes from `command` the variables that clients and the daemon read.
pub fn without_variables(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if ["DD_", "DATADOG_", "DOGSTATSD_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
}

impl Drop for Daemon {
    /// Nothing stays behind when the test fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
