//! The way out over HTTP, for every sink that has one.
//!
//! ```text
//! sink: items --Assembler: two limits, compression--> Part --Payload--> Target: memory, disk, workers --> receiver
//! ```
//!
//! A [`Target`] is one receiver with one key. It promises:
//! - what is submitted ends as delivered or as dropped for a [`Reason`](crate::sink::Reason), in the target's account,
//!   or is found on disk by the next run;
//! - memory and disk are bounded in bytes, the oldest goes first, and a sink waits only for a receiver that takes;
//! - a receiver that fails is asked again by the Agent's breaker, a route at a time, and delays no other target;
//! - a stop takes at most [`Options::stop_timeout`], whatever the receiver does;
//! - keys are in no log, no file and no `Debug`.

mod assemble;
mod breaker;
mod compress;
mod disk;
mod http_client;
mod payload;
mod proxy;
mod queue;
mod record;
mod rules;
mod secret;
mod settings;
mod target;

pub(crate) use assemble::{Assembler, Form, Limits, Part};
pub(crate) use compress::Compression;
pub(crate) use disk::remove_unknown;
pub(crate) use http_client::{HttpClient, Transport};
pub(crate) use payload::{Head, Payload};
pub(crate) use rules::{Answer, Verdict};
pub(crate) use secret::{Secret, shown};
pub(crate) use settings::{SecretUrl, Settings};
pub(crate) use target::{Options, Target};
