//! ClickHouse, over HTTP: rows that merge exactly, whichever daemon sends them.
//!
//! Sketches go as they are, bins by key; sets as the registers of a HyperLogLog; counts as sums. Each batch has a token of
//! its own, which the server remembers: one that is sent again because its answer was lost counts once.

mod command;
mod room;
mod rows;
mod settings;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use command::run;
pub(super) use room::ClickHouse;
#[cfg(test)]
pub(super) use room::bench;
pub(crate) use settings::Settings;
