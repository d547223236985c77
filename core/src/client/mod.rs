//! The client without input and output: calls in, lines and datagrams out.

mod call;
pub mod clean;
mod counters;
mod dialect;
pub mod line;
mod packer;
mod sampling;
mod tags;
mod telemetry;
mod word;

pub use call::{CheckCall, EventCall, Identity, MetricCall, Value};
pub use counters::{ByKind, Counters, Traffic};
pub use dialect::{Dialect, Field, Seconds};
pub use packer::{Limits, PackError, Packer};
pub use sampling::{Rates, Sampler};
pub use tags::{TagOrder, TagStyle};
pub use telemetry::{ClientTags, Report, Statistic, Telemetry};
