//! The native addon under the Node package `basenji`. It is private: what users see, and its documentation, is in `lib` and `types.d.ts`.
//!
//! Calls that happen once go through napi-rs; what is called for each metric uses Node-API's functions as they are, because napi-rs costs a
//! call with arguments a multiple of them.

mod aggregator;
mod arena;
mod client;
mod encode;
mod ending;
mod mailbox;
mod parse;
mod raw;
mod recorder;
mod series;
mod server;
mod settings;
mod sketch;
mod socket;
mod text;
mod uniques;
mod will;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Adds what does not go through the macros, and has what waits sent when the environment ends: that of a process or of a worker thread, which may be
/// terminated without a call of JavaScript.
#[napi(module_exports)]
pub(crate) fn exports(exports: Object<'_>, env: Env) -> Result<()> {
    env.add_env_cleanup_hook((), |()| {
        will::execute();
        recorder::end();
    })?;
    parse::export(&env, &exports)?;
    recorder::export(&env, &exports)?;
    socket::export(&env, &exports)?;
    will::export(&env, &exports)
}
