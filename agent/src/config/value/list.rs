//! Lists: in a file a YAML list, in text JSON or words between commas or blanks, as the Agent has them in variables.

use basenji::core::aggregate::Aggregate;
use basenji::server::ListenerKind;

use super::{Reading, Source, Value, quoted};
use crate::config::node::{Bad, Node, Shape};

/// What a list may hold.
pub(crate) trait Item: Sized {
    /// What every item is, for an error that finds something else.
    const WHAT: &'static str;

    /// Whether the Agent goes on without an item that it does not understand; then so does a file or a variable here,
    /// with a warning.
    const IS_PASSED_OVER: bool = false;

    /// Reads one item.
    fn read(text: &str) -> Option<Self>;

    /// The item as it is written.
    fn text(&self) -> String;

    /// What is to be said if the item is not quite what `text` says.
    fn taken_otherwise(&self, _text: &str) -> Option<String> {
        None
    }
}

/// Several items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T: Item> List<T> {
    /// Reads one item into the list.
    fn take(&mut self, text: &str, reading: &mut Reading) -> Result<(), String> {
        match T::read(text) {
            Some(item) => {
                reading.said.extend(item.taken_otherwise(text));
                self.0.push(item);
            }
            None if T::IS_PASSED_OVER && reading.source != Source::Flag => {
                reading.said.push(format!("'{text}' is not {}; it is passed over", T::WHAT));
            }
            None => return Err(format!("'{text}' is not {}", T::WHAT)),
        }
        Ok(())
    }
}

impl<T: Item> Value for List<T> {
    const WHAT: &'static str = "a list";

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        if text.trim_start().starts_with('[') {
            let json: serde_json::Value =
                serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
            return Self::from_node(&Node::from(json), reading).map_err(|bad| bad.problem);
        }
        let mut list = List(Vec::new());
        let words = text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty());
        words.into_iter().try_for_each(|word| list.take(word, reading))?;
        Ok(list)
    }

    fn from_node(node: &Node, reading: &mut Reading) -> Result<Self, Bad> {
        let items = match &node.shape {
            Shape::List(items) => items,
            Shape::Text(text) => return Self::from_text(text, reading).map_err(|problem| node.bad(problem)),
            _ => return Err(node.bad(format_args!("expected {}, found {}", Self::WHAT, node.kind()))),
        };
        let mut list = List(Vec::new());
        for item in items {
            match &item.shape {
                Shape::Text(text) => list.take(text, reading).map_err(|problem| item.bad(problem))?,
                _ => return Err(item.bad(format_args!("expected {}, found {}", T::WHAT, item.kind()))),
            }
        }
        Ok(list)
    }

    fn text(&self) -> String {
        self.0.iter().map(Item::text).collect::<Vec<_>>().join(",")
    }

    fn yaml(&self) -> String {
        format!("[{}]", self.0.iter().map(|item| quoted(&item.text())).collect::<Vec<_>>().join(", "))
    }
}

/// A tag: what stands between two commas of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) String);

impl Item for Tag {
    const WHAT: &'static str = "a tag, which has neither comma nor '|'";

    fn read(text: &str) -> Option<Self> {
        (!text.is_empty() && !text.contains([',', '|', '\n'])).then(|| Tag(text.to_owned()))
    }

    fn text(&self) -> String {
        self.0.clone()
    }
}

/// A name, which may be anything.
impl Item for String {
    const WHAT: &'static str = "text";

    fn read(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn text(&self) -> String {
        self.clone()
    }
}

/// An aggregate of a histogram by name.
impl Item for Aggregate {
    const WHAT: &'static str = "one of max, min, median, avg, sum, count";
    const IS_PASSED_OVER: bool = true;

    fn read(text: &str) -> Option<Self> {
        Aggregate::from_name(text)
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// A percentile of a histogram, in whole percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Percentile(pub(crate) u8);

impl Item for Percentile {
    const WHAT: &'static str = "a number from 0 to 1";
    const IS_PASSED_OVER: bool = true;

    fn read(text: &str) -> Option<Self> {
        match Aggregate::from_percentile(text) {
            Some(Aggregate::Percentile(percent)) => Some(Percentile(percent)),
            _ => None,
        }
    }

    fn text(&self) -> String {
        (f64::from(self.0) / 100.0).to_string()
    }

    fn taken_otherwise(&self, text: &str) -> Option<String> {
        let asked = text.parse::<f64>().ok()? * 100.0;
        // What is left of a double's rounding.
        let is_exact = (asked - f64::from(self.0)).abs() < 1e-9;
        (!is_exact).then(|| format!("'{text}' is taken as {}: percentiles are whole percents", self.text()))
    }
}

/// Listeners whose datagrams must end in a newline, by the Agent's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EolRequired {
    Udp,
    Uds,
    NamedPipe,
}

impl EolRequired {
    /// The kinds of listeners: `uds` is two, and `named_pipe` none that this system has.
    pub(crate) fn kinds(self) -> &'static [ListenerKind] {
        match self {
            EolRequired::Udp => &[ListenerKind::Udp],
            EolRequired::Uds => &[ListenerKind::UnixDatagram, ListenerKind::UnixStream],
            EolRequired::NamedPipe => &[],
        }
    }
}

impl Item for EolRequired {
    const WHAT: &'static str = "one of udp, uds, named_pipe";

    fn read(text: &str) -> Option<Self> {
        match text {
            "udp" => Some(EolRequired::Udp),
            "uds" => Some(EolRequired::Uds),
            "named_pipe" => Some(EolRequired::NamedPipe),
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            EolRequired::Udp => "udp",
            EolRequired::Uds => "uds",
            EolRequired::NamedPipe => "named_pipe",
        }
        .to_owned()
    }
}
