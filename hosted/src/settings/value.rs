//! What an option's value may be, and what it is by default.

use std::fmt;
use std::time::Duration;

/// What the value of an option is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Yes or no.
    Switch,
    /// A whole number.
    Whole,
    /// A number above 0 and up to 1.
    Share,
    /// A time.
    Time,
    /// Text.
    Text,
    /// Several texts.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// The value that a caller gave.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Of [`Kind::Switch`].
    Switch(bool),
    /// Of [`Kind::Whole`].
    Whole(u64),
    /// Of [`Kind::Share`].
    Number(f64),
    /// Of [`Kind::Time`].
    Time(Duration),
    /// Of [`Kind::Text`] and [`Kind::Choice`].
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Switch(on) => fmt::Display::fmt(on, f),
            Value::Whole(number) => fmt::Display::fmt(number, f),
            Value::Number(number) => fmt::Display::fmt(number, f),
            Value::Time(time) => fmt::Display::fmt(&Shown(*time), f),
            Value::Text(text) => write!(f, "'{}'", text.escape_debug()),
            Value::List(texts) => write!(f, "{texts:?}"),
        }
    }
}

/// A time as people read it: whole seconds, or milliseconds.
pub(super) struct Shown(pub(super) Duration);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(time) = self;
        match time.subsec_nanos() {
            0 if time.is_zero() => f.write_str("0"),
            0 => write!(f, "{} s", time.as_secs()),
            _ => write!(f, "{} ms", time.as_secs_f64() * 1000.0),
        }
    }
}

/// What an option is if nobody says anything.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Usual {
    /// Yes or no.
    Switch(bool),
    /// A whole number.
    Whole(u64),
    /// A number.
    Number(f64),
    /// Milliseconds.
    Millis(u64),
    /// Text; empty for none.
    Text(&'static str),
    /// Several texts.
    List(&'static [&'static str]),
    /// No single value: what it depends on, in words.
    Depends(&'static str),
}

impl fmt::Display for Usual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Usual::Switch(on) => fmt::Display::fmt(on, f),
            Usual::Whole(number) => fmt::Display::fmt(number, f),
            Usual::Number(number) => fmt::Display::fmt(number, f),
            Usual::Millis(millis) => fmt::Display::fmt(&Shown(Duration::from_millis(*millis)), f),
            Usual::Text("") | Usual::List([]) => f.write_str("none"),
            Usual::Text(text) | Usual::Depends(text) => f.write_str(text),
            Usual::List(texts) => f.write_str(&texts.join(", ")),
        }
    }
}
