//! Remote write: running totals of series, sent to Prometheus or another receiver of the same protocol.

mod answer;
mod batch;
mod room;
mod series;
mod settings;
mod v1;
mod v2;

#[cfg(test)]
mod tests;

pub(crate) use room::RemoteWrite;
#[cfg(test)]
pub(super) use room::bench;
pub(crate) use settings::RemoteWriteSettings;
