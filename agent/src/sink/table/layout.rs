//! Rows into lines that fit.

use super::number::short;
use super::rows::{Key, Row, Rows};
use super::spark::sparkline;
use super::style::Style;
use super::text::{columns, fitted};

/// Where the lines are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Space {
    /// Columns of a line.
    pub(super) width: usize,
    /// Lines for the rows and their head, if there is a limit.
    pub(super) height: Option<usize>,
    /// Whether lines have colours.
    pub(super) colours: bool,
}

/// Blanks between two columns.
const GAP: usize = 2;

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
    /// As wide as the texts ask for, if that fits. Otherwise half of the sparkline goes first, then the ends of tags
    /// and names, the rest of the sparkline, the end of the value, and the tags.
    fn of(rows: &[(&Key, &Row)], width: usize) -> Self {
        let widest = |head: &str, texts: &mut dyn Iterator<Item = usize>| texts.fold(columns(head), usize::max);
        let mut widths = Widths {
            name: widest("NAME", &mut rows.iter().map(|(key, _)| columns(&key.name))),
            kind: widest("KIND", &mut rows.iter().map(|(key, _)| columns(key.kind.name()))),
            tags: widest("TAGS", &mut rows.iter().map(|(key, _)| columns(&key.tags))),
            value: widest("VALUE", &mut rows.iter().map(|(_, row)| columns(&row.value))),
            spark: Rows::BUCKETS,
        };
        if rows.iter().all(|(key, _)| key.tags.is_empty()) {
            widths.tags = 0;
        }
        widths.give(width, |widths| &mut widths.spark, 8);
        widths.give(width, |widths| &mut widths.tags, 20);
        widths.give(width, |widths| &mut widths.name, 20);
        widths.give(width, |widths| &mut widths.spark, 0);
        widths.give(width, |widths| &mut widths.tags, 12);
        widths.give(width, |widths| &mut widths.value, 24);
        widths.give(width, |widths| &mut widths.tags, 0);
        widths.give(width, |widths| &mut widths.value, 8);
        widths.give(width, |widths| &mut widths.name, 4);
        widths
    }

    fn all(&self) -> [usize; 5] {
        [self.name, self.kind, self.tags, self.value, self.spark]
    }

    /// Takes from one column what the line has too much, down to `least`.
    fn give(&mut self, width: usize, column: fn(&mut Self) -> &mut usize, least: usize) {
        let used: usize = self.all().iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
        let excess = used.saturating_sub(GAP).saturating_sub(width);
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

/// The head, the rows, and how many there was no room for; nothing if there is no row.
pub(super) fn lines(rows: &Rows, space: Space) -> Vec<String> {
    let shown = match space.height {
        Some(height) if rows.iter().len() + 1 > height || rows.left_out() > 0 => height.saturating_sub(2),
        _ => rows.iter().len(),
    };
    let left_out = rows.iter().len().saturating_sub(shown) + rows.left_out();
    let shown: Vec<_> = rows.iter().take(shown).collect();
    if shown.is_empty() && left_out == 0 {
        return Vec::new();
    }
    let widths = Widths::of(&shown, space.width);
    let head = Some(Style::Head);
    let head = [("NAME", head), ("KIND", head), ("TAGS", head), ("VALUE", head), ("TREND", head)];
    let mut lines = vec![widths.line(head, space.colours)];
    for (key, row) in shown {
        // The last flush comes in the middle of a bucket, when little has come.
        let is_silent = row.silent_for > 1;
        let style = |style| Some(if is_silent { Style::Faint } else { style });
        let kind = Style::Kind(key.kind);
        let figures = row.last_figures(widths.spark);
        let spark = &sparkline(figures);
        let cells = [
            (&key.name[..], style(Style::Strong)),
            (key.kind.name(), style(kind)),
            (&key.tags, Some(Style::Faint)),
            (&row.value, is_silent.then_some(Style::Faint)),
            (spark, style(kind)),
        ];
        lines.push(widths.line(cells, space.colours));
    }
    if left_out > 0 {
        let note = format!("… and {} more; JSON lines have them all: basenji --format json", short(left_out as f64));
        lines.push(Style::Faint.paint(fitted(&note, space.width).trim_end(), space.colours));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use basenji::core::wire::{MetricKind, OriginFields, Tags};
    use basenji::server::{Point, Series};

    fn rows(buckets: u64) -> Rows {
        let mut rows = Rows::default();
        for bucket in 0..buckets {
            rows.begin_flush();
            let mut push = |name: &[u8], kind, tags: &[u8], point| {
                let (tags, origin) = (Tags::Text(tags), OriginFields::NONE);
                rows.push(&Series { name, host: b"", kind, tags, origin, timestamp: bucket * 10, interval: 10, point });
            };
            push(b"http.requests", MetricKind::Count, b"env:prod,route:/", Point::Count(bucket as f64 * 1000.0));
            if bucket == 0 {
                push(b"queue.depth", MetricKind::Gauge, b"", Point::Gauge(2.5));
            }
        }
        rows
    }

    fn plain(rows: &Rows, width: usize, height: Option<usize>) -> Vec<String> {
        lines(rows, Space { width, height, colours: false })
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
                "http.requests  count  env:prod,rout…  2,000",
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
    fn what_does_not_fit_below_the_head_is_counted() {
        assert_eq!(plain(&rows(1), 100, Some(3)).len(), 3);
        let lines = plain(&rows(1), 100, Some(2));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].starts_with("… and 2 more"), "{lines:?}");
    }

    #[test]
    fn without_a_series_there_is_no_table() {
        assert_eq!(plain(&Rows::default(), 80, Some(20)), Vec::<String>::new());
    }
}
