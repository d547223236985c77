//! A terminal whose last lines are a table, drawn anew in its place; all else is said above it and scrolls away as
//! usual.

use std::io::{self, Write};
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

    /// Columns and lines.
    pub(super) fn size() -> (usize, usize) {
        terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0.into(), height.0.into()))
    }

    /// Says `text`, which is whole lines, and draws the table below it.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(super) fn draw(&self, text: &str, table: Vec<String>) -> io::Result<()> {
        let mut drawn = self.lock();
        let (width, _) = Screen::size();
        let mut bytes = erasure(&drawn, width);
        bytes.push_str(text);
        bytes.push_str(&joined(&table));
        *drawn = table;
        write(&bytes)
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
            write(&joined(&drawn))?;
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
        let (width, _) = Screen::size();
        write(&erasure(&drawn, width))?;
        io::stderr().write_all(text)?;
        write(&joined(&drawn))
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

fn joined(table: &[String]) -> String {
    table.iter().flat_map(|line| [line, "\n"]).collect()
}

/// What moves the cursor from below the table to its first line and clears the screen from there.
fn erasure(table: &[String], width: usize) -> String {
    // A terminal that has become narrower since has broken the lines.
    let lines: usize = table.iter().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum();
    if lines == 0 { String::new() } else { format!("\x1b[{lines}A\r\x1b[J") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_erased_line_by_line_however_they_are_broken() {
        assert_eq!(erasure(&[], 80), "");
        let table = ["\x1b[1m12345678\x1b[0m".to_owned(), String::new(), "1234".to_owned()];
        assert_eq!(erasure(&table, 8), "\x1b[3A\r\x1b[J");
        assert_eq!(erasure(&table, 4), "\x1b[4A\r\x1b[J");
    }
}
