//! What a standard stream can show.

use std::io::IsTerminal;

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
