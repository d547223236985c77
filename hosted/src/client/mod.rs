//! A DogStatsD client, below its handle: where to send, what the environment says, and how bytes leave.
//!
//! [`Transport::send`] hands one datagram to the system or says why not; it never waits for the network.

mod address;
mod container;
mod environment;
mod sys;
mod transport;

pub use address::{Address, AddressError, AddressProblem, DEFAULT_PORT};
pub use container::container_id;
pub use environment::{Environment, EnvironmentProblem};
pub use transport::*;
