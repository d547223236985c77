//! `basenji status` and `basenji top`: the state of a running daemon.

mod open;
mod status;
mod table;
mod top;

use std::io::{self, Write};
use std::net::SocketAddr;

pub(crate) use open::open;
pub(crate) use status::status;
pub(crate) use top::top;

use crate::cli::Daemon;
use crate::config::{self, Environment, Http};
use crate::failure::{Failure, reason};
use crate::http;

/// Where a daemon serves HTTP.
pub(crate) fn address(daemon: &Daemon) -> Result<SocketAddr, Failure> {
    let settings = config::load(&daemon.flags(), &Environment::of_the_process())?.settings;
    match *settings.http {
        Http::At(address) => Ok(address),
        Http::Off => {
            Err(Failure::usage(format!("the daemon serves no HTTP: basenji_http is off ({})", settings.http.origin)))
        }
    }
}

/// What the daemon answers.
fn ask(address: SocketAddr, target: &str) -> Result<String, Failure> {
    http::get(address, target)
        .map_err(|why| Failure::new(format!("cannot ask the daemon at http://{address}{target}: {why}")))
}

/// What the daemon answers, as JSON.
fn object(answer: &str) -> Result<serde_json::Value, Failure> {
    serde_json::from_str(answer).map_err(|error| Failure::new(format!("the daemon's answer is not JSON: {error}")))
}

/// Writes text to standard output; false if its reader is gone.
pub(crate) fn show(text: &str) -> Result<bool, Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(format!("cannot write to standard output: {}", reason(&error)))),
    }
}
