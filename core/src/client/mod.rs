//! The client without input and output: calls in, lines and datagrams out.

mod again;
mod aggregation;
mod call;
pub mod clean;
#[expect(clippy::module_inception, reason = "the file of the type `Client`, in the room of all that is the client's")]
mod client;
mod counters;
mod dialect;
pub mod line;
#[cfg(feature = "embedded-nal")]
pub mod nal;
mod options;
mod packer;
mod report;
mod sampling;
mod series;
mod sketched;
mod tags;
mod telemetry;
mod template;
#[cfg(test)]
mod tests;
mod word;

pub use crate::aggregate::Hint;
pub use aggregation::{Aggregation, as_exact, is_exact, record};
pub use call::{CheckCall, EventCall, Identity, MetricCall, Value};
pub use client::Client;
pub use counters::{ByKind, Counters, Traffic};
pub use dialect::{Dialect, Field, Ours, Seconds};
pub use options::{Common, Options};
pub use packer::{Limits, PackError, Packer};
pub use report::{Report, Statistic};
pub use sampling::{Rates, Sampler};
pub use tags::{TagOrder, TagStyle};
pub use telemetry::{ClientTags, Telemetry};
pub use template::Template;
