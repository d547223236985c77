//! The settings of an aggregator: bucket length, expiry, which aggregates a histogram emits, how many samples stay exact.

use crate::wire::number;
use core::fmt;

/// The settings of an aggregator. Two aggregators that are to be merged need equal ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Length of a bucket in seconds, at least 1; 10 by default.
    pub bucket_secs: u32,
    /// How long a counter without samples goes on to emit zeros, in seconds; 300 by default (the Agent's `dogstatsd_expiry_seconds`).
    pub counter_expiry_secs: u32,
    /// How long a context without samples stays known, in seconds; 20 by default (`dogstatsd_context_expiry_seconds`). A counter stays known
    /// for `counter_expiry_secs` more.
    pub context_expiry_secs: u32,
    /// Whether counters emit zeros at all; true by default.
    pub counter_zeros: bool,
    /// Whether the raw origin fields (`c:`, `e:`, `card:`) are part of a context's identity; false by default.
    pub key_by_origin: bool,
    /// What becomes of samples; [`Keep::Series`] by default.
    pub keep: Keep,
    /// What histograms and timings emit.
    pub aggregates: Aggregates,
    /// How many samples of a bucket a histogram keeps one by one, 1024 by default; with more of them its median and percentiles are those
    /// of a sketch, at most 2.4 % off the sample.
    pub histogram_exact_samples: u32,
    /// How many members of a bucket a set counts exactly (by 64-bit hash), 1024 by default; with more it is a HyperLogLog.
    pub set_exact_members: u32,
    /// Binary logarithm of the HyperLogLog's registers, 4 to 16, 14 by default: its standard error is `1.04 / sqrt(2^precision)`, 0.8 % for 14.
    pub set_precision: u8,
    /// The most bins of a sketch, at least 1; 4096 by default, as in the Agent.
    pub sketch_bins: u16,
    /// Whether a flush hands out the members of sets, so that sets of several aggregators can be merged; without it there are none.
    pub set_members: bool,
    /// The seed of the hashes of sets' members. Only sets of one seed can be merged.
    pub set_seed: u64,
    /// The seed of the other hashes; a server that takes datagrams from strangers gives a random one.
    pub seed: u64,
}

impl Settings {
    /// The defaults.
    pub const fn new() -> Self {
        Settings {
            bucket_secs: 10,
            counter_expiry_secs: 300,
            context_expiry_secs: 20,
            counter_zeros: true,
            key_by_origin: false,
            keep: Keep::Series,
            aggregates: Aggregates::new(),
            histogram_exact_samples: 1024,
            set_exact_members: 1024,
            set_precision: 14,
            set_members: false,
            set_seed: 0,
            sketch_bins: 4096,
            seed: 0,
        }
    }
}

impl Settings {
    /// The most samples of one context and bucket that are kept one by one.
    pub(super) const fn exact_samples(&self) -> u32 {
        match self.keep {
            Keep::Samples { limit } => limit,
            Keep::Series => self.histogram_exact_samples,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::new()
    }
}

/// What becomes of the samples of histograms, timings, distributions and sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Finished series, as a server emits them: aggregates, sketches, numbers of members.
    Series,
    /// The samples themselves, or a sketch of many, as a client sends them on: packed values, and each member of a set as a series of its own.
    Samples {
        /// The most samples of one context and bucket that are kept one by one; more become a sketch.
        limit: u32,
    },
}

/// One number that a histogram emits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// The largest sample.
    Max,
    /// The smallest sample.
    Min,
    /// The median, one of the samples.
    Median,
    /// The mean.
    Avg,
    /// The sum, samples weighed by their rate.
    Sum,
    /// How many samples, weighed by their rate.
    Count,
    /// A percentile in whole percent, 0 to 100, one of the samples.
    Percentile(u8),
}

impl Aggregate {
    /// The aggregate of an Agent's `histogram_aggregates` entry.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "max" => Aggregate::Max,
            "min" => Aggregate::Min,
            "median" => Aggregate::Median,
            "avg" => Aggregate::Avg,
            "sum" => Aggregate::Sum,
            "count" => Aggregate::Count,
            _ => return None,
        })
    }

    /// The percentile of an Agent's `histogram_percentiles` entry: a number from 0 to 1, rounded to whole percent.
    pub fn from_percentile(text: &str) -> Option<Self> {
        let share = number::parse(text.as_bytes()).filter(|share| (0.0..=1.0).contains(share))?;
        Some(Aggregate::Percentile((share * 100.0 + 0.5) as u8))
    }

    /// The aggregate of a suffix as it is displayed: `max`, `95percentile`.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::aggregate::Aggregate;
    ///
    /// let aggregate = Aggregate::from_suffix("95percentile").unwrap();
    /// assert_eq!(aggregate, Aggregate::Percentile(95));
    /// assert_eq!(aggregate.to_string(), "95percentile");
    /// assert_eq!(Aggregate::from_percentile("0.95"), Some(aggregate));
    /// assert_eq!(Aggregate::from_suffix("101percentile"), None);
    /// ```
    pub fn from_suffix(text: &str) -> Option<Self> {
        let Some(percent) = text.strip_suffix("percentile") else { return Aggregate::from_name(text) };
        let digits = percent.bytes().all(|byte| byte.is_ascii_digit());
        let percent = percent.parse().ok().filter(|percent| digits && *percent <= 100)?;
        Some(Aggregate::Percentile(percent))
    }
}

impl fmt::Display for Aggregate {
    /// The suffix of the Agent's series: `max`, `95percentile`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aggregate::Max => f.write_str("max"),
            Aggregate::Min => f.write_str("min"),
            Aggregate::Median => f.write_str("median"),
            Aggregate::Avg => f.write_str("avg"),
            Aggregate::Sum => f.write_str("sum"),
            Aggregate::Count => f.write_str("count"),
            Aggregate::Percentile(percent) => {
                fmt::Display::fmt(percent, f)?;
                f.write_str("percentile")
            }
        }
    }
}

/// Which aggregates a histogram emits, in order; at most [`Aggregates::CAPACITY`].
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregates {
    list: [Aggregate; Self::CAPACITY],
    len: usize,
}

impl Aggregates {
    /// Room for every aggregate and ten percentiles.
    pub const CAPACITY: usize = 16;

    /// The Agent's defaults: max, median, avg, count and the 95th percentile.
    pub const fn new() -> Self {
        let mut list = [Aggregate::Max; Self::CAPACITY];
        list[1] = Aggregate::Median;
        list[2] = Aggregate::Avg;
        list[3] = Aggregate::Count;
        list[4] = Aggregate::Percentile(95);
        Aggregates { list, len: 5 }
    }

    /// None at all.
    pub const fn none() -> Self {
        Aggregates { list: [Aggregate::Max; Self::CAPACITY], len: 0 }
    }

    /// Adds one at the end, unless it is there already.
    ///
    /// # Errors
    ///
    /// There are [`Aggregates::CAPACITY`] already.
    pub fn push(&mut self, aggregate: Aggregate) -> Result<(), crate::Full> {
        if self.iter().any(|known| known == aggregate) {
            return Ok(());
        }
        *self.list.get_mut(self.len).ok_or(crate::Full::Buffer)? = aggregate;
        self.len = self.len.saturating_add(1);
        Ok(())
    }

    /// The aggregates in order.
    pub fn iter(&self) -> impl Iterator<Item = Aggregate> + '_ {
        self.list.iter().copied().take(self.len)
    }
}

impl Default for Aggregates {
    fn default() -> Self {
        Aggregates::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn percentiles_are_shares_rounded_to_whole_percent() {
        let percent = |text| Aggregate::from_percentile(text).map(|aggregate| aggregate.to_string());
        assert_eq!(percent("0.95").as_deref(), Some("95percentile"));
        assert_eq!(percent("0.22").as_deref(), Some("22percentile"));
        assert_eq!(percent("0.29").as_deref(), Some("29percentile"));
        assert_eq!(percent("1").as_deref(), Some("100percentile"));
        for bad in ["test", "0.12test", "200", "-50", "NaN", ""] {
            assert_eq!(percent(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_displayed_is_read_again() {
        let all = ["max", "min", "median", "avg", "sum", "count", "0percentile", "95percentile", "100percentile"];
        for suffix in all {
            assert_eq!(Aggregate::from_suffix(suffix).map(|aggregate| aggregate.to_string()).as_deref(), Some(suffix));
        }
        for bad in ["", "percentile", "p95", "101percentile", "-1percentile", "+5percentile", "9.5percentile", "Max"] {
            assert_eq!(Aggregate::from_suffix(bad), None, "{bad}");
        }
    }

    #[test]
    fn aggregates_keep_their_order_and_stand_once() {
        let mut aggregates = Aggregates::default();
        aggregates.push(Aggregate::Min).expect("there is room");
        aggregates.push(Aggregate::Max).expect("it is there already");
        let names: Vec<_> = aggregates.iter().map(|aggregate| aggregate.to_string()).collect();
        assert_eq!(names, ["max", "median", "avg", "count", "95percentile", "min"]);
    }
}
