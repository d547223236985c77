#![no_std]
#![forbid(unsafe_code)]
// Sums and shifts say what they do beyond their limits, so that the core is the same with overflow checks and without.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]
//! DogStatsD without an operating system: parser, writer, sketch, aggregation and the logic of a client, for anything with a processor.
//!
//! What is promised, and tested:
//!
//! - no function panics, whatever the bytes and the order of calls, and none allocates: both are proved by linking a program that has neither a
//!   panic handler nor an allocator to call;
//! - each call does a bounded amount of work, and says which;
//! - memory, time and randomness are arguments: there is no clock, no socket and no global state, and when memory is full, a call returns [`Full`];
//! - there is no unsafe code.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`wire`] | the protocol: bytes to [messages](wire::Message) and back, with the grammar |
//! | [`aggregate`] | metrics in, one finished point a series and bucket out: [`Aggregator`](aggregate::Aggregator) |
//! | [`client`] | calls in, datagrams out: [`Client`](client::Client), and the [dialects](client::Dialect) of other clients |
//! | [`sketch`] | quantiles in bounded memory, which merge without loss: [`Sketch`](sketch::Sketch) |
//! | [`uniques`] | how many different members there were, which merges without loss: [`Uniques`](uniques::Uniques) |
//! | [`state`] | both as bytes, in the forms that engines read, and back |
//!
//! A server's inside, in a few lines; sockets and a clock are the caller's, or those of the crate `basenji`:
//!
//! ```
//! use basenji_core::Time;
//! use basenji_core::aggregate::{Aggregator, Point, Settings, Source, StaticStorage};
//! use basenji_core::wire::{Message, Messages};
//!
//! // 16 series, 512 bytes of their names and tags, 128 words for samples.
//! let mut aggregator = Aggregator::new(StaticStorage::<16, 512, 128>::new(), Settings::new());
//! let now = Time::from_secs(1_700_000_000);
//! for message in Messages::new(b"visits:1|c|#page:home\nbad line\nvisits:2|c|#page:home\n") {
//!     match message {
//!         Ok(Message::Metric(metric)) => aggregator.record(&metric, &Source::default(), now)?,
//!         Ok(_) => (),
//!         Err(error) => assert_eq!(error.to_string(), "expected a '|' before the type or the status (at byte 8)"),
//!     }
//! }
//! let end = aggregator.next_flush_at(now);
//! let visits = aggregator.flush(end).next().unwrap();
//! assert!(matches!(visits.point, Point::Count(3.0)));
//! # Ok::<(), basenji_core::Full>(())
//! ```
//!
//! With the feature `embedded-nal` the module `client::nal` sends over network stacks of that kind.

#[cfg(test)]
extern crate std;

pub mod aggregate;
pub mod client;
mod error;
mod numbered;
mod shift;
pub mod sketch;
pub mod state;
mod time;
pub mod uniques;
pub mod wire;

/// The examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

pub use error::{ErrorKind, Full, ParseError};
pub use time::Time;
