//! The native addon under the Node package `basenji`. It is private: what users see, and its documentation, is in `lib` and `types.d.ts`.
//!
//! Calls that happen once go through napi-rs; what is called for each metric uses Node-API's functions as they are, because napi-rs costs a
//! call with arguments a multiple of them.

mod aggregator;
mod client;
mod mailbox;
mod parse;
mod series;
mod server;
mod sketch;
mod socket;
mod text;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Adds what does not go through the macros.
#[napi(module_exports)]
pub(crate) fn exports(exports: Object, env: Env) -> Result<()> {
    socket::export(&env, &exports)
}
