//! Series as a table for people: name, kind, tags, value or percentiles, and a sparkline of the last buckets.
//!
//! On a terminal the table stays in its place and fits it, page by page, while events, service checks and the log scroll
//! away above; keys search, sort and turn pages. Elsewhere each flush is appended in full, without colours. The server's
//! own series do not have rows; what they count is in the line on top.

mod layout;
mod number;
mod rows;
mod said;
mod screen;
mod spark;
mod style;
mod text;
mod view;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use basenji::server::{Bucket, Point};

use super::Show;
use crate::terminal::{self, Key};
use layout::{Pages, Space};
use number::short;
use rows::Rows;
pub(crate) use screen::Screen;
use style::Style;
pub(crate) use text::{columns, cut, printable, steers};
use view::{Sort, View};

/// The table, shared by the sink that fills it and the keys that steer it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    inner: Arc<Mutex<Inner>>,
    screen: Option<Screen>,
    colours: bool,
}

#[derive(Debug)]
struct Inner {
    rows: Rows,
    totals: Totals,
    /// Seconds since 1970 of the last flush.
    flushed_at: i64,
    view: View,
    /// Whether keys are read, so that the foot tells of them.
    has_keys: bool,
}

impl Table {
    /// A table on `screen`, or without one to be appended to standard output.
    pub(crate) fn new(screen: Option<Screen>) -> Self {
        let colours = screen.is_some() && terminal::has_colours(&io::stdout());
        let view = View::new(if screen.is_some() { Sort::Change } else { Sort::Name });
        let (rows, totals) = (Rows::default(), Totals::default());
        let inner = Inner { rows, totals, flushed_at: 0, view, has_keys: false };
        Table { inner: Arc::new(Mutex::new(inner)), screen, colours }
    }

    /// The foot tells of keys from now on.
    pub(crate) fn expect_keys(&self) {
        self.lock().has_keys = true;
    }

    /// Whether a search is being typed.
    pub(crate) fn is_typing(&self) -> bool {
        self.lock().view.is_typing
    }

    /// Takes a key, or without one a new size of the screen, and draws what that changes.
    ///
    /// # Errors
    ///
    /// What the terminal reports.
    pub(crate) fn press(&self, key: Option<Key>) -> io::Result<()> {
        let mut inner = self.lock();
        let is_new = key.is_none_or(|key| inner.view.press(key));
        match &self.screen {
            Some(screen) if is_new && inner.flushed_at > 0 => screen.draw("", inner.lines(self.space())),
            _ => Ok(()),
        }
    }

    fn space(&self) -> Space {
        let Some(_) = self.screen else { return Space { width: usize::MAX, height: None, colours: false } };
        let (width, height) = terminal::size();
        // The line on top, a blank one, the one at the foot, the one where the cursor stands, and some for what was said.
        let others = 4 + height / 8;
        Space { width, height: Some(height.saturating_sub(others).max(2)), colours: self.colours }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Show for Table {
    fn show(&mut self, bucket: &Bucket) -> io::Result<()> {
        let mut inner = self.lock();
        inner.take(bucket);
        let mut said = String::new();
        said.extend(bucket.events().map(|event| said::event(&event, self.colours)));
        said.extend(bucket.service_checks().map(|check| said::service_check(&check, self.colours)));
        match &self.screen {
            Some(screen) if inner.view.is_paused => screen.say_only(&said),
            Some(screen) => screen.draw(&said, inner.lines(self.space())),
            None => {
                let lines = inner.lines(self.space());
                let mut output = io::stdout().lock();
                output.write_all(said.as_bytes())?;
                lines.iter().try_for_each(|line| writeln!(output, "{line}"))?;
                writeln!(output)?;
                output.flush()
            }
        }
    }
}

impl Inner {
    fn take(&mut self, bucket: &Bucket) {
        self.totals = Totals::default();
        self.rows.begin_flush();
        for series in bucket.series() {
            match series.name.strip_prefix(b"basenji.") {
                Some(name) => self.totals.take(name, &series.point),
                None => self.rows.push(&series),
            }
        }
        self.flushed_at = i64::try_from(bucket.flushed_at().as_secs()).unwrap_or(i64::MAX);
    }

    /// The line on top, the rows of the present page, and the foot.
    fn lines(&mut self, space: Space) -> Vec<String> {
        let all = self.rows.iter().len() + self.rows.left_out();
        let mut lines = vec![self.totals.line(self.flushed_at, all, space)];
        let chosen = self.view.choose(&self.rows);
        let (count, pages) = (chosen.len(), Pages::of(&chosen, space));
        let number = pages.len();
        let rows = pages.lines(self.view.page(number));
        lines.extend(rows);
        let is_more = number > 1 || self.rows.left_out() > 0;
        if self.has_keys {
            lines.push(fitting(&self.view.foot(number, count, self.rows.iter().len()), space));
        } else if space.height.is_some() && is_more {
            lines.push(fitting(&["… and more; JSON lines have them all: basenji --format json".to_owned()], space));
        }
        if space.height.is_some() {
            lines.insert(0, String::new());
        }
        lines
    }
}

/// As many parts as fit a line.
fn fitting(parts: &[String], space: Space) -> String {
    let mut line = String::new();
    for part in parts {
        let gap = if line.is_empty() { "" } else { "   " };
        if !line.is_empty() && columns(&line) + gap.len() + columns(part) > space.width {
            break;
        }
        line.push_str(gap);
        line.push_str(part);
    }
    Style::Faint.paint(text::fitted(&line, space.width.min(columns(&line))).trim_end(), space.colours)
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
