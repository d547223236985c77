//! A page of all series, for Prometheus to scrape.

mod extra;
mod families;
mod negotiate;
mod page;
mod protobuf;
mod room;
mod settings;
mod style;
mod text;

#[cfg(test)]
mod tests;

pub(super) use extra::{check_series, event_series};
pub(super) use families::{Families, Reason as Refusal};
pub(crate) use room::Prometheus;
#[cfg(test)]
pub(super) use room::bench;
pub(super) use room::rules;
pub(crate) use settings::PrometheusSettings;
