//! The daemon's state over HTTP/1.1: health, counters, contexts.
//!
//! It is for probes, scrapers, `basenji status` and pages in a browser on this machine: a connection is one request and one answer. What it promises:
//!
//! - Whatever arrives costs a bounded number of threads, bytes and seconds, and the sockets for metrics do not notice it ([`slots`]).
//! - A probe is answered while all else is busy: it has slots of its own, and the oldest unfinished request gives way to a new one.
//! - A request has one deadline from its connection to the last byte of its answer ([`timed`]); only answers that are meant to last go on, and those end when
//!   nobody reads them.
//! - No page of another origin can read an answer, by whatever name it reaches this port ([`policy`]).
//!
//! A new page is one line in [`routes`]: its path, what it is, and a function from [`Request`] to [`Answer`].

mod accounts;
mod answer;
mod contexts;
mod get;
mod heavy;
mod listen;
mod look;
mod policy;
mod prometheus;
mod request;
mod routes;
mod slots;
mod status;
mod table;
mod timed;

pub(crate) use answer::Answer;
pub(crate) use get::{get, stream};
pub(crate) use listen::serve;
pub(crate) use look::Look;
pub(crate) use policy::Policy;
pub(crate) use request::Request;
pub(crate) use routes::{probes, routes};
pub(crate) use table::Table;

#[cfg(test)]
mod tests;
