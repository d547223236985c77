//! What somebody has chosen to see of the table: which series, in which order, which page.

use super::rows::{Key as Series, Row, Rows};
use crate::search::Search;
use crate::terminal::Key;

/// In which order series stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Those whose values change most often first.
    Change,
    Name,
    /// The largest last values first.
    Value,
}

impl Sort {
    fn next(self) -> Sort {
        match self {
            Sort::Change => Sort::Name,
            Sort::Name => Sort::Value,
            Sort::Value => Sort::Change,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Sort::Change => "change",
            Sort::Name => "name",
            Sort::Value => "value",
        }
    }
}

/// What is chosen.
#[derive(Debug)]
pub(super) struct View {
    sort: Sort,
    /// The search, as it was typed.
    search: String,
    pub(super) is_typing: bool,
    /// From 0.
    page: usize,
    pub(super) is_paused: bool,
}

impl View {
    pub(super) fn new(sort: Sort) -> View {
        View { sort, search: String::new(), is_typing: false, page: 0, is_paused: false }
    }

    /// Takes a key; false if it means nothing.
    pub(super) fn press(&mut self, key: Key) -> bool {
        match (key, self.is_typing) {
            (Key::Escape, _) => *self = View { is_paused: self.is_paused, ..View::new(self.sort) },
            (Key::Enter, true) => self.is_typing = false,
            (Key::Backspace, true) => {
                self.search.pop();
                self.page = 0;
            }
            (Key::Char(symbol), true) if !symbol.is_control() && self.search.len() < 200 => {
                self.search.push(symbol);
                self.page = 0;
            }
            (Key::Next, _) => self.page += 1,
            (Key::Previous, _) => self.page = self.page.saturating_sub(1),
            (Key::Char('/'), false) => self.is_typing = true,
            (Key::Char('s'), false) => (self.sort, self.page) = (self.sort.next(), 0),
            (Key::Char(' '), false) => self.is_paused = !self.is_paused,
            _ => return false,
        }
        true
    }

    /// The series that are looked for, in order.
    pub(super) fn choose<'a>(&self, rows: &'a Rows) -> Vec<(&'a Series, &'a Row)> {
        let search = Search::parse(&self.search);
        // By name already.
        let mut chosen: Vec<_> = rows.iter().filter(|(key, _)| search.fits(&key.name, &key.tags)).collect();
        match self.sort {
            Sort::Change => chosen.sort_by_key(|(_, row)| (row.silent_for > 1, std::cmp::Reverse(row.changes()))),
            Sort::Name => {}
            Sort::Value => chosen.sort_by(|(_, one), (_, other)| other.last().total_cmp(&one.last())),
        }
        chosen
    }

    /// The page that is shown of so many.
    pub(super) fn page(&mut self, pages: usize) -> usize {
        self.page = self.page.min(pages.saturating_sub(1));
        self.page
    }

    /// The line at the foot, in parts of which the last ones may be left out.
    pub(super) fn foot(&self, pages: usize, chosen: usize, all: usize) -> Vec<String> {
        let search = super::text::printable(&self.search);
        if self.is_typing {
            return vec![
                format!("/{search}_"),
                format!("{chosen} of {all}"),
                "Enter keeps it, Esc clears it".to_owned(),
            ];
        }
        let mut parts = vec![format!("page {} of {}", self.page + 1, pages.max(1))];
        if !search.is_empty() {
            parts.push(format!("{chosen} of {all} fit {search}"));
        }
        if self.is_paused {
            parts.push("paused".to_owned());
        }
        parts.push(format!("s: by {}", self.sort.word()));
        parts.extend(["/: search", "arrows: pages", "space: pause", "q: end"].map(str::to_owned));
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::series;
    use basenji::server::{Point, Series};

    /// `busy` changes in each bucket, `calm` never; `late` came last.
    fn rows() -> Rows {
        let mut rows = Rows::default();
        for bucket in 0..4 {
            rows.begin_flush();
            for (name, tags, value) in
                [("calm", "env:a", 9.0), ("busy", "env:b", bucket as f64), ("late", "env:a", 5.0)]
            {
                rows.push(&Series { timestamp: bucket * 10, ..series(name, "", tags, Point::Gauge(value)) });
            }
        }
        rows
    }

    fn names(view: &View, rows: &Rows) -> Vec<String> {
        view.choose(rows).into_iter().map(|(key, _)| key.name.clone()).collect()
    }

    #[test]
    fn keys_sort_search_and_turn_pages() {
        let rows = rows();
        let mut view = View::new(Sort::Change);
        assert_eq!(names(&view, &rows), ["busy", "calm", "late"]);
        view.press(Key::Char('s'));
        assert_eq!(names(&view, &rows), ["busy", "calm", "late"]);
        view.press(Key::Char('s'));
        assert_eq!(names(&view, &rows), ["calm", "late", "busy"]);
        "/-env:b l".chars().for_each(|symbol| assert!(view.press(Key::Char(symbol))));
        assert_eq!(view.foot(1, 2, 3)[0], "/-env:b l_");
        assert_eq!(names(&view, &rows), ["calm", "late"]);
        view.press(Key::Backspace);
        view.press(Key::Enter);
        assert!(view.foot(1, 2, 3).contains(&"2 of 3 fit -env:b ".to_owned()));
        view.press(Key::Escape);
        assert_eq!(names(&view, &rows).len(), 3);
        (0..9).for_each(|_| assert!(view.press(Key::Next)));
        assert_eq!(view.page(3), 2);
        assert!(view.press(Key::Previous) && view.page(3) == 1);
        assert!(view.press(Key::Char(' ')) && view.is_paused && !view.press(Key::Char('x')));
    }
}
