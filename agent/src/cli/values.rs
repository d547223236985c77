//! Values that are more than a number, a word or a path.

use std::str::FromStr;

use basenji::core::aggregate::Aggregate;
use basenji::server::ListenerKind;
use clap::ValueEnum;

/// Where UDP is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// `off`: nowhere.
    Off,
    /// `0`, or the Agent's word `__random__`: any free port.
    Any,
    /// On this one.
    Number(u16),
}

impl FromStr for Port {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Port::Off),
            "__random__" => Ok(Port::Any),
            _ => match text.parse() {
                Ok(0) => Ok(Port::Any),
                Ok(number) => Ok(Port::Number(number)),
                Err(_) => Err("a port is a number from 0 to 65535, or the word off"),
            },
        }
    }
}

/// How much is logged, in the Agent's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Everything.
    Trace,
    /// What a developer of the daemon wants to know.
    Debug,
    /// Start and end.
    Info,
    /// What is lost or odd.
    #[value(alias = "warning")]
    Warn,
    /// What fails.
    #[value(alias = "critical")]
    Error,
    /// Nothing.
    Off,
}

/// Several items in one value, between commas or blanks, as the Agent has them in variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> List<T> {
    /// Reads every item, which `expected` describes.
    fn parse(text: &str, expected: &str, mut item: impl FnMut(&str) -> Option<T>) -> Result<Self, String> {
        let items = text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty());
        let items = items.map(|word| item(word).ok_or_else(|| format!("'{word}' is not {expected}")));
        items.collect::<Result<_, _>>().map(List)
    }
}

/// Tags, which may be anything.
pub(crate) fn tags(text: &str) -> Result<List<String>, String> {
    List::parse(text, "a tag", |word| Some(word.to_owned()))
}

/// Aggregates of a histogram by name.
pub(crate) fn aggregates(text: &str) -> Result<List<Aggregate>, String> {
    List::parse(text, "one of max, min, median, avg, sum, count", Aggregate::from_name)
}

/// Percentiles of a histogram, each a share.
pub(crate) fn percentiles(text: &str) -> Result<List<Aggregate>, String> {
    List::parse(text, "a number from 0 to 1", Aggregate::from_percentile)
}

/// Kinds of listeners by the Agent's words; a list of lists, since `uds` is two kinds, and `named_pipe` none that this
/// system has.
pub(crate) fn eol_required(text: &str) -> Result<List<ListenerKind>, String> {
    let kinds = List::parse(text, "one of udp, uds, named_pipe", |word| match word {
        "udp" => Some(&[ListenerKind::Udp][..]),
        "uds" => Some(&[ListenerKind::UnixDatagram, ListenerKind::UnixStream]),
        "named_pipe" => Some(&[]),
        _ => None,
    })?;
    Ok(List(kinds.0.concat()))
}

/// The mode of a socket's file, in octal.
pub(crate) fn file_mode(text: &str) -> Result<u32, &'static str> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or("a mode is an octal number from 0 to 777")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_or_a_word() {
        assert_eq!("8125".parse(), Ok(Port::Number(8125)));
        assert_eq!("65535".parse(), Ok(Port::Number(65535)));
        assert_eq!("0".parse(), Ok(Port::Any));
        assert_eq!("__random__".parse(), Ok(Port::Any));
        assert_eq!("off".parse(), Ok(Port::Off));
        for bad in ["65536", "-1", "", "http", "8125 "] {
            assert!(bad.parse::<Port>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mode_is_octal() {
        assert_eq!(file_mode("0722"), Ok(0o722));
        assert_eq!(file_mode("777"), Ok(0o777));
        for bad in ["888", "1000", "rwx", "", "-1"] {
            assert!(file_mode(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn items_are_separated_by_commas_or_blanks() {
        assert_eq!(tags("a:1,b  c:d,"), Ok(List(vec!["a:1".into(), "b".into(), "c:d".into()])));
        assert_eq!(aggregates("max min"), Ok(List(vec![Aggregate::Max, Aggregate::Min])));
        assert_eq!(percentiles("0.5,0.99"), Ok(List(vec![Aggregate::Percentile(50), Aggregate::Percentile(99)])));
    }

    #[test]
    fn a_bad_item_is_named() {
        assert_eq!(percentiles("0.5,95"), Err("'95' is not a number from 0 to 1".into()));
        assert_eq!(aggregates("max,mode"), Err("'mode' is not one of max, min, median, avg, sum, count".into()));
        assert_eq!(eol_required("tcp"), Err("'tcp' is not one of udp, uds, named_pipe".into()));
    }

    #[test]
    fn uds_is_both_kinds_of_unix_sockets() {
        let both = vec![ListenerKind::UnixDatagram, ListenerKind::UnixStream];
        assert_eq!(eol_required("uds named_pipe"), Ok(List(both)));
    }
}
