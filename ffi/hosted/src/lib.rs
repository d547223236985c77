#![allow(non_camel_case_types)]
//! libbasenji: client, server and parser for C and C++.
//!
//! `ffi/README.md` has the conventions. Every export goes through one `guard`, which makes a status of a panic; defaults are those of
//! `hosted`, and nothing here behaves differently from what it wraps.

mod bucket;
mod call;
mod call_n;
mod client;
mod client_options;
mod event;
mod guard;
mod inbox;
mod metric;
mod series;
mod server;
mod sink;
mod stats;
mod text;
mod trouble;

pub use basenji_ffi_core::*;
pub use bucket::*;
pub use call::*;
pub use call_n::*;
pub use client::*;
pub use client_options::bj_client_options;
pub use event::*;
pub use metric::*;
pub use server::*;
pub use sink::bj_on_message;
pub use stats::*;
pub use trouble::{bj_trouble, bj_trouble_kind};
