//! The client's side: one GET, for `basenji status`, `basenji top` and `basenji capture`.

use std::io::Read;
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
/// Nothing answers there, or the answer is invalid: one clause that says so.
pub(crate) fn get(address: SocketAddr, target: &str) -> Result<String, String> {
    // The daemon is on this machine, so no proxy is used.
    let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).proxy(None).build();
    let answer = Agent::new_with_config(config).get(format!("http://{address}{target}")).call();
    let mut answer = answer.map_err(|error| reason(&error))?;
    let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().map_err(|error| reason(&error))?;
    match answer.status().as_u16() {
        200 => Ok(body),
        code => Err(format!("it answers {code}: {}", body.lines().next().unwrap_or_default())),
    }
}

/// The body of what `address` answers to a GET of `target`, as it comes, for up to `length` and what it takes to begin.
///
/// # Errors
///
/// Nothing answers there, or something else than 200: one clause that says so.
pub(crate) fn stream(address: SocketAddr, target: &str, length: Duration) -> Result<impl Read, String> {
    let config = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_global(Some(length.saturating_add(2 * PATIENCE)))
        .http_status_as_error(false)
        .proxy(None)
        .build();
    let answer = Agent::new_with_config(config).get(format!("http://{address}{target}")).call();
    let mut answer = answer.map_err(|error| reason(&error))?;
    match answer.status().as_u16() {
        200 => Ok(answer.into_body().into_reader()),
        code => {
            let body = answer.body_mut().with_config().limit(LONGEST).read_to_string().unwrap_or_default();
            Err(format!("it answers {code}: {}", body.lines().next().unwrap_or_default()))
        }
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => crate::failure::reason(error),
        error => error.to_string(),
    }
}
