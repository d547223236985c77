//! One request: connection, TLS, proxy, time-out.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::payload::Payload;
use super::proxy::Proxies;
use super::rules::Answer;
use super::secret::{Secret, shown};
use crate::failure::reason;

/// Bytes of an answer that are looked at.
const LONGEST: u64 = 64 << 10;

/// How receivers are reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transport {
    /// For a request as a whole, from the name's resolution to the end of the answer.
    pub(crate) timeout: Duration,
    /// Whether certificates are accepted without verification.
    pub(crate) is_unverified: bool,
    /// Whether TLS before 1.3 is refused. Before 1.2 it always is.
    pub(crate) is_tls13: bool,
    /// A file with certificate authorities to trust beside the system's.
    pub(crate) authorities: Option<PathBuf>,
    pub(crate) proxies: Proxies,
}

/// Sends to one receiver, over connections that are used again.
pub(crate) struct HttpClient {
    agent: Agent,
    url: String,
    headers: Vec<(String, Secret)>,
}

impl HttpClient {
    /// A client for the receiver at `url`, which gets these headers with every request.
    ///
    /// # Errors
    ///
    /// The URL or that of its proxy is invalid, or the file with authorities cannot be read: a sentence without secrets.
    pub(crate) fn new(url: &str, headers: Vec<(String, Secret)>, transport: &Transport) -> Result<HttpClient, String> {
        let url = url.trim_end_matches('/').to_owned();
        if let Some(problem) = problem(&url) {
            return Err(format!("'{}' {problem}", shown(&url)));
        }
        let proxy = match transport.proxies.of(&url) {
            None => None,
            Some(proxy) => {
                let parsed = Proxy::new(proxy.reveal());
                Some(parsed.map_err(|_| format!("'{}' is not the URL of a proxy", shown(proxy.reveal())))?)
            }
        };
        let agent = Agent::config_builder()
            .tls_config(tls(transport, url.starts_with("https"))?)
            .timeout_global(Some(transport.timeout))
            .http_status_as_error(false)
            // A key is for this receiver alone.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(proxy)
            .user_agent(concat!("basenji/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        Ok(HttpClient { agent, url, headers })
    }

    /// Sends a payload and waits for the answer.
    ///
    /// # Errors
    ///
    /// There is no answer: a clause that says why, without secrets.
    pub(crate) fn send(&self, payload: &Payload) -> Result<Answer, String> {
        let mut request = self.agent.post(format!("{}{}", self.url, payload.head.path));
        for (name, value) in &payload.head.headers {
            request = request.header(name, value);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value.reveal());
        }
        answer(request.send(&payload.body[..]))
    }

    /// Asks the receiver whether a key is valid.
    ///
    /// # Errors
    ///
    /// There is no answer: a clause that says why, without secrets.
    pub(crate) fn get(&self, path: &str) -> Result<Answer, String> {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value.reveal());
        }
        answer(request.call())
    }
}

/// What is wrong with the URL of a receiver.
fn problem(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return Some("is not an http or https URL");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A colon in brackets belongs to an address.
    match authority.rsplit('@').next().and_then(|host| host.rsplit_once(':')).map(|(_, port)| port) {
        Some("") => return Some("has a colon, and no port after it"),
        Some(port) if !port.contains(']') && !port.parse::<u16>().is_ok_and(|port| port > 0) => {
            return Some("has a port that is no number from 1 to 65535");
        }
        _ => {}
    }
    match url.parse::<ureq::http::Uri>() {
        Err(_) => Some("is not an http or https URL"),
        Ok(uri) if uri.host().is_none_or(str::is_empty) => Some("has no host"),
        Ok(_) => None,
    }
}

fn answer(result: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, String> {
    let mut response = result.map_err(|error| clause(&error))?;
    let headers = response
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    let (status, headers) = (response.status().as_u16(), headers.collect());
    let mut body = Vec::new();
    // The status has arrived, so an answer that breaks off after it counts.
    let _ = response.body_mut().as_reader().take(LONGEST).read_to_end(&mut body);
    Ok(Answer { status, headers, body })
}

/// What has failed, without the URL, in which a user may have put a password.
fn clause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => reason(error),
        ureq::Error::Timeout(_) => "no answer in time".to_owned(),
        ureq::Error::HostNotFound => "the name does not resolve".to_owned(),
        ureq::Error::BadUri(_) => "the URL cannot be used".to_owned(),
        ureq::Error::InvalidProxyUrl => "the URL of the proxy cannot be used".to_owned(),
        error => error.to_string(),
    }
}

fn tls(transport: &Transport, is_needed: bool) -> Result<TlsConfig, String> {
    let mut provider = ring::default_provider();
    if transport.is_tls13 {
        provider.cipher_suites.retain(|suite| suite.version() == &rustls::version::TLS13);
    }
    let provider: Arc<CryptoProvider> = Arc::new(provider);
    let tls =
        TlsConfig::builder().disable_verification(transport.is_unverified).unversioned_rustls_crypto_provider(provider);
    if !is_needed || transport.is_unverified {
        return Ok(tls.build());
    }
    // Those that cannot be read are left out; where that leaves none, the handshake says so.
    let system = rustls_native_certs::load_native_certs().certs;
    let mut certificates: Vec<_> = system.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    if let Some(path) = &transport.authorities {
        let said = |problem: &dyn std::fmt::Display| format!("cannot read {}: {problem}", path.display());
        let pem = fs::read(path).map_err(|error| said(&reason(&error)))?;
        for item in parse_pem(&pem) {
            if let PemItem::Certificate(certificate) = item.map_err(|error| said(&error))? {
                certificates.push(certificate);
            }
        }
    }
    Ok(tls.root_certs(RootCerts::Specific(Arc::new(certificates))).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_leads_nowhere_is_refused_with_what_is_wrong_with_it() {
        for (url, expected) in [
            ("https://host", None),
            ("https://host:8443/datadog", None),
            ("http://user:password@host", None),
            ("http://[::1]:80", None),
            ("ftp://host", Some("is not an http or https URL")),
            ("host", Some("is not an http or https URL")),
            ("", Some("is not an http or https URL")),
            ("https://", Some("is not an http or https URL")),
            ("https://my host", Some("is not an http or https URL")),
            ("https://host/a b", Some("is not an http or https URL")),
            ("https:///path", Some("is not an http or https URL")),
            ("https://:443", Some("has no host")),
            ("https://host:", Some("has a colon, and no port after it")),
            ("https://host:/path", Some("has a colon, and no port after it")),
            ("https://host:0", Some("has a port that is no number from 1 to 65535")),
            ("https://host:65536", Some("has a port that is no number from 1 to 65535")),
            ("https://host:http", Some("has a port that is no number from 1 to 65535")),
        ] {
            assert_eq!(problem(url), expected, "{url}");
        }
    }
}
