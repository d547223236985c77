//! What the page is made by.

use crate::config::{Http, Item, List, Ranged, Seconds, settings, words};
use crate::totals::Limits;

words! {
    /// How distributions are shown.
    Distributions, "native, buckets or summary":
    /// As native histograms where a scraper takes them, else by buckets.
    Native = "native",
    /// By buckets.
    Buckets = "buckets",
    /// As the percentiles of their last bucket.
    Summary = "summary",
}

/// An upper bound of a bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bound(pub(crate) f64);

impl Item for Bound {
    const WHAT: &'static str = "a number that is finite";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|bound: &f64| bound.is_finite()).map(Bound)
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A quantile of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quantile(pub(crate) f64);

impl Item for Quantile {
    const WHAT: &'static str = "a number from 0 to 1";

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|quantile| (0.0..=1.0).contains(quantile)).map(Quantile)
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

const QUANTILES: [f64; 5] = [0.5, 0.75, 0.9, 0.95, 0.99];

/// The bounds that Prometheus' own clients begin with.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

settings! { part PrometheusSettings in prometheus {
    "Prometheus" {
        /// Where to serve a page of all series to Prometheus: a port of 127.0.0.1, an address with a port, or off
        address: Http = Http::Off, "basenji_prometheus", "--prometheus" "ADDRESS";
        /// How distributions are shown there: native, buckets or summary
        distributions: Distributions = Distributions::Native, "basenji_prometheus_distributions";
        /// Upper bounds of their buckets
        buckets: List<Bound> = List(BOUNDS.map(Bound).to_vec()), "basenji_prometheus_buckets";
        /// Quantiles of their summaries
        quantiles: List<Quantile> = List(QUANTILES.map(Quantile).to_vec()), "basenji_prometheus_quantiles";
        /// Whether the names of counters end in _total
        total_suffix: bool = true, "basenji_prometheus_total_suffix";
        /// How long a silent series stays on the page or keeps its running total for remote write
        expiry: Seconds = Ranged(300), "basenji_prometheus_expiry_seconds";
        /// Most series of either; more are refused and counted
        series_limit: Ranged<1, 100_000_000> = Ranged(1_000_000), "basenji_prometheus_series_limit";
        /// Most bytes of their names, tags and bins
        memory_limit: Ranged<1, 0xff_ffff_ffff> = Ranged(1 << 30), "basenji_prometheus_memory_limit";
    }
} }

impl PrometheusSettings {
    /// How much of running totals is kept.
    pub(crate) fn limits(&self) -> Limits {
        Limits { series: self.series_limit.size(), bytes: self.memory_limit.size() }
    }
}
