//! What a standard stream can show, and the keys that are pressed.

#[cfg(unix)]
mod keys;

use std::io::IsTerminal;

#[cfg(unix)]
pub(crate) use keys::{Keys, restore};

/// A key that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    Enter,
    Escape,
    Backspace,
    /// Page down, and the arrows down and to the right.
    Next,
    /// Page up, and the arrows up and to the left.
    Previous,
}

/// Whether a stream shows colours: it is a terminal that can, and the user has not said no (<https://no-color.org>).
pub(crate) fn has_colours(stream: &impl IsTerminal) -> bool {
    let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !is_unwanted && can_move(stream)
}

/// Whether a stream is a terminal that can move its cursor.
pub(crate) fn can_move(stream: &impl IsTerminal) -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    stream.is_terminal() && !is_dumb
}

/// Columns and lines of the terminal of standard output; of one that does not tell, 80 and 24.
pub(crate) fn size() -> (usize, usize) {
    terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0.into(), height.0.into()))
}
