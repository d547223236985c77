//! A few columns of text.

use crate::sink::{columns, cut, printable};

/// Rows under headings; all columns as wide as they have to be.
pub(super) fn lines(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    lines_within(usize::MAX, headings, rows)
}

/// The same; a text in the last column that does not fit into `width` loses its middle, since long names differ at an end.
pub(super) fn lines_within(width: usize, headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(printable).collect()).collect();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let all = || std::iter::once(&headings).chain(&rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| columns(cell)).max().unwrap_or(0))
        .collect();
    let before: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
    let room = width.saturating_sub(before);
    let line = |row: &Vec<String>| {
        let mut row = row.clone();
        if let Some(last) = row.last_mut().filter(|last| columns(last) > room) {
            *last = cut(last, room);
        }
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - columns(cell))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_control_characters_are_shown() {
        let rows = [vec!["1".to_owned(), "a\x1b[2J".to_owned()], vec!["1,234".to_owned(), "é".to_owned()]];
        assert_eq!(lines(&["N", "NAME"], &rows), ["N      NAME", "1      a\\u{1b}[2J", "1,234  é"]);
    }

    #[test]
    fn names_that_do_not_fit_keep_both_their_ends() {
        let rows = ["reads", "writes"].map(|end| vec!["7".to_owned(), format!("service.storage.operations.{end}")]);
        assert_eq!(
            lines_within(20, &["N", "NAME"], &rows),
            ["N  NAME", "7  service.…ns.reads", "7  service.…s.writes"]
        );
    }
}
