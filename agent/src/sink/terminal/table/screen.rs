//! A terminal whose last lines are a table, drawn anew in its place; all else is said above it and scrolls away as
//! usual.
//!
//! It promises that no copy of the table goes into what the terminal keeps of lines that have scrolled away: each line is
//! drawn over the one before, and nothing is cleared from the upper left corner, which tmux takes for scrolling.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::text::columns;
use crate::terminal;

/// The terminal, shared by the table on standard output and the log on standard error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Screen {
    drawn: Arc<Mutex<Vec<String>>>,
}

impl Screen {
    /// The terminal of standard output, if it can move its cursor.
    pub(crate) fn find() -> Option<Self> {
        terminal::can_move(&io::stdout()).then(Screen::default)
    }

    /// Says `text`, which is whole lines, and draws the table below it.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(super) fn draw(&self, text: &str, table: Vec<String>) -> io::Result<()> {
        let mut drawn = self.lock();
        let (width, _) = terminal::size();
        let before = height(&drawn, width);
        let bytes = up(before) + &over(text) + &below(&table, before.saturating_sub(text.lines().count()));
        *drawn = table;
        write(&bytes)
    }

    /// Says `text`, which is whole lines, above the table, which stays as it is.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(super) fn say_only(&self, text: &str) -> io::Result<()> {
        let table = self.lock().clone();
        if text.is_empty() { Ok(()) } else { self.draw(text, table) }
    }

    /// Says that a table will come, unless it is there.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(crate) fn promise(&self, within_seconds: u32) -> io::Result<()> {
        let mut drawn = self.lock();
        if drawn.is_empty() {
            *drawn = vec![String::new(), format!("The first bucket ends within {within_seconds} seconds.")];
            write(&below(&drawn, 0))?;
        }
        Ok(())
    }

    /// Says `text`, which is whole lines, on standard error, above the table.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(crate) fn say(&self, text: &[u8]) -> io::Result<()> {
        let drawn = self.lock();
        if !io::stderr().is_terminal() {
            return io::stderr().write_all(text);
        }
        let (width, _) = terminal::size();
        let before = height(&drawn, width);
        let text = String::from_utf8_lossy(text);
        write(&up(before))?;
        io::stderr().write_all(over(&text).as_bytes())?;
        write(&below(&drawn, before.saturating_sub(text.lines().count())))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Lines of the screen that a table takes.
fn height(table: &[String], width: usize) -> usize {
    // A terminal that has become narrower since has broken the lines.
    table.iter().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum()
}

/// What moves the cursor from below the table to its first line.
fn up(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\x1b[{lines}A\r") }
}

/// Whole lines, each of which clears what stood behind its end.
fn over(text: &str) -> String {
    text.lines().flat_map(|line| [line, "\x1b[K\n"]).collect()
}

/// The table, and nothing below it where `before` lines stood.
fn below(table: &[String], before: usize) -> String {
    let mut bytes: String = table.iter().flat_map(|line| [line, "\x1b[K\n"]).collect();
    if before > table.len() {
        bytes.push_str("\x1b[J");
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_drawn_over_line_by_line_however_they_are_broken() {
        assert_eq!((up(0), up(3)), (String::new(), "\x1b[3A\r".to_owned()));
        let table = ["\x1b[1m12345678\x1b[0m".to_owned(), String::new(), "1234".to_owned()];
        assert_eq!((height(&table, 8), height(&table, 4), height(&[], 8)), (3, 4, 0));
        assert_eq!(below(&["a".to_owned()], 1), "a\x1b[K\n");
        assert_eq!(below(&["a".to_owned()], 2), "a\x1b[K\n\x1b[J");
        assert_eq!(over("a\nb\n"), "a\x1b[K\nb\x1b[K\n");
    }
}
