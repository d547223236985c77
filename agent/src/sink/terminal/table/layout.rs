//! Rows into lines that fit, on pages.
//!
//! It promises: no line is wider than the terminal, and no two rows of a table look alike. A name or tags that are too long
//! are cut in their middle; where that would make two rows alike, what was cut follows in full below the row.

use std::collections::HashMap;

use super::rows::{Key, Row, Rows};
use super::spark::sparkline;
use super::style::Style;
use super::text::{broken, columns, cut, fitted};

/// Where the lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Space {
    /// Columns of a line.
    pub(super) width: usize,
    /// Lines for the rows and their heads, if there is a limit.
    pub(super) height: Option<usize>,
    /// Whether lines have colours.
    pub(super) colours: bool,
}

/// The most lines of the tags that all rows share.
const MOST_SHARED: usize = 3;

/// Blanks between two columns.
const GAP: usize = 2;

/// A row with its tags but those that all rows share.
struct Cells<'a> {
    key: &'a Key,
    tags: String,
    row: &'a Row,
}

/// The widths of name, kind, tags, value and sparkline; 0 for a column that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Widths {
    name: usize,
    kind: usize,
    tags: usize,
    value: usize,
    spark: usize,
}

impl Widths {
    /// As wide as the texts ask for, if that fits. Otherwise half of the sparkline goes first, then the middle of tags
    /// and names, the rest of the sparkline, the end of the value, and the tags.
    fn of(rows: &[Cells<'_>], width: usize) -> Self {
        let widest = |head: &str, texts: &mut dyn Iterator<Item = usize>| texts.fold(columns(head), usize::max);
        let mut widths = Widths {
            name: widest("NAME", &mut rows.iter().map(|cells| columns(&cells.key.name))),
            kind: widest("KIND", &mut rows.iter().map(|cells| columns(cells.key.kind.name()))),
            tags: widest("TAGS", &mut rows.iter().map(|cells| columns(&cells.tags))),
            value: widest("VALUE", &mut rows.iter().map(|cells| columns(&cells.row.value))),
            spark: Rows::BUCKETS,
        };
        if rows.iter().all(|cells| cells.tags.is_empty()) {
            widths.tags = 0;
        }
        widths.give(width, |widths| &mut widths.spark, 8);
        widths.give(width, |widths| &mut widths.tags, 20);
        widths.give(width, |widths| &mut widths.name, 20);
        widths.give(width, |widths| &mut widths.spark, 0);
        widths.give(width, |widths| &mut widths.tags, 12);
        widths.give(width, |widths| &mut widths.value, 24);
        if widths.used() > width {
            // What is left of tags would say nothing; the name has their room.
            widths.tags = 0;
            let name = widest("NAME", &mut rows.iter().map(|cells| columns(&cells.key.name)));
            widths.name = name.min(widths.name + width.saturating_sub(widths.used()));
        }
        widths.give(width, |widths| &mut widths.value, 8);
        widths.give(width, |widths| &mut widths.name, 4);
        widths
    }

    /// Columns of a line.
    fn used(&self) -> usize {
        let used: usize = self.all().iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
        used.saturating_sub(GAP)
    }

    /// What of a row tells it from others.
    fn identity<'a>(&self, cells: &Cells<'a>) -> (String, &'a str, String) {
        (cut(&cells.key.name, self.name), cells.key.kind.name(), cut(&cells.tags, self.tags))
    }

    fn all(&self) -> [usize; 5] {
        [self.name, self.kind, self.tags, self.value, self.spark]
    }

    /// Takes from one column what the line has too much, down to `least`.
    fn give(&mut self, width: usize, column: fn(&mut Self) -> &mut usize, least: usize) {
        let excess = self.used().saturating_sub(width);
        let column = column(self);
        *column = column.saturating_sub(excess).max(least.min(*column));
        // Three columns show nothing that helps.
        if *column < 4 && excess > 0 {
            *column = 0;
        }
    }

    /// One line of cells with their styles.
    fn line(&self, cells: [(&str, Option<Style>); 5], colours: bool) -> String {
        let mut line = String::new();
        let last = self.all().iter().rposition(|width| *width > 0).unwrap_or(0);
        for (place, (width, (text, style))) in self.all().into_iter().zip(cells).enumerate() {
            if width == 0 {
                continue;
            }
            let text = fitted(text, width);
            let text = if place == last { text.trim_end() } else { &text };
            line.push_str(&style.map_or_else(|| text.to_owned(), |style| style.paint(text, colours)));
            if place != last {
                line.extend(std::iter::repeat_n(' ', GAP));
            }
        }
        line
    }
}

/// What a table looks like.
pub(super) struct Pages {
    /// Lines above the rows: the tags that all share, and the heads of the columns.
    head: Vec<String>,
    /// The lines of each page, one at least if there are rows.
    pages: Vec<Vec<String>>,
}

impl Pages {
    /// Lays these rows out; nothing of none.
    pub(super) fn of(rows: &[(&Key, &Row)], space: Space) -> Pages {
        if rows.is_empty() {
            return Pages { head: Vec::new(), pages: Vec::new() };
        }
        let shared = if space.height.is_some() { shared(rows) } else { Vec::new() };
        let cells = |&(key, row): &(_, _)| {
            let key: &Key = key;
            let own: Vec<&str> = key.tags.iter().filter(|tag| !shared.contains(tag)).map(String::as_str).collect();
            Cells { key, tags: own.join(","), row }
        };
        let rows: Vec<_> = rows.iter().map(cells).collect();
        let widths = Widths::of(&rows, space.width);
        let mut head = Vec::new();
        if !shared.is_empty() {
            let tags: Vec<&str> = shared.iter().map(|tag| tag.as_str()).collect();
            let lines = broken(&format!("all: {}", tags.join(",")), space.width, MOST_SHARED);
            head.extend(lines.iter().map(|line| Style::Faint.paint(line, space.colours)));
        }
        let style = Some(Style::Head);
        let heads = [("NAME", style), ("KIND", style), ("TAGS", style), ("VALUE", style), ("TREND", style)];
        head.push(widths.line(heads, space.colours));
        let height = space.height.map(|height| height.saturating_sub(head.len()).max(1));
        let mut alike: HashMap<_, usize> = HashMap::new();
        for cells in &rows {
            *alike.entry(widths.identity(cells)).or_default() += 1;
        }
        let mut pages: Vec<Vec<String>> = vec![Vec::new()];
        for cells in &rows {
            let is_clear = alike.get(&widths.identity(cells)) == Some(&1);
            let mut lines = vec![row(&widths, cells, space.colours)];
            if !is_clear {
                let most = height.map_or(usize::MAX, |height| height.saturating_sub(1));
                lines.extend(in_full(&widths, cells, space, most));
            }
            match pages.last_mut() {
                Some(page) if page.is_empty() || height.is_none_or(|height| page.len() + lines.len() <= height) => {
                    page.extend(lines);
                }
                _ => pages.push(lines),
            }
        }
        Pages { head, pages }
    }

    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// The lines of a page with its head; none where there is no such page.
    pub(super) fn lines(mut self, page: usize) -> Vec<String> {
        let Some(rows) = self.pages.get_mut(page).map(std::mem::take) else { return Vec::new() };
        [self.head, rows].concat()
    }
}

/// The tags that all of several rows have.
fn shared<'a>(rows: &[(&'a Key, &Row)]) -> Vec<&'a String> {
    let [(first, _), rest @ ..] = rows else { return Vec::new() };
    let is_shared = |tag: &&String| rest.iter().all(|(key, _)| key.tags.contains(tag));
    if rest.is_empty() { Vec::new() } else { first.tags.iter().filter(is_shared).collect() }
}

fn row(widths: &Widths, cells: &Cells<'_>, colours: bool) -> String {
    let Cells { key, tags, row } = cells;
    // The last flush comes in the middle of a bucket, when little has come.
    let is_silent = row.silent_for > 1;
    let style = |style| Some(if is_silent { Style::Faint } else { style });
    let kind = Style::Kind(key.kind);
    let line = [
        (&cut(&key.name, widths.name)[..], style(Style::Strong)),
        (key.kind.name(), style(kind)),
        (&cut(tags, widths.tags), Some(Style::Faint)),
        (&row.value, is_silent.then_some(Style::Faint)),
        (&sparkline(row.last_figures(widths.spark)), style(kind)),
    ];
    widths.line(line, colours)
}

/// What of a row was cut, in at most `most` lines.
fn in_full(widths: &Widths, cells: &Cells<'_>, space: Space, most: usize) -> Vec<String> {
    let parts = [(&cells.key.name, widths.name), (&cells.tags, widths.tags)];
    let was_cut = parts.into_iter().filter(|(text, width)| columns(text) > *width);
    let width = space.width.saturating_sub(GAP).max(1);
    let mut lines: Vec<_> = was_cut.flat_map(|(text, _)| broken(text, width, most)).collect();
    lines.truncate(most);
    lines.iter().map(|line| format!("{:GAP$}{}", "", Style::Faint.paint(line, space.colours))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::series;
    use basenji::server::{Point, Series};

    fn rows(buckets: u64) -> Rows {
        let mut rows = Rows::default();
        for bucket in 0..buckets {
            rows.begin_flush();
            let mut push = |name, tags, point| {
                rows.push(&Series { timestamp: bucket * 10, ..series(name, "", tags, point) });
            };
            push("http.requests", "env:prod,route:/", Point::Count(bucket as f64 * 1000.0));
            if bucket == 0 {
                push("queue.depth", "", Point::Gauge(2.5));
            }
        }
        rows
    }

    fn plain(rows: &Rows, width: usize, height: Option<usize>) -> Vec<String> {
        let rows: Vec<_> = rows.iter().collect();
        Pages::of(&rows, Space { width, height, colours: false }).lines(0)
    }

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        assert_eq!(
            plain(&rows(3), 100, None),
            [
                "NAME           KIND   TAGS              VALUE  TREND",
                "http.requests  count  env:prod,route:/  2,000               ▁▅█",
                "queue.depth    gauge                    2.5                 █",
            ]
        );
    }

    #[test]
    fn what_tells_least_gives_way_first() {
        assert_eq!(
            plain(&rows(3), 55, None),
            [
                "NAME           KIND   TAGS              VALUE  TREND",
                "http.requests  count  env:prod,route:/  2,000       ▁▅█",
                "queue.depth    gauge                    2.5         █",
            ]
        );
        assert_eq!(
            plain(&rows(3), 43, None),
            [
                "NAME           KIND   TAGS            VALUE",
                "http.requests  count  env:pro…oute:/  2,000",
                "queue.depth    gauge                  2.5",
            ]
        );
        assert_eq!(
            plain(&rows(3), 30, None),
            ["NAME           KIND   VALUE", "http.requests  count  2,000", "queue.depth    gauge  2.5",]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let rows = rows(20);
        for width in 20..120 {
            for line in plain(&rows, width, None) {
                assert!(super::columns(&line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn without_a_series_there_is_no_table() {
        assert_eq!(plain(&Rows::default(), 80, Some(20)), Vec::<String>::new());
    }

    /// Series of long names and tags that differ somewhere, all of the same value.
    fn long(count: u64) -> Rows {
        let mut rows = Rows::default();
        rows.begin_flush();
        let middle = "a.rather.long.part.".repeat(3);
        for n in 0..count {
            let name = format!("service.{}{middle}{}end", n % 3, if n % 2 == 0 { "x." } else { "" });
            let tags = format!("env:prod,host:web-{n}-{middle},region:eu");
            rows.push(&series(&name, "", &tags, Point::Count(1.0)));
        }
        rows
    }

    #[test]
    fn no_two_rows_look_alike_and_what_all_share_stands_in_the_head() {
        for (width, height) in [(40, 24), (80, 24), (200, 50), (30, 16)] {
            let rows = long(60);
            let chosen: Vec<_> = rows.iter().collect();
            let pages = Pages::of(&chosen, Space { width, height: Some(height), colours: false });
            assert!(pages.head[0].starts_with("all: env:prod,"), "{:?}", pages.head);
            let mut seen = std::collections::HashSet::new();
            for page in &pages.pages {
                assert!(page.len() + pages.head.len() <= height, "{width} x {height}: {} lines", page.len());
                assert!(page.iter().all(|line| columns(line) <= width && !line.contains("region:eu")));
                // A line without an indent begins a row.
                let mut row = String::new();
                for line in page {
                    if !line.starts_with("  ") && !row.is_empty() {
                        assert!(seen.insert(std::mem::take(&mut row)), "{width}: twice");
                    }
                    row.push_str(line);
                }
                assert!(seen.insert(row), "{width}: twice");
            }
            assert_eq!(seen.len(), 60, "{width}");
        }
    }
}
