//! Keys as they are pressed, one by one and without an echo, while this program is in front.
//!
//! The terminal's own signals (Ctrl-C, Ctrl-Z) and line ends stay as they are, since the log is written by others. A program
//! in the background reads nothing, or the system would stop it.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::getpgrp;
use rustix::stdio::stdin;
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr};

use super::Key;

/// How long it takes at most until a terminal is seen to have another size, or this program to be in front.
const PERIOD: Duration = Duration::from_millis(250);

/// How the terminal was before.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// Whether keys are wanted.
static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// Makes the terminal as it was. Does nothing where nothing was changed.
pub(crate) fn restore() {
    IS_WANTED.store(false, Ordering::SeqCst);
    let before = BEFORE.lock().ok().and_then(|mut before| before.take());
    if let Some(before) = before.filter(|_| is_in_front()) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &before);
    }
}

/// Reads keys for as long as it lives.
pub(crate) struct Keys;

impl Keys {
    /// Calls `press` with each key, and without one where the screen has another size, until that fails; nothing if standard
    /// input is no terminal.
    pub(crate) fn start(mut press: impl FnMut(Option<Key>) -> io::Result<()> + Send + 'static) -> Option<Keys> {
        if !isatty(stdin()) {
            return None;
        }
        IS_WANTED.store(true, Ordering::SeqCst);
        let read = move || {
            let mut size = super::size();
            while IS_WANTED.load(Ordering::SeqCst) {
                let keys = wait();
                let is_other = std::mem::replace(&mut size, super::size()) != size;
                let mut news = keys.into_iter().map(Some).chain(is_other.then_some(None));
                if news.try_for_each(&mut press).is_err() {
                    return;
                }
            }
        };
        // Without a thread there are no keys.
        thread::Builder::new().name("basenji-keys".to_owned()).spawn(read).ok()?;
        Some(Keys)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        restore();
    }
}

/// The keys that were pressed within a period.
fn wait() -> Vec<Key> {
    if !is_in_front() || !set() {
        thread::sleep(PERIOD);
        return Vec::new();
    }
    let stdin = stdin();
    let period = Timespec { tv_sec: 0, tv_nsec: PERIOD.subsec_nanos().into() };
    let is_ready = poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&period)).is_ok_and(|ready| ready > 0);
    let mut bytes = [0; 64];
    if !is_ready || !is_in_front() {
        return Vec::new();
    }
    match rustix::io::read(stdin, &mut bytes) {
        Ok(len @ 1..) => keys(bytes.get(..len).unwrap_or_default()),
        // The terminal is gone.
        _ => {
            thread::sleep(PERIOD);
            Vec::new()
        }
    }
}

fn is_in_front() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}

/// Makes the terminal hand over each key, unless it does; a shell that has stopped this program may have changed that.
fn set() -> bool {
    let Ok(mut now) = tcgetattr(stdin()) else { return false };
    let line_by_line = LocalModes::ICANON | LocalModes::ECHO;
    if !now.local_modes.intersects(line_by_line) {
        return true;
    }
    let Ok(mut before) = BEFORE.lock() else { return false };
    // Under the lock, so that a terminal that was made as it was stays so.
    if !IS_WANTED.load(Ordering::SeqCst) {
        return false;
    }
    before.get_or_insert_with(|| now.clone());
    now.local_modes.remove(line_by_line);
    tcsetattr(stdin(), OptionalActions::Now, &now).is_ok()
}

/// The keys that these bytes stand for.
fn keys(bytes: &[u8]) -> Vec<Key> {
    let text = String::from_utf8_lossy(bytes);
    let mut keys = Vec::new();
    let mut rest = text.as_ref();
    while let Some(symbol) = rest.chars().next() {
        rest = rest.get(symbol.len_utf8()..).unwrap_or_default();
        match symbol {
            '\x1b' => match rest.strip_prefix(['[', 'O']) {
                None => keys.push(Key::Escape),
                Some(sequence) => {
                    let end = sequence.find(|symbol: char| ('@'..='~').contains(&symbol));
                    let (sequence, after) = sequence.split_at(end.map_or(sequence.len(), |at| at + 1));
                    keys.extend(named(sequence));
                    rest = after;
                }
            },
            '\r' | '\n' => keys.push(Key::Enter),
            '\x7f' | '\x08' => keys.push(Key::Backspace),
            symbol => keys.push(Key::Char(symbol)),
        }
    }
    keys
}

/// The key of a sequence without its beginning.
fn named(sequence: &str) -> Option<Key> {
    match sequence {
        "B" | "C" | "6~" => Some(Key::Next),
        "A" | "D" | "5~" => Some(Key::Previous),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_their_bytes() {
        assert_eq!(
            keys("/é\r\x7f\x1b[B\x1bOA\x1b[6~\x1b[15;2~q\x1b".as_bytes()),
            [
                Key::Char('/'),
                Key::Char('é'),
                Key::Enter,
                Key::Backspace,
                Key::Next,
                Key::Previous,
                Key::Next,
                Key::Char('q'),
                Key::Escape,
            ]
        );
    }
}
