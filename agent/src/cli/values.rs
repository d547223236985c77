//! Values that are more than a number, a word or a path.

use std::str::FromStr;
use std::time::Duration;

use basenji::client::{Address, AddressError};
use basenji::core::wire::{Cardinality, number};

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

/// A factor of a pace; it is above 0.
pub(crate) fn speed(text: &str) -> Result<Pace, &'static str> {
    pace(text).map_err(|_| "a speed is a number above 0, or the word max")
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
}
