//! A DogStatsD client, below its handle: where to send, and what the environment says.

mod address;
mod container;
mod environment;

pub use address::{Address, AddressError, AddressProblem, DEFAULT_PORT};
pub use container::container_id;
pub use environment::{Environment, EnvironmentProblem};
