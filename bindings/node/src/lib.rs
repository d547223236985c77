//! The native addon under the Node package `basenji`. It is private: what users see, and its documentation, is in `lib` and `types.d.ts`.
//!
//! Calls that happen once go through napi-rs; what is called for each metric uses Node-API's functions as they are, because napi-rs costs a
//! call with arguments a multiple of them.

mod aggregator;
mod arena;
mod client;
mod encode;
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
mod will;

use std::time::Duration;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// How long the end of an environment waits for what its clients have left: nothing, where JavaScript's exit handlers ran.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Adds what does not go through the macros, and has what waits sent when the environment ends: that of a process or of a worker thread, which may be
/// terminated without a call of JavaScript.
#[napi(module_exports)]
pub(crate) fn exports(exports: Object<'_>, env: Env) -> Result<()> {
    env.add_env_cleanup_hook((), |()| {
        will::execute();
        recorder::end(LAST_WAIT);
    })?;
    parse::export(&env, &exports)?;
    recorder::export(&env, &exports)?;
    socket::export(&env, &exports)?;
    will::export(&env, &exports)
}
