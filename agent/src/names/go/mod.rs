//! Regular expressions as Go's `regexp` reads and matches them (RE2's syntax): every mapper profile that there is was
//! written for the Agent, which is in Go.
//!
//! A parser of our own ([`parser`]) accepts what Go's accepts and refuses what Go's refuses; the engine below it prefers
//! the same match (leftmost, the first alternative first) and takes time linear in the text. Text is read as Go reads
//! it: as UTF-8, in which each byte that is broken is a U+FFFD of its own.
//!
//! Differences that are known: Unicode's tables are those of a newer version than Go's, and the names of scripts of
//! several words, such as `\p{Old_Italic}`, are accepted, as by Go up to 1.24.

mod class;
mod escape;
mod flags;
mod parser;
mod quantifier;
mod template;
#[cfg(test)]
mod tests;

use std::ops::Range;

use regex_automata::Input;
use regex_automata::meta;
use regex_automata::util::captures::Captures;

/// The most bytes of a compiled expression. Go's limit is 128 MiB; no mapper profile comes near to either.
const MOST_BYTES: usize = 10 << 20;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    regex: meta::Regex,
    /// The names of the groups, by number; the first is the whole match.
    names: Vec<Option<String>>,
}

/// A match: where each group stands in the text.
pub(super) struct Match<'a> {
    expression: &'a Expression,
    text: &'a [u8],
    groups: Vec<Option<Range<usize>>>,
}

impl Expression {
    /// Compiles `pattern`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(super) fn new(pattern: &str) -> Result<Expression, String> {
        let parser::Parsed { hir, names } =
            parser::parse(pattern).map_err(|problem| format!("{problem}, in '{pattern}'"))?;
        let config = meta::Config::new().nfa_size_limit(Some(MOST_BYTES)).utf8_empty(true);
        let regex = meta::Builder::new().configure(config).build_from_hir(&hir);
        let regex = regex.map_err(|_| format!("the expression is too large, in '{pattern}'"))?;
        Ok(Expression { regex, names })
    }

    /// The first match in `text`, if there is one.
    pub(super) fn find<'a>(&'a self, text: &'a [u8]) -> Option<Match<'a>> {
        let mut found = self.regex.create_captures();
        let groups = if str::from_utf8(text).is_ok() {
            self.groups(text, &mut found)?
        } else {
            let (repaired, starts) = repaired(text);
            let at = |place: usize| starts.partition_point(|start| *start < place);
            let groups = self.groups(repaired.as_bytes(), &mut found)?;
            groups.into_iter().map(|group| group.map(|group| at(group.start)..at(group.end))).collect()
        };
        Some(Match { expression: self, text, groups })
    }

    fn groups(&self, text: &[u8], found: &mut Captures) -> Option<Vec<Option<Range<usize>>>> {
        self.regex.search_captures(&Input::new(text), found);
        found.is_match().then(|| {
            let group = |number| found.get_group(number).map(|span| span.start..span.end);
            (0..self.names.len()).map(group).collect()
        })
    }
}

impl Match<'_> {
    /// The text of a group; nothing of one that is not there or has not taken part.
    fn group(&self, number: usize) -> &[u8] {
        let range = self.groups.get(number).and_then(Option::clone);
        range.and_then(|range| self.text.get(range)).unwrap_or_default()
    }

    /// The text of the first group of this name that has taken part.
    fn named(&self, name: &str) -> &[u8] {
        let mut numbers = (0..).zip(&self.expression.names).filter(|(_, own)| own.as_deref() == Some(name));
        let number = numbers.find(|(number, _)| self.groups.get(*number).is_some_and(Option::is_some));
        number.map_or(&[], |(number, _)| self.group(number))
    }
}

/// The text with U+FFFD for each byte that is not part of a character, and where each byte of `text` is found in it.
fn repaired(text: &[u8]) -> (String, Vec<usize>) {
    let mut repaired = String::new();
    let mut starts = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        starts.extend((0..chunk.valid().len()).map(|place| repaired.len() + place));
        repaired.push_str(chunk.valid());
        for _ in chunk.invalid() {
            starts.push(repaired.len());
            repaired.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (repaired, starts)
}
