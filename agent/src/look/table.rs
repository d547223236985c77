//! A few columns of text.

use crate::sink::{columns, printable};

/// Rows under headings; all columns but the last as wide as they have to be.
pub(super) fn lines(headings: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(printable).collect()).collect();
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let all = || std::iter::once(&headings).chain(&rows);
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| all().filter_map(|row| row.get(column)).map(|cell| columns(cell)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
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
        assert_eq!(lines(&["N", "NAME"], &rows), ["N      NAME", "1      a\u{fffd}[2J", "1,234  é"]);
    }
}
