//! What a match becomes: Go's templates.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use super::Match;

impl Match<'_> {
    /// Appends `template` with the groups that it names: `$1`, `$name`, `${1}x`; `$$` is a dollar.
    pub(in crate::names) fn expand(&self, template: &str, out: &mut Vec<u8>) {
        expand(self, template, out);
    }
}

/// Appends `template` with the groups that it names.
///
/// A name is as long as there are letters, digits and underscores, of any script, so that `$1x` is the group called
/// `1x`; a group that does not exist is empty. A dollar that no name follows stands for itself.
fn expand(found: &Match<'_>, template: &str, out: &mut Vec<u8>) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.extend_from_slice(before.as_bytes());
        if let Some(after) = after.strip_prefix('$') {
            out.push(b'$');
            rest = after;
        } else if let Some((name, after)) = name(after) {
            match number(name) {
                Some(number) => out.extend_from_slice(found.group(number)),
                None => out.extend_from_slice(found.named(name)),
            }
            rest = after;
        } else {
            out.push(b'$');
            rest = after;
        }
    }
    out.extend_from_slice(rest.as_bytes());
}

/// The name at the start of `text`, in braces or not, and what follows.
fn name(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{');
    let start = inner.unwrap_or(text);
    let end = start.find(|letter| !is_of_a_name(letter)).unwrap_or(start.len());
    let (name, rest) = start.split_at(end);
    let rest = if inner.is_some() { rest.strip_prefix('}')? } else { rest };
    (!name.is_empty()).then_some((name, rest))
}

/// Whether a letter can stand in a name: a letter, a decimal digit of any script, or an underscore.
fn is_of_a_name(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '_';
    }
    LETTERS_AND_DIGITS.ranges().iter().any(|range| (range.start()..=range.end()).contains(&letter))
}

/// The letters and decimal digits of every script.
static LETTERS_AND_DIGITS: LazyLock<ClassUnicode> =
    LazyLock::new(|| match regex_syntax::parse(r"[\pL\p{Nd}]").map(Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class,
        _ => ClassUnicode::empty(),
    });

/// A number without zeros in front; one that is far too large is a name.
fn number(name: &str) -> Option<usize> {
    let is_number = name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
    let number = name.parse().ok().filter(|_| is_number);
    // Go counts up to nine digits.
    number.filter(|_| name.len() <= 9)
}
