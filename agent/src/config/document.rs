//! A YAML document as Go's parsers read it, on which every file of the Agent's has been tried.
//!
//! A key that stands twice in a mapping has the value of its last line; `<<` merges mappings, and what the mapping says
//! itself wins; a tab may stand where blanks may.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::node::{Bad, Entry, Node, Shape, Style};

/// A document, and what of it does not count.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) root: Node,
    /// Keys that stand more than once in a mapping.
    pub(crate) repeated: Vec<Repeated>,
}

/// A key that stands twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) key: String,
    /// The line that counts.
    pub(crate) line: usize,
    /// The line that does not.
    pub(crate) earlier: usize,
}

impl Node {
    /// The only document of `text`, for files of our own: no key stands twice.
    ///
    /// # Errors
    ///
    /// It is not YAML, holds a key twice, or more than one document.
    pub(crate) fn parse(text: &str) -> Result<Node, Bad> {
        let Document { root, repeated } = Document::parse(text)?;
        match repeated.first() {
            None => Ok(root),
            Some(Repeated { key, line, earlier }) => {
                Err(Bad { line: *line, problem: format!("{key} stands in line {earlier} too") })
            }
        }
    }
}

/// The most values of a document, those of aliases and merged mappings included.
const MOST_VALUES: usize = 1 << 20;

/// The deepest nesting, so that walking a document takes a bounded stack.
const DEEPEST: usize = 200;

impl Document {
    /// The only document of `text`; a file that holds nothing is [`Shape::Null`].
    ///
    /// # Errors
    ///
    /// It is not YAML, or more than one document.
    pub(crate) fn parse(text: &str) -> Result<Document, Bad> {
        let mut text = text.to_owned();
        loop {
            match Builder::default().document(&text) {
                Ok(document) => return Ok(document),
                Err(Trouble::Yaml(error)) => {
                    text = without_tab(&text, error.marker()).ok_or_else(|| Bad::from(&error))?;
                }
                Err(Trouble::Content(bad)) => return Err(bad),
            }
        }
    }
}

/// The text with a blank in place of the tabs after a colon, if that is what the parser did not like at `place`.
fn without_tab(text: &str, place: &Marker) -> Option<String> {
    let line = text.split_inclusive('\n').nth(place.line().checked_sub(1)?)?;
    let start = line.as_ptr().addr() - text.as_ptr().addr();
    let (column, _) = line.char_indices().nth(place.col())?;
    let before = line.get(..column)?;
    let colon = before.trim_end_matches(['\t', ' ']);
    if !colon.ends_with(':') || !before.ends_with('\t') {
        return None;
    }
    Some(format!("{}{} {}", &text[..start], colon, &line[column..]) + &text[start + line.len()..])
}

enum Trouble {
    Yaml(ScanError),
    Content(Bad),
}

/// A collection whose end has not come.
enum Open {
    List { line: usize, anchor: usize, items: Vec<Node> },
    Map { line: usize, anchor: usize, entries: Vec<Entry>, merged: Vec<Entry>, key: Option<(String, usize)> },
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    roots: Vec<Node>,
    repeated: Vec<Repeated>,
    values: usize,
}

impl Builder {
    fn document(mut self, text: &str) -> Result<Document, Trouble> {
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(Trouble::Yaml)?;
            let line = span.start.line();
            self.take(event, line).map_err(Trouble::Content)?;
        }
        let mut roots = self.roots.into_iter();
        let root = roots.next().unwrap_or(Node { line: 1, style: Style::Plain, shape: Shape::Null });
        match roots.next() {
            None => Ok(Document { root, repeated: self.repeated }),
            Some(second) => Err(Trouble::Content(second.bad("there is more than one document"))),
        }
    }

    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Bad> {
        if self.open.len() > DEEPEST {
            return Err(Bad { line, problem: "this is nested too deep".to_owned() });
        }
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let style = if style == ScalarStyle::Plain { Style::Plain } else { Style::Text };
                let is_null = style == Style::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let shape = if is_null { Shape::Null } else { Shape::Text(text.into_owned()) };
                self.value(Node { line, style, shape }, anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => self.value(Node { line, ..node.clone() }, 0),
                None => Err(Bad { line, problem: "this names a value that is not complete".to_owned() }),
            },
            Event::SequenceStart(anchor, _) => {
                self.open.push(Open::List { line, anchor, items: Vec::new() });
                Ok(())
            }
            Event::MappingStart(anchor, _) => {
                self.open.push(Open::Map { line, anchor, entries: Vec::new(), merged: Vec::new(), key: None });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { line, anchor, items }) => {
                    self.value(Node { line, style: Style::Plain, shape: Shape::List(items) }, anchor)
                }
                Some(Open::Map { line, anchor, mut entries, merged, .. }) => {
                    for entry in merged {
                        if !entries.iter().any(|own| own.key == entry.key) {
                            entries.push(entry);
                        }
                    }
                    self.value(Node { line, style: Style::Plain, shape: Shape::Map(entries) }, anchor)
                }
                None => Ok(()),
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// Puts a complete value where it belongs.
    fn value(&mut self, node: Node, anchor: usize) -> Result<(), Bad> {
        self.values += node.size();
        if self.values > MOST_VALUES {
            return Err(node.bad("there are too many values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.roots.push(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, merged, key, .. }) => match key.take() {
                None => match node.shape {
                    Shape::Text(name) => *key = Some((name, node.line)),
                    _ => return Err(node.bad(format_args!("a key must be a word, not {}", node.kind()))),
                },
                Some((name, _)) if name == "<<" => merge(node, merged)?,
                Some((name, line)) => {
                    let entry = Entry { key: name, line, value: node };
                    match entries.iter_mut().find(|earlier| earlier.key == entry.key) {
                        None => entries.push(entry),
                        Some(earlier) => {
                            let key = entry.key.clone();
                            self.repeated.push(Repeated { key, line: entry.line, earlier: earlier.line });
                            *earlier = entry;
                        }
                    }
                }
            },
        }
        Ok(())
    }
}

/// Adds the entries of a mapping, or of several, of which an earlier one wins.
fn merge(node: Node, merged: &mut Vec<Entry>) -> Result<(), Bad> {
    match node.shape {
        Shape::Map(entries) => merged.extend(entries),
        Shape::List(maps) if maps.iter().all(|map| matches!(map.shape, Shape::Map(_))) => {
            maps.into_iter().try_for_each(|map| merge(map, merged))?;
        }
        _ => return Err(node.bad(format_args!("<< merges mappings, not {}", node.kind()))),
    }
    Ok(())
}

impl From<&ScanError> for Bad {
    fn from(error: &ScanError) -> Bad {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        Bad { line, problem: format!("this is not YAML, near column {column}: {}", error.info()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        Document::parse(text).unwrap_or_else(|bad| panic!("{text:?}: {bad:?}")).root.spelled()
    }

    #[test]
    fn values_stay_as_they_are_written_and_keys_know_their_line() {
        let text = "# comment\na: 0722\nb: 'no'\n\nc:\n  - 1.10\n  - x: ~\nd: [yes, \"\"]\ne:\n";
        assert_eq!(spelled(text), r#"{a@2="0722" b@3="no" c@5=["1.10" {x@7=-}] d@8=["yes" ""] e@9=-}"#);
    }

    #[test]
    fn json_and_anchors_are_read_and_nothing_is_nothing() {
        assert_eq!(spelled(r#"[{"a": "b\"c", "d": [1]}]"#), r#"[{a@1="b\"c" d@1=["1"]}]"#);
        assert_eq!(spelled("a: &x [1]\nb: *x"), r#"{a@1=["1"] b@2=["1"]}"#);
        for nothing in ["", "\n\n", "# only a comment\n", "---\n"] {
            assert_eq!(spelled(nothing), "-", "{nothing:?}");
        }
    }

    /// Each was read by go.yaml.in/yaml/v2, which the Agent reads its file with.
    #[test]
    fn tabs_merges_and_repeated_keys_are_read_as_gos_parser_reads_them() {
        for (text, expected) in [
            ("a:\t1", r#"{a@1="1"}"#),
            ("a:\tb", r#"{a@1="b"}"#),
            ("a: \t b\nc:\t\t-1\nd:\t'x'", r#"{a@1="b" c@2="-1" d@3="x"}"#),
            ("a: 1\t# c", r#"{a@1="1"}"#),
            ("a:\t\n  b:\tc", r#"{a@1={b@2="c"}}"#),
            ("a:\t|\n  x:\ty\n", r#"{a@1="x:\ty\n"}"#),
            ("a: \"b:\tc\"", r#"{a@1="b:\tc"}"#),
            ("b: &x {p: 1, q: 2}\na: {<<: *x, p: 3}", r#"{b@1={p@1="1" q@1="2"} a@2={p@2="3" q@1="2"}}"#),
            ("b: &x {p: 1}\nc: &y {p: 2}\na: {<<: [*x, *y]}", r#"{b@1={p@1="1"} c@2={p@2="2"} a@3={p@1="1"}}"#),
            ("a: 1\nb: 2\na: 3\n", r#"{a@3="3" b@2="2"}"#),
        ] {
            assert_eq!(spelled(text), expected, "{text:?}");
        }
        let repeated = Document::parse("a: 1\nb: {c: 1, c: 2}\na: 3\n").expect("YAML").repeated;
        let said: Vec<_> = repeated.iter().map(|one| (one.key.as_str(), one.line, one.earlier)).collect();
        assert_eq!(said, [("c", 2, 2), ("a", 3, 1)]);
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        let bomb = (1..40)
            .fold("a0: &a0 [x]\n".to_owned(), |text, n| text + &format!("a{n}: &a{n} [*a{m}, *a{m}]\n", m = n - 1));
        for (text, line, problem) in [
            ("a: 1\nb: [1, 2\n", 3, "this is not YAML"),
            ("a: 1\n\nb: c: d\n", 3, "this is not YAML"),
            ("a: 1\n\nb:\tc: d\n", 3, "this is not YAML"),
            ("a:\n\t b: 1", 2, "this is not YAML"),
            ("a: 1\n---\nb: 2\n", 3, "more than one document"),
            ("a: 1\n? [x]\n: 2\n", 2, "a key must be a word, not a list"),
            ("a: *nobody\n", 1, "this is not YAML"),
            ("a: &a [*a]\n", 1, "not complete"),
            ("a: 'x\n", 1, "this is not YAML"),
            ("a:\n  <<: 1\n", 2, "<< merges mappings, not a plain value"),
            (&bomb, 18, "there are too many values"),
            (&"[".repeat(250), 1, "nested too deep"),
        ] {
            let bad = Document::parse(text).expect_err(text);
            assert_eq!(bad.line, line, "{text:?}: {bad:?}");
            assert!(bad.problem.contains(problem), "{text:?}: {bad:?}");
        }
    }
}
