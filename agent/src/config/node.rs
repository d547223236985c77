//! What a YAML file says, as text with the line of every part: what a text means is decided by the key that asks.

use std::fmt;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes in a file or in JSON, where it may be a number or a truth value.
    Plain,
    /// In quotes, or as a variable or a flag.
    Text,
}

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// From 1.
    pub(crate) line: usize,
    /// How its text is written; of anything else it says nothing.
    pub(crate) style: Style,
    /// What it is.
    pub(crate) shape: Shape,
}

/// The forms of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing, `~` or `null`.
    Null,
    /// Text, a number or a truth value, as it is written.
    Text(String),
    /// `- item` or `[item]`.
    List(Vec<Node>),
    /// `key: value`, in order.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// The line of the key.
    pub(crate) line: usize,
    pub(crate) value: Node,
}

/// What is wrong, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: usize,
    pub(crate) problem: String,
}

impl Node {
    /// The number of values in it, itself included.
    pub(super) fn size(&self) -> usize {
        match &self.shape {
            Shape::Null | Shape::Text(_) => 1,
            Shape::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Shape::Map(entries) => 1 + entries.iter().map(|entry| entry.value.size()).sum::<usize>(),
        }
    }

    /// An error at this place.
    pub(crate) fn bad(&self, problem: impl fmt::Display) -> Bad {
        Bad { line: self.line, problem: problem.to_string() }
    }

    /// What it is, in words, for an error that expects something else.
    pub(crate) fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Null => "nothing",
            Shape::Text(_) => "a plain value",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a mapping",
        }
    }

    /// The entries of a mapping; none of nothing.
    ///
    /// # Errors
    ///
    /// It is something else.
    pub(crate) fn entries(&self) -> Result<&[Entry], Bad> {
        match &self.shape {
            Shape::Map(entries) => Ok(entries),
            Shape::Null => Ok(&[]),
            _ => Err(self.bad(format_args!("expected keys with values, found {}", self.kind()))),
        }
    }
}

/// What JSON says, as if it stood on one line.
impl From<serde_json::Value> for Node {
    fn from(json: serde_json::Value) -> Node {
        use serde_json::Value;
        let style = if json.is_string() { Style::Text } else { Style::Plain };
        let shape = match json {
            Value::Null => Shape::Null,
            Value::Bool(truth) => Shape::Text(truth.to_string()),
            Value::Number(number) => Shape::Text(number.to_string()),
            Value::String(text) => Shape::Text(text),
            Value::Array(items) => Shape::List(items.into_iter().map(Node::from).collect()),
            Value::Object(entries) => Shape::Map(
                entries.into_iter().map(|(key, value)| Entry { key, line: 1, value: value.into() }).collect(),
            ),
        };
        Node { line: 1, style, shape }
    }
}

#[cfg(test)]
impl Node {
    /// A node in a notation of the tests.
    pub(super) fn spelled(&self) -> String {
        match &self.shape {
            Shape::Null => "-".to_owned(),
            Shape::Text(text) => format!("{text:?}"),
            Shape::List(items) => format!("[{}]", items.iter().map(Node::spelled).collect::<Vec<_>>().join(" ")),
            Shape::Map(entries) => {
                let entries =
                    entries.iter().map(|entry| format!("{}@{}={}", entry.key, entry.line, entry.value.spelled()));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
            }
        }
    }
}
