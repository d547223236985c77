//! Metrics resolved once: a name and tags looked up beforehand, so that a call touches no string, takes no lock and shares no cache line.
//!
//! A [`Series`] makes its calls on the lane client of the calling thread, as calls by name do; it only finds its context faster, and keeps their order. The
//! others gather on their own, in a lane for each thread once there is more than one; at each flush the client takes what the handle has gathered. A handle may outlive its
//! client; what it gathers then is never sent.

mod count;
mod counter;
mod gauge;
mod life;
mod literal;
mod ring;
mod samples;
mod series;

use std::sync::atomic;

pub use counter::Counter;
pub use gauge::Gauge;
pub use literal::Literal;
pub use samples::SampleHandle;
pub use series::Series;
