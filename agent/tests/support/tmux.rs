//! A real terminal: a server of tmux of its own.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server of tmux with one shell, which ends with this.
pub(crate) struct Tmux(String);

impl Tmux {
    /// One of this size; nothing, with a word about it, where there is no tmux.
    pub(crate) fn start(width: usize, height: usize) -> Option<Tmux> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(std::env::var_os("BASENJI_NO_SKIP").is_none(), "there is no tmux");
            println!("skipped: there is no tmux");
            return None;
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let tmux = Tmux(format!("basenji-{}-{number}", std::process::id()));
        let (width, height) = (width.to_string(), height.to_string());
        let started = tmux.command(&["new-session", "-d", "-x", &width, "-y", &height, "sh"]).output();
        let started = started.expect("tmux starts");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        Some(tmux)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("tmux starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// tmux wants a language with UTF-8, which a minimal system has not set.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("tmux");
        command.env("LC_ALL", "C.UTF-8").args(["-L", &self.0, "-f", "/dev/null"]).args(arguments);
        command
    }

    /// Types this, and with `enter` the end of a line.
    pub(crate) fn press(&self, keys: &[&str]) {
        self.run(&[&["send-keys"], keys].concat());
    }

    /// What is on the screen.
    pub(crate) fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }

    /// What is on the screen and has scrolled away.
    pub(crate) fn scrollback(&self) -> String {
        self.run(&["capture-pane", "-p", "-S", "-10000"])
    }

    /// What is on the screen once `is_there` says so.
    pub(crate) fn wait(&self, what: &str, is_there: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "no {what} in {screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}
