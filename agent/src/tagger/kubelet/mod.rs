//! The tags of this node's pods, from its kubelet.
//!
//! The kubelet is asked for `/pods` every few seconds, with the token of the service account, which is read each time
//! since it is replaced while it is in use. Of a kubelet that does not answer the tags stay as they were.

mod names;
mod pods;
mod tags;

use std::fmt::Display;
use std::fs;
use std::net::Ipv6Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use basenji::server::{SharedTags, TagTable};
use tracing::info;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use super::watch::{self, Trouble};
use crate::config::Settings;
use crate::failure::{Failure, reason};

/// How often it is asked, as the Agent does it.
const PAUSE: Duration = Duration::from_secs(5);

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer, at most; a hundred pods are a megabyte or two.
const LIMIT: u64 = 64 << 20;

/// Where the kubelet is and how it is asked.
#[derive(Debug, Clone)]
pub(super) struct Kubelet {
    url: String,
    /// Nothing of these over plain HTTP.
    token: Option<PathBuf>,
    authority: Option<PathBuf>,
    is_verified: bool,
}

impl Kubelet {
    /// The one that the settings name, if they name one.
    pub(super) fn new(settings: &Settings) -> Option<Kubelet> {
        let host = settings.kubelet_host.as_str();
        let (https, http) = (settings.kubelet_https_port.small(), settings.kubelet_http_port.small());
        if host.is_empty() || (https, http) == (0, 0) {
            return None;
        }
        let is_secure = https != 0;
        let (scheme, port) = if is_secure { ("https", https) } else { ("http", http) };
        let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
        Some(Kubelet {
            url: format!("{scheme}://{host}:{port}/pods"),
            token: settings.kubelet_auth_token_path.value.clone().filter(|_| is_secure),
            authority: settings.kubelet_client_ca.value.clone(),
            is_verified: *settings.kubelet_tls_verify,
        })
    }

    /// Asks again and again, on a thread of its own.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub(super) fn follow(self) -> Result<SharedTags, Failure> {
        // Whoever was there first has brought the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tags = SharedTags::default();
        let shared = tags.clone();
        let (mut trouble, mut is_known) = (Trouble::default(), false);
        let look = move || match self.table() {
            Ok(table) => {
                trouble.is_over(&self.url);
                shared.replace(table);
                if !is_known {
                    info!("the tags of {} containers and pods are known from {}", shared.table().len(), self.url);
                    is_known = true;
                }
            }
            Err(problem) => trouble.is(format!("{}: {problem}; the tags stay as they were", self.url)),
        };
        watch::every(PAUSE, "basenji-kubelet", look)
            .map_err(|error| Failure::new(format!("cannot start a thread: {}", reason(&error))))?;
        Ok(tags)
    }

    /// Asks once; what fails is a sentence.
    fn table(&self) -> Result<TagTable, String> {
        let answer = self.ask()?;
        let pods: pods::PodList =
            serde_json::from_slice(&answer).map_err(|error| format!("its answer is no list of pods: {error}"))?;
        let mut table = TagTable::default();
        pods.items.iter().for_each(|pod| tags::insert(pod, &mut table));
        Ok(table)
    }

    fn ask(&self) -> Result<Vec<u8>, String> {
        let agent: Agent = Agent::config_builder()
            .tls_config(self.tls()?)
            .timeout_global(Some(TIMEOUT))
            // The token is for the kubelet alone.
            .max_redirects(0)
            .proxy(None)
            .build()
            .into();
        let mut request = agent.get(&self.url);
        if let Some(token) = self.token()? {
            request = request.header("Authorization", format!("Bearer {}", token.trim()));
        }
        let mut response = request.call().map_err(|error| error.to_string())?;
        response.body_mut().with_config().limit(LIMIT).read_to_vec().map_err(|error| error.to_string())
    }

    /// With whose word the kubelet's certificate is believed.
    fn tls(&self) -> Result<TlsConfig, String> {
        let tls = TlsConfig::builder();
        if !self.is_verified || !self.url.starts_with("https") {
            return Ok(tls.disable_verification(true).build());
        }
        let Some(path) = &self.authority else {
            return Err("kubelet_client_ca names no authority to verify its certificate with".to_owned());
        };
        let said = |problem: &dyn Display| format!("cannot read {}: {problem}", path.display());
        let pem = fs::read(path).map_err(|error| said(&reason(&error)))?;
        let mut certificates = Vec::new();
        for item in parse_pem(&pem) {
            if let PemItem::Certificate(certificate) = item.map_err(|error| said(&error))? {
                certificates.push(certificate);
            }
        }
        Ok(tls.root_certs(RootCerts::Specific(Arc::new(certificates))).build())
    }

    /// What the token file says; a file that is not there is no token.
    fn token(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.token else { return Ok(None) };
        match fs::read_to_string(path) {
            Ok(token) => Ok(Some(token)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("cannot read {}: {}", path.display(), reason(&error))),
        }
    }
}
