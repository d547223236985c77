//! The native addon under the Node package `basenji`. It is private: what users see, and its documentation, is in `lib` and `types.d.ts`.
//!
//! Calls that happen once go through napi-rs; what is called for each metric uses Node-API's functions as they are, because napi-rs costs a
//! call with arguments a multiple of them.

mod aggregator;
mod mailbox;
mod parse;
mod series;
mod server;
mod sketch;
mod text;

use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
