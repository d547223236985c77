//! Lines of a file that are made from a table.

use std::fs;

use std::path::Path;

/// What stands between two lines of a file.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// The file, from the root of the repository.
    pub(crate) file: &'static str,
    /// The line before it, without the blanks around; it is there once, behind the line that begins with `place`.
    pub(crate) after: &'static str,
    /// The line behind it, likewise.
    pub(crate) before: &'static str,
    /// What a line before `after` begins with, where that alone is there several times; empty for none.
    pub(crate) place: &'static str,
    pub(crate) lines: Vec<String>,
}

impl Block {
    /// The first line that is not as it should be. It is written instead where `BASENJI_WRITE` is set.
    pub(crate) fn difference(&self) -> Option<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(self.file);
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let find = |from: usize, wanted: &dyn Fn(&str) -> bool| {
            let found = lines[from..].iter().position(|line| wanted(line.trim()));
            from + found.unwrap_or_else(|| panic!("{}: a line is missing for {self:?}", self.file))
        };
        let place = find(0, &|line| line.starts_with(self.place));
        let first = find(place, &|line| line == self.after) + 1;
        let end = find(first, &|line| line == self.before);
        if lines[first..end] == self.lines {
            return None;
        }
        if std::env::var_os("BASENJI_WRITE").is_some() {
            let all: Vec<_> = lines[..first]
                .iter()
                .copied()
                .chain(self.lines.iter().map(String::as_str))
                .chain(lines[end..].iter().copied())
                .collect();
            fs::write(&path, all.join("\n") + "\n").unwrap();
            return None;
        }
        let at = (0..).find(|at| lines[first..end].get(*at).copied() != self.lines.get(*at).map(String::as_str))?;
        let missing = String::new();
        let expected = self.lines.get(at).unwrap_or(&missing);
        Some(format!(
            "{}:{}: {} instead of {expected}",
            self.file,
            first + at + 1,
            lines[first..end].get(at).unwrap_or(&"nothing")
        ))
    }
}
