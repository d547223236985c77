#![allow(non_camel_case_types)]
//! libbasenji: client, server and parser for C and C++.
//!
//! `ffi/README.md` has the conventions. Every export goes through one `guard`, which makes a status of a panic; defaults are those of
//! `hosted`, and nothing here behaves differently from what it wraps.

mod bucket;
mod call;
mod call_n;
mod client;
mod event;
mod guard;
mod inbox;
mod metric;
mod series;
mod server;
mod sink;
mod stats;
mod text;

pub use basenji_ffi_core::*;
pub use bucket::*;
pub use call::*;
pub use call_n::*;
pub use client::*;
pub use event::*;
pub use metric::*;
pub use server::*;
pub use stats::*;
