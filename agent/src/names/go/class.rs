//! Sets of characters: `[a-z]`, `[[:alpha:]]`, `\d`, `\pL`.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind};

use super::escape;
use super::flags::Flags;

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set(ClassUnicode);

impl Set {
    fn none() -> Set {
        Set(ClassUnicode::empty())
    }

    pub(super) fn all() -> Set {
        Set::range(0, u32::from(char::MAX))
    }

    pub(super) fn of(letter: char) -> Set {
        Set::range(u32::from(letter), u32::from(letter))
    }

    /// From `low` to `high`; surrogates, which no text has, are left out.
    pub(super) fn range(low: u32, high: u32) -> Set {
        let mut set = Set::none();
        for (from, to) in [(0, 0xd7ff), (0xe000, u32::from(char::MAX))] {
            if let (Some(low), Some(high)) = (char::from_u32(low.max(from)), char::from_u32(high.min(to)))
                && low <= high
            {
                set.0.push(ClassUnicodeRange::new(low, high));
            }
        }
        set
    }

    fn ranges(ranges: &[(char, char)]) -> Set {
        Set(ClassUnicode::new(ranges.iter().map(|&(low, high)| ClassUnicodeRange::new(low, high))))
    }

    pub(super) fn negated(mut self) -> Set {
        self.0.negate();
        self
    }

    /// With every letter in either case.
    pub(super) fn folded(mut self) -> Set {
        // It fails only without the tables, which are compiled in.
        let _ = self.0.try_case_fold_simple();
        self
    }

    fn add(&mut self, other: &Set) {
        self.0.union(&other.0);
    }

    pub(super) fn into_hir(self) -> Hir {
        Hir::class(Class::Unicode(self.0))
    }
}

/// A set that is named, which is folded before it is negated.
fn named(set: Set, is_negated: bool, flags: Flags) -> Set {
    let set = if flags.fold { set.folded() } else { set };
    if is_negated { set.negated() } else { set }
}

/// Reads the brackets at the start of `text`.
///
/// # Errors
///
/// They are not closed, hold a range that runs backwards, or name a set that there is none of.
pub(super) fn read(text: &str, flags: Flags) -> Result<(Set, &str), String> {
    let mut rest = &text[1..];
    let is_negated = rest.starts_with('^');
    rest = rest.strip_prefix('^').unwrap_or(rest);
    let mut set = Set::none();
    let mut is_first = true;
    while is_first || !rest.starts_with(']') {
        is_first = false;
        if let Some((part, after)) = posix(rest, flags)? {
            set.add(&part);
            rest = after;
            continue;
        }
        if let Some((part, after)) = read_escape(rest, flags)? {
            set.add(&part);
            rest = after;
            continue;
        }
        let (low, after) = letter(rest)?;
        let (high, after) = match after.strip_prefix('-') {
            // A '-' before the end stands for itself.
            Some(end) if !end.is_empty() && !end.starts_with(']') => letter(end)?,
            _ => (low, after),
        };
        if high < low {
            return Err("a range that runs backwards".to_owned());
        }
        let part = Set::range(low, high);
        set.add(&if flags.fold { part.folded() } else { part });
        rest = after;
    }
    Ok((if is_negated { set.negated() } else { set }, &rest[1..]))
}

/// One character of brackets.
fn letter(text: &str) -> Result<(u32, &str), String> {
    let mut letters = text.chars();
    match letters.next() {
        None => Err("unclosed brackets".to_owned()),
        Some('\\') => escape::read(text),
        Some(letter) => Ok((u32::from(letter), letters.as_str())),
    }
}

/// `\d`, `\s`, `\w`, `\pL`, `\p{Greek}` and their opposites, if `text` begins with one.
///
/// # Errors
///
/// There is no set of that name.
pub(super) fn read_escape(text: &str, flags: Flags) -> Result<Option<(Set, &str)>, String> {
    let Some(after) = text.strip_prefix('\\') else { return Ok(None) };
    let Some(letter) = after.chars().next() else { return Ok(None) };
    let rest = &after[letter.len_utf8()..];
    let set = match letter.to_ascii_lowercase() {
        'd' => Set::ranges(DIGITS),
        's' => Set::ranges(&[('\t', '\n'), ('\x0c', '\r'), (' ', ' ')]),
        'w' => Set::ranges(WORD),
        'p' => return unicode(rest, letter == 'P', flags).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((named(set, letter.is_ascii_uppercase(), flags), rest)))
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// `[:alpha:]` or `[:^alpha:]`, if `text` begins with one.
fn posix(text: &str, flags: Flags) -> Result<Option<(Set, &str)>, String> {
    let Some((name, rest)) = text.strip_prefix("[:").and_then(|text| text.split_once(":]")) else { return Ok(None) };
    let ranges: &[(char, char)] = match name.strip_prefix('^').unwrap_or(name) {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7f')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1f'), ('\x7f', '\x7f')],
        "digit" => DIGITS,
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err(format!("there is no set [:{name}:]")),
    };
    Ok(Some((named(Set::ranges(ranges), name.starts_with('^'), flags), rest)))
}

/// A category or script of Unicode, by one letter or in braces; a `^` in front is the opposite.
fn unicode(text: &str, is_negated: bool, flags: Flags) -> Result<(Set, &str), String> {
    let (name, rest) = match text.strip_prefix('{') {
        Some(braced) => braced.split_once('}').ok_or("unclosed braces")?,
        None => {
            let letter = text.chars().next().ok_or("a set without its name")?;
            text.split_at(letter.len_utf8())
        }
    };
    let (plain, is_opposite) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let set = table(plain).ok_or_else(|| format!("there is no set \\p{{{name}}}"))?;
    Ok((named(set, is_negated != is_opposite, flags), rest))
}

/// Names of scripts that are as long as the codes of scripts, which Go does not know.
const SHORT_SCRIPTS: [&str; 8] = ["ahom", "cham", "kawi", "lisu", "modi", "newa", "thai", "toto"];

/// The set of a name, without regard to case, underscores, hyphens and blanks.
fn table(name: &str) -> Option<Set> {
    let name: String = name.chars().filter(|letter| !"_- ".contains(*letter)).collect();
    let name = name.to_ascii_lowercase();
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let property = |property: String| match regex_syntax::parse(&property).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(Set(class)),
        // A set of one character is a literal.
        HirKind::Literal(literal) => {
            let text = str::from_utf8(&literal.0).ok()?;
            Some(Set::of(text.chars().next()?))
        }
        _ => None,
    };
    match name.as_str() {
        "any" => return Some(Set::all()),
        "ascii" => return Some(Set::range(0, 0x7f)),
        "assigned" => return Some(table("cn")?.negated()),
        "cs" | "surrogate" => return Some(Set::none()),
        _ => {}
    }
    if let Some(set) = property(format!(r"\p{{gc={name}}}")) {
        return Some(set);
    }
    let is_a_name = name.len() > 4 || SHORT_SCRIPTS.contains(&name.as_str()) || name.len() < 4;
    if is_a_name { property(format!(r"\p{{sc={name}}}")) } else { None }
}
