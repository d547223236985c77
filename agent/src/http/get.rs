//! The other end: one GET, for `basenji status` and `basenji top`.

use std::net::SocketAddr;
use std::time::Duration;

use ureq::Agent;

/// How long the daemon may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of the longest answer.
const LONGEST: u64 = 64 << 20;

/// The body of what `address` answers to a GET of `target`.
///
/// # Errors
///
/// Nobody answers there, or it is no good answer: one clause that says so.
pub(crate) fn get(address: SocketAddr, target: &str) -> Result<String, String> {
    // The daemon is on this machine, whatever proxy there is to others.
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).proxy(None).build();
    let answer = Agent::new_with_config(config).get(format!("http://{address}{target}")).call();
    let mut answer = answer.map_err(|error| reason(&error))?;
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().map_err(|error| reason(&error))?;
    match answer.status().as_u16() {
        200 => Ok(body),
        code => Err(format!("it answers {code}: {}", body.lines().next().unwrap_or_default())),
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => crate::failure::reason(error),
        error => error.to_string(),
    }
}
