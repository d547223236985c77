//! The values of a metric: one, packed with colons since v1.1, or the member of a set.

use super::block::WIDE;
use super::grammar::{Parsed, fail, finish};
use super::kind::MetricKind;
use super::number;
use super::scan::Scan;
use super::search::find;
use super::window::{WINDOW, are_decimals};
use super::writer::{Part, WriteError, Writer};
use crate::ErrorKind;
use nom::Parser;

/// The values of one metric.
///
/// Two are equal when they hold the same numbers, bit by bit, or the same member, whatever their form.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// A single number.
    One(f64),
    /// Packed text (v1.1) that is known to hold numbers, at least one.
    Many(Numbers<'a>),
    /// Numbers in memory, for a writer.
    List(&'a [f64]),
    /// The member of a set, as it stands on the wire, colons included.
    Member(&'a [u8]),
}

impl<'a> Values<'a> {
    /// The values of a metric of this kind in the text between the name's colon and the next `|`. Cost: linear in the text.
    ///
    /// # Errors
    ///
    /// - `EmptyValue`: there is no number, or no byte of a member.
    /// - `BadValue`: an item is no number.
    pub fn of_text(kind: MetricKind, text: &'a [u8]) -> Result<Self, ErrorKind> {
        if text.is_empty() {
            return Err(ErrorKind::EmptyValue);
        }
        finish(text, values(kind, text)).map_err(|error| error.kind)
    }

    /// [`Values::of_text`], without the reason for a refusal.
    #[inline(always)]
    pub(crate) fn read(kind: MetricKind, text: &'a [u8]) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        values(kind, text).ok().map(|(_, values)| values)
    }

    /// The value of a metric of this kind in `text`, if it is one of the common numbers, all of which are finite; `None` says nothing.
    #[inline(always)]
    pub(crate) fn plain(kind: MetricKind, text: &[u8]) -> Option<f64> {
        match (kind, text) {
            (MetricKind::Set, _) => None,
            // Half of all values are a single digit.
            (_, [digit @ b'0'..=b'9']) if WIDE => Some(f64::from(digit.wrapping_sub(b'0'))),
            _ => number::parse_plain(text),
        }
    }

    /// The numbers in order; none for a member.
    #[inline]
    pub fn iter(&self) -> ValueIter<'a> {
        let none = ValueIter { one: None, list: &[], text: Items::new(&[]) };
        match *self {
            Values::One(value) => ValueIter { one: Some(value), ..none },
            Values::Many(numbers) => ValueIter { text: Items::new(numbers.text), ..none },
            Values::List(list) => ValueIter { list, ..none },
            Values::Member(_) => none,
        }
    }

    /// The member of a set.
    pub fn member(&self) -> Option<&'a [u8]> {
        match self {
            Values::Member(member) => Some(member),
            _ => None,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), WriteError> {
        let missing = Err(WriteError::Refused { part: Part::Value, offset: 0 });
        match self {
            Values::Member(b"") => missing,
            Values::Member(member) => writer.text(Part::Value, member, b"|\n"),
            // The text is known to hold nothing but numbers and colons.
            Values::Many(numbers) => writer.raw(numbers.text),
            _ => {
                let mut values = self.iter();
                let Some(first) = values.next() else { return missing };
                writer.number(first)?;
                for value in values {
                    writer.raw(b":")?;
                    writer.number(value)?;
                }
                Ok(())
            }
        }
    }
}

impl PartialEq for Values<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.member() == other.member() && self.iter().map(f64::to_bits).eq(other.iter().map(f64::to_bits))
    }
}

/// The numbers of a [`Values`], in order.
#[derive(Debug, Clone)]
pub struct ValueIter<'a> {
    one: Option<f64>,
    list: &'a [f64],
    text: Items<'a>,
}

impl<'a> ValueIter<'a> {
    /// What is left of numbers in memory, if there are some and all of them are finite.
    pub(crate) fn finite_list(&self) -> Option<&'a [f64]> {
        // A finite number times zero is zero. Four sums need not wait for one another.
        let (whole, rest) = self.list.as_chunks::<4>();
        let mut zeros = [0.0; 4];
        let mut add = |values: &[f64]| zeros.iter_mut().zip(values).for_each(|(zero, value)| *zero += value * 0.0);
        whole.iter().for_each(|values| add(values));
        add(rest);
        let all = zeros.iter().sum::<f64>() == 0.0;
        (all && !self.list.is_empty()).then_some(self.list)
    }
}

impl Iterator for ValueIter<'_> {
    type Item = f64;

    #[inline]
    fn next(&mut self) -> Option<f64> {
        if let Some(value) = self.one.take() {
            return Some(value);
        }
        if let Some((value, rest)) = self.list.split_first() {
            self.list = rest;
            return Some(*value);
        }
        self.text.find_map(number::parse)
    }

    /// Cheaper than the same loop over [`ValueIter::next`].
    #[inline]
    fn fold<B, F: FnMut(B, f64) -> B>(self, init: B, mut f: F) -> B {
        if let Some(value) = self.one {
            return f(init, value);
        }
        let folded = self.list.iter().copied().fold(init, &mut f);
        self.text.0.fold(folded, |folded, item| match number::parse(item) {
            Some(value) => f(folded, value),
            None => folded,
        })
    }
}

/// Numbers packed with `:`; empty items are passed over.
#[derive(Debug, Clone, Copy)]
pub struct Numbers<'a> {
    text: &'a [u8],
}

impl<'a> Numbers<'a> {
    /// Checks that `text` holds numbers only, and at least one.
    #[inline]
    fn check(text: &'a [u8]) -> Parsed<'a, Numbers<'a>> {
        if WIDE && text.len() < WINDOW && are_decimals(text) {
            return Ok((&[], Numbers { text }));
        }
        let mut any = false;
        for item in Items::new(text) {
            if number::parse(item).is_none() {
                return fail(ErrorKind::BadValue, item);
            }
            any = true;
        }
        if any { Ok((&[], Numbers { text })) } else { fail(ErrorKind::EmptyValue, text) }
    }
}

/// What stands between colons and is not empty.
#[derive(Debug, Clone)]
struct Items<'a>(Scan<'a, b':', b':'>);

impl<'a> Items<'a> {
    #[inline]
    fn new(text: &'a [u8]) -> Self {
        Items(Scan::new(text))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.0.rest().is_empty() {
            let (item, rest) = self.0.split();
            self.0 = rest.unwrap_or(Scan::new(&[]));
            if !item.is_empty() {
                return Some(item);
            }
        }
        None
    }
}

/// `member`, or `float *( ":" float )` where empty items are passed over.
#[inline(always)]
pub(super) fn values(kind: MetricKind, text: &[u8]) -> Parsed<'_, Values<'_>> {
    match Values::plain(kind, text) {
        Some(value) => Ok((text, Values::One(value))),
        None if kind == MetricKind::Set => Ok((text, Values::Member(text))),
        None => numbers(text),
    }
}

/// `float *( ":" float )`
#[inline(never)]
fn numbers(text: &[u8]) -> Parsed<'_, Values<'_>> {
    if find(b':', text).is_some() {
        return Numbers::check.map(Values::Many).parse(text);
    }
    match number::parse(text) {
        Some(value) => Ok((text, Values::One(value))),
        None => fail(ErrorKind::BadValue, text),
    }
}
