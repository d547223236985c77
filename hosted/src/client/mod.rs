//! A DogStatsD client, below its handle: where to send, what the environment says, and how bytes leave.
//!
//! ```text
//! lines in datagrams -> Sender: queue, bounded in bytes -> its thread -> Transport: UDP, Unix socket, named pipe, memory
//! ```
//!
//! What a user can rely on:
//! - [`Transport::send`] hands one datagram to the system or says why not; it never waits for the network;
//! - a [`Sender`] takes a datagram without a system call; what does not leave is counted in [`SenderStats`], with the
//!   reason;
//! - memory is bounded, and reused: in steady state nothing is allocated;
//! - nothing is printed, and no fault of the network is a panic or an error of a call.

mod address;
mod container;
mod environment;
mod queue;
mod sender;
mod sys;
mod transport;

pub use address::{Address, AddressError, AddressProblem, DEFAULT_PORT};
pub use container::container_id;
pub use environment::{Environment, EnvironmentProblem};
pub use queue::{Lifetime, Overflow};
pub use sender::{Lost, Sender, SenderConfig, SenderStats, Tally, Trouble, TroubleHook};
pub use transport::*;
