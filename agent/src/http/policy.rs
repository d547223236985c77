//! Which requests are answered.
//!
//! A page of any site can send requests to this machine. It must not read the answers: no answer allows it ([`super::answer`]), and a name of its own that it lets
//! point here (DNS rebinding) is refused, since a request says in `Host` by what name its sender has reached us.

use std::net::{IpAddr, SocketAddr};

use super::answer::Answer;
use super::request::Request;

/// The names that requests may call this listener by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// Those that the configuration has, without ports.
    pub(crate) hosts: Vec<String>,
    /// Whether every name is allowed, for a listener whose answers are no secret.
    pub(crate) any: bool,
}

impl Policy {
    /// Whether `request`, which has come to the address `local`, may be answered.
    ///
    /// # Errors
    ///
    /// The answer that says why not.
    pub(super) fn check(&self, request: &Request, local: SocketAddr) -> Result<(), Answer> {
        let mut hosts = request.fields("host");
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host,
            (None, _) if request.version == 0 => return Ok(()),
            _ => return Err(Answer::text("400 Bad Request", "a request has one Host\n")),
        };
        if !self.any && !self.knows(host, local.ip().to_canonical()) {
            let why = format!("this is not {}; basenji_http_hosts says what else it is called\n", host.escape_debug());
            return Err(Answer::text("403 Forbidden", why));
        }
        if is_foreign(request, host) {
            return Err(Answer::text("403 Forbidden", "pages of other origins are not answered\n"));
        }
        Ok(())
    }

    /// Whether this listener is called `host`, with a port or without: by the address that it was reached at, by a loopback address or name, or by one that
    /// is configured.
    fn knows(&self, host: &str, local: IpAddr) -> bool {
        let name = without_port(host);
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        if let Ok(address) = bare.parse::<IpAddr>() {
            let address = address.to_canonical();
            // A request by our address cannot come from DNS rebinding, which needs a name.
            return address.is_loopback() || address == local || self.is_configured(bare);
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        name.eq_ignore_ascii_case("localhost") || self.is_configured(name)
    }

    fn is_configured(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| host.eq_ignore_ascii_case(name))
    }
}

/// The name or address of an authority.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a page of another origin than `host` has sent it, as browsers tell: not by following a link, which shows the answer to the user and not to the page.
fn is_foreign(request: &Request, host: &str) -> bool {
    let origin = request.field("origin").is_some_and(|origin| {
        origin
            .strip_prefix("http://")
            .or(origin.strip_prefix("https://"))
            .is_none_or(|own| !own.eq_ignore_ascii_case(host))
    });
    let site = request.field("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none"));
    origin || (site && request.field("sec-fetch-mode") != Some("navigate"))
}
