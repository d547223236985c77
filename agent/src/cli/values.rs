//! Values that are more than a number, a word or a path.

use std::str::FromStr;
use std::time::Duration;

use basenji::client::{Address, AddressError};
use basenji::core::aggregate::Aggregate;
use basenji::core::wire::{Cardinality, number};
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

/// The status of a service check, by number or by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CheckStatus(pub(crate) u64);

impl FromStr for CheckStatus {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "0" | "ok" => Ok(CheckStatus(0)),
            "1" | "warning" => Ok(CheckStatus(1)),
            "2" | "critical" => Ok(CheckStatus(2)),
            "3" | "unknown" => Ok(CheckStatus(3)),
            _ => Err("a status is ok, warning, critical, unknown, or a number from 0 to 3"),
        }
    }
}

/// How fast messages are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pace {
    /// So many a second.
    Rate(f64),
    /// As fast as they are taken.
    Max,
}

/// A pace; a rate is above 0.
pub(crate) fn pace(text: &str) -> Result<Pace, &'static str> {
    if text == "max" {
        return Ok(Pace::Max);
    }
    let rate = finite(text).filter(|rate| *rate > 0.0);
    rate.map(Pace::Rate).ok_or("a pace is a number of messages a second above 0, or the word max")
}

/// A time above 0.
pub(crate) fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = finite(text).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or("a length is a number of seconds above 0")
}

/// Where to send to.
pub(crate) fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error: AddressError| error.problem.to_string())
}

/// One number or several between colons, as text.
pub(crate) fn numbers(text: &str) -> Result<String, String> {
    match text.split(':').find(|word| finite(word).is_none()) {
        None => Ok(text.to_owned()),
        Some(word) if word == text => Err("it is not a finite number".to_owned()),
        Some(word) => Err(format!("'{word}' is not a finite number")),
    }
}

/// A rate above 0 and up to 1.
pub(crate) fn sample_rate(text: &str) -> Result<f64, &'static str> {
    let rate = finite(text).filter(|rate| 0.0 < *rate && *rate <= 1.0);
    rate.ok_or("a sample rate is a number above 0 and up to 1")
}

/// A cardinality by name.
pub(crate) fn cardinality(text: &str) -> Result<String, &'static str> {
    let cardinality = Cardinality::parse(text.as_bytes());
    cardinality.map(|_| text.to_owned()).ok_or("a cardinality is none, low, orchestrator or high")
}

/// A number that is finite.
fn finite(text: &str) -> Option<f64> {
    number::parse(text.as_bytes()).filter(|number| number.is_finite())
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
    fn a_value_is_one_finite_number_or_several() {
        for good in ["1", "-2.5", "1e3", "1:2:3.5"] {
            assert_eq!(numbers(good), Ok(good.to_owned()));
        }
        assert_eq!(numbers("fast"), Err("it is not a finite number".into()));
        assert_eq!(numbers("1:x"), Err("'x' is not a finite number".into()));
        for bad in ["", "1:", "NaN", "inf", "1e999", "1|c"] {
            assert!(numbers(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_and_lengths_are_above_0() {
        assert_eq!((sample_rate("0.5"), sample_rate("1")), (Ok(0.5), Ok(1.0)));
        assert_eq!((pace("1e3"), pace("max")), (Ok(Pace::Rate(1000.0)), Ok(Pace::Max)));
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["0", "-1", "inf", "x", ""] {
            assert!(sample_rate(bad).is_err() && pace(bad).is_err() && seconds(bad).is_err(), "{bad}");
        }
        assert!(sample_rate("1.5").is_err() && seconds("1e30").is_err());
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
