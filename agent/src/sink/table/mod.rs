//! Series as a table for people: name, kind, tags, value or percentiles, and a sparkline of the last buckets.
//!
//! On a terminal the table stays in its place and fits it, while events, service checks and the log scroll away above.
//! Elsewhere each flush is appended in full, without colours. The server's own series do not have rows; what they count
//! is in the line on top.

mod layout;
mod number;
mod rows;
mod said;
mod screen;
mod spark;
mod style;
mod text;

use std::io::{self, Write};

use basenji::server::{Bucket, Point};

use super::Show;
use crate::terminal;
use layout::Space;
use number::short;
use rows::Rows;
pub(crate) use screen::Screen;
use style::Style;
pub(crate) use text::{columns, printable};

/// The table.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Rows,
    screen: Option<Screen>,
    colours: bool,
}

impl Table {
    /// A table on `screen`, or without one to be appended to standard output.
    pub(crate) fn new(screen: Option<Screen>) -> Self {
        let colours = screen.is_some() && terminal::has_colours(&io::stdout());
        Table { rows: Rows::default(), screen, colours }
    }

    fn space(&self) -> Space {
        let Some(_) = self.screen else { return Space { width: usize::MAX, height: None, colours: false } };
        let (width, height) = Screen::size();
        // The line on top, a blank one, and the one where the cursor stands.
        Space { width, height: Some(height.saturating_sub(3).max(3)), colours: self.colours }
    }
}

impl Show for Table {
    fn show(&mut self, bucket: &Bucket) -> io::Result<()> {
        let mut totals = Totals::default();
        self.rows.begin_flush();
        for series in bucket.series() {
            match series.name.strip_prefix(b"basenji.") {
                Some(name) => totals.take(name, &series.point),
                None => self.rows.push(&series),
            }
        }
        let mut said = String::new();
        said.extend(bucket.events().map(|event| said::event(&event, self.colours)));
        said.extend(bucket.service_checks().map(|check| said::service_check(&check, self.colours)));
        let seconds = i64::try_from(bucket.flushed_at().as_secs()).unwrap_or(i64::MAX);
        let space = self.space();
        let mut lines = vec![totals.line(seconds, self.rows.iter().len() + self.rows.left_out(), space)];
        lines.extend(layout::lines(&self.rows, space));
        match &self.screen {
            Some(screen) => {
                lines.insert(0, String::new());
                screen.draw(&said, lines)
            }
            None => {
                let mut output = io::stdout().lock();
                output.write_all(said.as_bytes())?;
                lines.iter().try_for_each(|line| writeln!(output, "{line}"))?;
                writeln!(output)?;
                output.flush()
            }
        }
    }
}

/// What the server has counted since the last flush.
#[derive(Debug, Default)]
struct Totals {
    /// Whether the server tells at all.
    is_known: bool,
    messages: f64,
    refused: f64,
    lost: f64,
}

impl Totals {
    /// Takes in a series by its name after `basenji.`.
    fn take(&mut self, name: &[u8], point: &Point<'_>) {
        let Point::Count(count) = point else { return };
        match name {
            b"messages" => {
                self.is_known = true;
                self.messages += count;
            }
            b"parse_errors" => self.refused += count,
            b"kernel_drops" | b"refused" | b"series_dropped" | b"events_dropped" | b"checks_dropped" => {
                self.lost += count
            }
            _ => {}
        }
    }

    /// `14:02:10 UTC   23 series   1,204 messages   2 bad lines   0 lost`, as far as it fits.
    fn line(&self, seconds: i64, series: usize, space: Space) -> String {
        let mut items =
            vec![(format!("{} UTC", said::clock(seconds)), false), (counted(series as f64, "series", "series"), false)];
        if self.is_known {
            items.push((counted(self.messages, "message", "messages"), false));
            items.push((counted(self.refused, "bad line", "bad lines"), self.refused > 0.0));
            items.push((format!("{} lost", short(self.lost)), self.lost > 0.0));
        }
        let mut line = String::new();
        for (item, is_alarm) in items {
            let gap = if line.is_empty() { "" } else { "   " };
            if columns(&line) + gap.len() + columns(&item) > space.width {
                break;
            }
            line.push_str(gap);
            line.push_str(&if is_alarm { Style::Alarm.paint(&item, space.colours) } else { item });
        }
        line
    }
}

/// A number of things.
fn counted(count: f64, one: &str, many: &str) -> String {
    format!("{} {}", short(count), if count == 1.0 { one } else { many })
}
