#![allow(non_camel_case_types)]
//! libbasenji: client, server and parser for C and C++.
//!
//! `ffi/README.md` has the conventions. Every export goes through one `guard`, which makes a status of a panic; defaults are those of
//! `hosted`, and nothing here behaves differently from what it wraps.

mod call;
mod client;
mod event;
mod guard;
mod metric;
mod server;
mod stats;
mod text;

pub use basenji_ffi_core::*;
pub use call::*;
pub use client::*;
pub use event::*;
pub use metric::*;
pub use server::*;
pub use stats::*;
