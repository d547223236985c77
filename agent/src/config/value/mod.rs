//! What kinds of values there are: how each is read from text and from YAML, and how it is shown.
//!
//! A variable, a flag and a plain value of a file are text. How a list or a mapping of a file is read, the type
//! itself decides.

mod fields;
mod list;
mod mapping_options;
mod port;
mod profiles;
mod scalar;
mod whole;
mod words;

pub(crate) use list::{EolRequired, Item, List, Percentile, Tag};
pub(crate) use port::{Http, Port};
pub(crate) use profiles::Profiles;
pub(crate) use scalar::{Bytes, Mode, Ranged, Seconds};
pub(crate) use words::{Compressor, Format, Keep, LogLevel, MinTls, words};

use super::node::{Bad, Node, Shape, Style};

/// Where a text comes from: some words mean something else on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file in the Agent's format.
    File,
    /// A variable.
    Variable,
    /// A flag.
    Flag,
}

/// The reading of a value: where it comes from, and the warnings about it.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) source: Source,
    pub(crate) style: Style,
    /// What was passed over, as the Agent does it, or is taken otherwise than it is written, in words.
    pub(crate) said: Vec<String>,
}

impl Reading {
    pub(crate) fn new(source: Source) -> Reading {
        Reading { source, style: Style::Text, said: Vec::new() }
    }
}

/// A type of values.
pub(crate) trait Value: Sized {
    /// What it is, for an error that finds something else.
    const WHAT: &'static str;

    /// Whether a flag of this type means true without a value.
    const IS_SWITCH: bool = false;

    /// Whether a value must not be repeated, in an error, a log or a list.
    const IS_SECRET: bool = false;

    /// Reads text.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String>;

    /// Reads a value of a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words, and the line.
    fn from_node(node: &Node, reading: &mut Reading) -> Result<Self, Bad> {
        reading.style = node.style;
        match &node.shape {
            Shape::Text(text) => Self::from_text(text, reading).map_err(|problem| match Self::IS_SECRET {
                true => node.bad(problem),
                false => node.bad(format_args!("'{text}': {problem}")),
            }),
            _ => Err(node.bad(format_args!("expected {}, found {}", Self::WHAT, node.kind()))),
        }
    }

    /// Whether both are the same.
    fn is_same(&self, other: &Self) -> bool {
        self.text() == other.text()
    }

    /// The value as a variable would have it.
    fn text(&self) -> String;

    /// The value as a file would have it, on one line.
    fn yaml(&self) -> String {
        quoted(&self.text())
    }
}

/// `text` as a YAML value: as it is if that can only be read as this text, else in quotes.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./-".contains(&byte);
    let is_word =
        text.bytes().all(is_plain) && text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/');
    if is_word && !matches!(text, "null" | "Null" | "NULL") {
        return text.to_owned();
    }
    // A JSON string is a YAML string.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use basenji::core::aggregate::Aggregate;

    use super::*;

    fn read<T: Value>(text: &str, source: Source) -> Result<T, String> {
        T::from_text(text, &mut Reading::new(source))
    }

    #[test]
    fn a_port_is_a_number_or_a_word_and_0_is_none_in_the_agents_words() {
        for source in [Source::File, Source::Variable, Source::Flag] {
            assert_eq!(read("8125", source), Ok(Port::Number(8125)));
            assert_eq!(read("65535", source), Ok(Port::Number(65535)));
            assert_eq!(read("__random__", source), Ok(Port::Any));
            assert_eq!(read("off", source), Ok(Port::Off));
            for bad in ["65536", "-1", "http", "8125 ", "8125.5"] {
                assert!(read::<Port>(bad, source).is_err(), "{bad}");
            }
        }
        assert_eq!(read("0", Source::Flag), Ok(Port::Any));
        assert_eq!((read("0", Source::File), read("0", Source::Variable)), (Ok(Port::Off), Ok(Port::Off)));
    }

    #[test]
    fn numbers_have_a_range_and_a_mode_is_octal() {
        type Small = Ranged<1, 10>;
        assert_eq!(read("10", Source::File), Ok(Ranged::<1, 10>(10)));
        for bad in ["0", "11", "-1", "99999999999999999999"] {
            assert_eq!(read::<Small>(bad, Source::File), Err("expected a number from 1 to 10".to_owned()));
        }
        for bad in ["", "ten", "1e1", "1.5", " 1"] {
            assert_eq!(read::<Small>(bad, Source::File), Err("expected a whole number".to_owned()));
        }
        assert_eq!((read("0722", Source::Flag), read("777", Source::Flag)), (Ok(Mode(0o722)), Ok(Mode(0o777))));
        for bad in ["888", "1000", "rwx", "", "-1"] {
            assert!(read::<Mode>(bad, Source::Flag).is_err(), "{bad}");
        }
    }

    #[test]
    fn truth_is_written_in_many_ways() {
        for (text, truth) in [("true", true), ("T", true), ("1", true), ("Yes", true), ("on", true)] {
            assert_eq!(read(text, Source::Variable), Ok(truth));
        }
        for (text, truth) in [("FALSE", false), ("f", false), ("0", false), ("no", false), ("off", false)] {
            assert_eq!(read(text, Source::Variable), Ok(truth));
        }
        let of_file = |text: &str| bool::from_node(&Node::parse(text).unwrap(), &mut Reading::new(Source::File));
        assert_eq!((of_file("2"), of_file("0.0")), (Ok(true), Ok(false)));
        assert!(of_file("'2'").is_err());
        assert!(read::<bool>("maybe", Source::Variable).is_err() && read::<bool>("2", Source::Variable).is_err());
    }

    #[test]
    fn a_list_is_words_or_json() {
        let tags = |items: &[&str]| Ok(List(items.iter().map(|item| Tag((*item).to_owned())).collect::<Vec<_>>()));
        assert_eq!(read("a:1,b  c:d,", Source::Variable), tags(&["a:1", "b", "c:d"]));
        assert_eq!(read("a:1 b:2", Source::Variable), tags(&["a:1", "b:2"]));
        assert_eq!(read(r#"["a:1", "b c"]"#, Source::Variable), tags(&["a:1", "b c"]));
        assert_eq!(read("max min", Source::Flag), Ok(List(vec![Aggregate::Max, Aggregate::Min])));
        assert_eq!(read("0.5,0.99", Source::Flag), Ok(List(vec![Percentile(50), Percentile(99)])));
        assert_eq!(read::<List<String>>("[a", Source::Variable).map_err(|text| text.contains("not JSON")), Err(true));
    }

    #[test]
    fn a_bad_item_of_a_flag_is_named() {
        let bad = |text| read::<List<Percentile>>(text, Source::Flag).unwrap_err();
        assert_eq!(bad("0.5,95"), "'95' is not a number from 0 to 1");
        let bad = |text| read::<List<Aggregate>>(text, Source::Flag).unwrap_err();
        assert_eq!(bad("max,mode"), "'mode' is not one of max, min, median, avg, sum, count");
        let bad = |text| read::<List<Tag>>(text, Source::Flag).unwrap_err();
        assert_eq!(bad("a b|c"), "'b|c' is not a tag, which has neither comma nor '|'");
        let bad = |text| read::<List<EolRequired>>(text, Source::Flag).unwrap_err();
        assert_eq!(bad("tcp"), "'tcp' is not one of udp, uds, named_pipe");
    }

    #[test]
    fn the_agents_known_percentiles_come_out_and_bad_ones_are_passed_over() {
        let mut reading = Reading::new(Source::File);
        let node = Node::parse(r#"["0.95", "test", "0.12test", "0.22", "200", "-50", 0.29]"#).unwrap();
        let list = List::from_node(&node, &mut reading);
        assert_eq!(list, Ok(List(vec![Percentile(95), Percentile(22), Percentile(29)])));
        assert_eq!(reading.said.len(), 4);
        assert_eq!(reading.said[0], "'test' is not a number from 0 to 1; it is passed over");
    }

    #[test]
    fn what_is_shown_is_read_again() {
        fn check<T: Value + PartialEq + std::fmt::Debug>(value: T) {
            let node = Node::parse(&value.yaml()).unwrap();
            assert_eq!(T::from_node(&node, &mut Reading::new(Source::File)), Ok(value));
        }
        let texts = ["", "plain", "null", "~", "a: b", "#x", "- y", "\"q\"", "\u{e9}\n\t", "/a/b.sock", "true", "{}"];
        for text in texts {
            check(text.to_owned());
            check(List(vec![text.to_owned(), "x,y".to_owned()]));
            check(Some(std::path::PathBuf::from(format!("/{text}"))));
        }
        check(true);
        [Port::Off, Port::Any, Port::Number(1)].into_iter().for_each(check);
        check(Mode(0o722));
        check(List(vec![Percentile(95), Percentile(29), Percentile(100)]));
        check(List::<Aggregate>(vec![Aggregate::Max, Aggregate::Median]));
        check(LogLevel::Warn);
        check(basenji::core::wire::Cardinality::Orchestrator);
    }
}
