//! What becomes of the samples of a distribution on their way to a dashboard: `docs/distributions.md` shows it.
//!
//! - [`samples`] makes the samples, from seeds, and says what is true of them.
//! - [`received`] is what a server has of the datagrams of a client.
//! - [`fleet`] is what dashboards make of twenty hosts.
//! - [`record`] is all of it in one file, from which [`page`] makes tables and [`picture`] pictures.

pub mod fleet;
pub mod page;
pub mod picture;
pub mod received;
pub mod record;
pub mod samples;
