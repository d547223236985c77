//! The parser: a stack of what is read, which `|`, `)` and the end fold into one, as Go's does, so that the oddities are
//! the same (`a(?i)*` repeats the `a`).

use regex_syntax::hir::{Capture, Hir, Look, Repetition};

use super::class::{self, Set};
use super::escape;
use super::flags::Flags;
use super::quantifier::{self, Quantifier};

/// The most levels of an expression, as in Go.
const DEEPEST: usize = 1000;

/// The outcome of parsing an expression.
pub(super) struct Parsed {
    pub(super) hir: Hir,
    /// The names of the groups, by number; the first is the whole match.
    pub(super) names: Vec<Option<String>>,
}

/// A part of the expression, and what is needed to judge repetitions of it.
struct Item {
    hir: Hir,
    height: usize,
    /// The largest product of nested numbers of repetitions.
    product: u64,
}

enum Entry {
    Item(Item),
    Bar,
    /// An open group: its number if it captures, and the flags before it.
    Open {
        number: Option<u32>,
        flags: Flags,
    },
}

struct Parser<'a> {
    rest: &'a str,
    flags: Flags,
    stack: Vec<Entry>,
    names: Vec<Option<String>>,
}

/// Reads an expression.
///
/// # Errors
///
/// What is wrong with it, in words.
pub(super) fn parse(pattern: &str) -> Result<Parsed, String> {
    let mut parser = Parser { rest: pattern, flags: Flags::default(), stack: Vec::new(), names: vec![None] };
    let mut after_repetition = false;
    while let Some(letter) = parser.rest.chars().next() {
        let is_repetition = parser.step(letter, after_repetition)?;
        after_repetition = is_repetition;
    }
    let item = parser.fold();
    if !parser.stack.is_empty() {
        return Err("unclosed group".to_owned());
    }
    Ok(Parsed { hir: item.hir, names: parser.names })
}

impl Parser<'_> {
    /// Reads one thing; whether it was a repetition.
    fn step(&mut self, letter: char, after_repetition: bool) -> Result<bool, String> {
        match letter {
            '(' if self.rest.starts_with("(?") => self.special_group()?,
            '(' => {
                self.skip(1);
                self.open(None)?;
            }
            '|' => {
                self.skip(1);
                let branch = self.concatenation();
                self.stack.extend([Entry::Item(branch), Entry::Bar]);
            }
            ')' => {
                self.skip(1);
                self.close()?;
            }
            '^' => {
                self.skip(1);
                self.push(Hir::look(if self.flags.lines { Look::StartLF } else { Look::Start }));
            }
            '$' => {
                self.skip(1);
                self.push(Hir::look(if self.flags.lines { Look::EndLF } else { Look::End }));
            }
            '.' => {
                self.skip(1);
                self.push_set(if self.flags.dot_all { Set::all() } else { Set::of('\n').negated() });
            }
            '[' => {
                let (set, rest) = class::read(self.rest, self.flags)?;
                self.rest = rest;
                self.push_set(set);
            }
            '*' | '+' | '?' | '{' => match quantifier::read(self.rest)? {
                None => self.literal(letter),
                Some((quantifier, rest)) => {
                    self.rest = rest;
                    self.repeat(quantifier, after_repetition)?;
                    return Ok(true);
                }
            },
            '\\' => self.escape()?,
            _ => self.literal(letter),
        }
        Ok(false)
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn push(&mut self, hir: Hir) {
        self.stack.push(Entry::Item(Item { hir, height: 1, product: 1 }));
    }

    fn push_set(&mut self, set: Set) {
        self.push(set.into_hir());
    }

    /// The next character stands for itself.
    fn literal(&mut self, letter: char) {
        self.skip(letter.len_utf8());
        self.push_rune(u32::from(letter));
    }

    fn push_rune(&mut self, rune: u32) {
        let set = Set::range(rune, rune);
        self.push_set(if self.flags.fold { set.folded() } else { set });
    }

    fn escape(&mut self) -> Result<(), String> {
        let look = match self.rest.as_bytes().get(1) {
            Some(b'A') => Some(Look::Start),
            Some(b'z') => Some(Look::End),
            Some(b'b') => Some(Look::WordAscii),
            Some(b'B') => Some(Look::WordAsciiNegate),
            Some(b'Q') => {
                let text = &self.rest[2..];
                let (literal, rest) = text.split_once("\\E").unwrap_or((text, ""));
                literal.chars().for_each(|letter| self.push_rune(u32::from(letter)));
                self.rest = rest;
                return Ok(());
            }
            _ => None,
        };
        if let Some(look) = look {
            self.skip(2);
            self.push(Hir::look(look));
            return Ok(());
        }
        if let Some((set, rest)) = class::read_escape(self.rest, self.flags)? {
            self.rest = rest;
            self.push_set(set);
            return Ok(());
        }
        let (rune, rest) = escape::read(self.rest)?;
        self.rest = rest;
        self.push_rune(rune);
        Ok(())
    }

    /// Repeats the last item.
    fn repeat(&mut self, quantifier: Quantifier, after_repetition: bool) -> Result<(), String> {
        if after_repetition {
            return Err("a repetition directly after a repetition".to_owned());
        }
        let Some(Entry::Item(_)) = self.stack.last() else {
            return Err("a repetition of nothing".to_owned());
        };
        let Some(Entry::Item(item)) = self.stack.pop() else { return Ok(()) };
        let Quantifier { min, max, lazy, counted } = quantifier;
        let height = deeper(item.height)?;
        let count = if counted { u64::from(max.unwrap_or(min)) } else { 1 };
        // None at all is not a factor.
        let product = if counted && max == Some(0) { 1 } else { count.max(1) * item.product };
        if counted && (min >= 2 || max.is_some_and(|max| max >= 2)) && product > u64::from(quantifier::MOST) {
            return Err(format!("more than {} repetitions", quantifier::MOST));
        }
        let greedy = lazy == self.flags.ungreedy;
        let hir = Hir::repetition(Repetition { min, max, greedy, sub: Box::new(item.hir) });
        self.stack.push(Entry::Item(Item { hir, height, product }));
        Ok(())
    }

    fn open(&mut self, name: Option<String>) -> Result<(), String> {
        let number = u32::try_from(self.names.len()).map_err(|_| "too many groups".to_owned())?;
        self.names.push(name);
        self.stack.push(Entry::Open { number: Some(number), flags: self.flags });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let item = self.fold();
        let Some(Entry::Open { number, flags }) = self.stack.pop() else {
            return Err("a ')' without its '('".to_owned());
        };
        self.flags = flags;
        let item = match number {
            None => item,
            Some(index) => Item {
                height: deeper(item.height)?,
                hir: Hir::capture(Capture { index, name: None, sub: Box::new(item.hir) }),
                product: item.product,
            },
        };
        self.stack.push(Entry::Item(item));
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?i)` or `(?i:`.
    fn special_group(&mut self) -> Result<(), String> {
        let rest = self.rest;
        if let Some(named) = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<")) {
            let is_name =
                |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            let (name, rest) =
                named.split_once('>').filter(|(name, _)| is_name(name)).ok_or("a bad name of a group")?;
            self.rest = rest;
            return self.open(Some(name.to_owned()));
        }
        let before = self.flags;
        let (mut on, mut has_flag, mut is_negated) = (true, false, false);
        for (place, letter) in rest.char_indices().skip(2) {
            match letter {
                'i' => self.flags.fold = on,
                'm' => self.flags.lines = on,
                's' => self.flags.dot_all = on,
                'U' => self.flags.ungreedy = on,
                '-' if !is_negated => (on, is_negated) = (false, true),
                ':' | ')' if !is_negated || has_flag => {
                    self.skip(place + 1);
                    if letter == ':' {
                        self.stack.push(Entry::Open { number: None, flags: before });
                    }
                    return Ok(());
                }
                _ => break,
            }
            has_flag = letter != '-';
        }
        Err("a bad flag of a group".to_owned())
    }

    /// The items since the last `|` or `(` as one.
    fn concatenation(&mut self) -> Item {
        let is_item = |entry: &Entry| matches!(entry, Entry::Item(_));
        let start = self.stack.iter().rposition(|entry| !is_item(entry)).map_or(0, |place| place + 1);
        let items: Vec<Item> = self.stack.drain(start..).filter_map(Entry::item).collect();
        joined(items, Hir::concat)
    }

    /// Everything since the last `(` as one.
    fn fold(&mut self) -> Item {
        let last = self.concatenation();
        let start =
            self.stack.iter().rposition(|entry| matches!(entry, Entry::Open { .. })).map_or(0, |place| place + 1);
        let mut branches: Vec<Item> = self.stack.drain(start..).filter_map(Entry::item).collect();
        branches.push(last);
        joined(branches, Hir::alternation)
    }
}

impl Entry {
    fn item(self) -> Option<Item> {
        match self {
            Entry::Item(item) => Some(item),
            Entry::Bar | Entry::Open { .. } => None,
        }
    }
}

/// Several items as one; one alone stays as it is.
fn joined(mut items: Vec<Item>, join: fn(Vec<Hir>) -> Hir) -> Item {
    if items.len() == 1
        && let Some(item) = items.pop()
    {
        return item;
    }
    let height = items.iter().map(|item| item.height).max().unwrap_or(0) + 1;
    let product = items.iter().map(|item| item.product).max().unwrap_or(1);
    Item { hir: join(items.into_iter().map(|item| item.hir).collect()), height, product }
}

fn deeper(height: usize) -> Result<usize, String> {
    if height >= DEEPEST { Err("groups nested too deep".to_owned()) } else { Ok(height + 1) }
}
