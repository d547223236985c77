//! What a YAML file says, as text with the line of every part: what a text means is decided by the key that asks.

use std::fmt;

use saphyr::{MarkedYaml, ScalarStyle, ScanError, YamlData, YamlLoader};
use saphyr_parser::Parser;

/// A value and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// From 1.
    pub(crate) line: usize,
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
    /// The only document of `text`; a file that holds nothing is [`Shape::Null`].
    ///
    /// # Errors
    ///
    /// It is not YAML, holds a key twice, or more than one document.
    pub(crate) fn parse(text: &str) -> Result<Node, Bad> {
        let mut loader = YamlLoader::<MarkedYaml>::default();
        loader.early_parse(false);
        let loaded = Parser::new_from_str(text).load(&mut loader, true);
        if let Some(error) = loaded.err().as_ref().or(loader.error()) {
            return Err(Bad::from(error));
        }
        let documents = loader.into_documents();
        match &documents[..] {
            [] => Ok(Node { line: 1, shape: Shape::Null }),
            [document] => Node::from_yaml(document),
            [_, second, ..] => {
                Err(Bad { line: second.span.start.line(), problem: "there is more than one document".to_owned() })
            }
        }
    }

    fn from_yaml(yaml: &MarkedYaml<'_>) -> Result<Node, Bad> {
        let line = yaml.span.start.line();
        let shape = match &yaml.data {
            YamlData::Representation(text, ScalarStyle::Plain, _) if is_null(text) => Shape::Null,
            YamlData::Representation(text, ..) => Shape::Text(text.clone().into_owned()),
            YamlData::Sequence(items) => Shape::List(items.iter().map(Node::from_yaml).collect::<Result<_, _>>()?),
            YamlData::Mapping(entries) => {
                let entries = entries.iter().map(|(key, value)| Entry::from_yaml(key, value));
                Shape::Map(entries.collect::<Result<_, _>>()?)
            }
            YamlData::Tagged(_, inner) => return Node::from_yaml(inner),
            YamlData::BadValue => Shape::Null,
            YamlData::Value(_) | YamlData::Alias(_) => {
                return Err(Bad { line, problem: "this kind of value is not supported".to_owned() });
            }
        };
        Ok(Node { line, shape })
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
        Node { line: 1, shape }
    }
}

impl Entry {
    fn from_yaml(key: &MarkedYaml<'_>, value: &MarkedYaml<'_>) -> Result<Entry, Bad> {
        let key = Node::from_yaml(key)?;
        match key.shape {
            Shape::Text(name) => Ok(Entry { key: name, line: key.line, value: Node::from_yaml(value)? }),
            _ => Err(key.bad(format_args!("a key must be a word, not {}", key.kind()))),
        }
    }
}

impl From<&ScanError> for Bad {
    fn from(error: &ScanError) -> Bad {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        Bad { line, problem: format!("this is not YAML, near column {column}: {}", error.info()) }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node without lines, in a notation of its own.
    fn spelled(node: &Node) -> String {
        match &node.shape {
            Shape::Null => "-".to_owned(),
            Shape::Text(text) => format!("{text:?}"),
            Shape::List(items) => format!("[{}]", items.iter().map(spelled).collect::<Vec<_>>().join(" ")),
            Shape::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|entry| format!("{}@{}={}", entry.key, entry.line, spelled(&entry.value)))
                    .collect();
                format!("{{{}}}", entries.join(" "))
            }
        }
    }

    #[test]
    fn values_stay_as_they_are_written_and_keys_know_their_line() {
        let text = "# comment\na: 0722\nb: 'no'\n\nc:\n  - 1.10\n  - x: ~\nd: [yes, \"\"]\ne:\n";
        let node = Node::parse(text).unwrap();
        assert_eq!(spelled(&node), r#"{a@2="0722" b@3="no" c@5=["1.10" {x@7=-}] d@8=["yes" ""] e@9=-}"#);
    }

    #[test]
    fn json_and_anchors_are_read_and_nothing_is_nothing() {
        assert_eq!(spelled(&Node::parse(r#"[{"a": "b\"c", "d": [1]}]"#).unwrap()), r#"[{a@1="b\"c" d@1=["1"]}]"#);
        assert_eq!(spelled(&Node::parse("a: &x [1]\nb: *x").unwrap()), r#"{a@1=["1"] b@2=["1"]}"#);
        for nothing in ["", "\n\n", "# only a comment\n", "---\n"] {
            assert_eq!(spelled(&Node::parse(nothing).unwrap()), "-", "{nothing:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        for (text, line, problem) in [
            ("a: 1\nb: [1, 2\n", 3, "this is not YAML"),
            ("a: 1\n\nb: c: d\n", 3, "this is not YAML"),
            ("a: 1\nb: 2\na: 3\n", 3, "duplicated key"),
            ("a: 1\n---\nb: 2\n", 3, "more than one document"),
            ("a: 1\n? [x]\n: 2\n", 2, "a key must be a word, not a list"),
            ("a: *nobody\n", 1, "this is not YAML"),
            ("a: 'x\n", 1, "this is not YAML"),
        ] {
            let bad = Node::parse(text).unwrap_err();
            assert_eq!(bad.line, line, "{text:?}: {bad:?}");
            assert!(bad.problem.contains(problem), "{text:?}: {bad:?}");
        }
    }
}
