//! The settings that all deliveries share, under the Agent's names.

use std::path::PathBuf;
use std::time::Duration;

use super::breaker::Backoff;
use super::disk::Storage;
use super::http_client::Transport;
use super::proxy::Proxies;
use super::secret::{Secret, shown};
use crate::config::key::settings;
use crate::config::value::{List, MinTls, Ranged, Reading, Value, quoted};

settings! { part Settings in delivery {
    "Delivery" {
        /// Seconds that a request may take
        timeout: Ranged<1, 3600> = Ranged(20), "forwarder_timeout";
        /// Requests at a time to one receiver, for each of forwarder_num_workers
        concurrency: Ranged<1, 1000> = Ranged(10), "forwarder_max_concurrent_requests";
        /// Multiplies forwarder_max_concurrent_requests
        workers: Ranged<1, 100> = Ranged(1), "forwarder_num_workers";
        /// Seconds that a stop takes at most to hand over what waits
        stop_timeout: Ranged<0, 3600> = Ranged(2), "forwarder_stop_timeout";
        /// Waits before the next attempt vary between their length and this part of it, at least 2
        backoff_factor: Number = Number(2.0), "forwarder_backoff_factor";
        /// Seconds that the first wait is made of
        backoff_base: Number = Number(2.0), "forwarder_backoff_base";
        /// Seconds of the longest wait
        backoff_max: Number = Number(64.0), "forwarder_backoff_max";
        /// By how many errors a success shortens the next wait
        recovery_interval: Ranged<1, 1000> = Ranged(2), "forwarder_recovery_interval";
        /// Let one success end all waiting
        recovery_reset: bool = false, "forwarder_recovery_reset";
        /// Bytes that may wait in memory for one receiver
        retry_bytes: Ranged<0, 1_099_511_627_776> = Ranged(15_728_640), "forwarder_retry_queue_payloads_max_size";
        /// The same in units of 2 MiB, as it was said before
        retry_units: Ranged<0, 524_288> = Ranged(0), "forwarder_retry_queue_max_size";
        /// Bytes that may wait on disk for one receiver, 0 for none
        storage_bytes: Ranged<0, 1_125_899_906_842_624> = Ranged(0), "forwarder_storage_max_size_in_bytes";
        /// Where they wait
        storage_path: Option<PathBuf> = Some("/var/lib/basenji/transactions_to_retry".into()), "forwarder_storage_path";
        /// The share of the disk that may be in use
        storage_ratio: Number = Number(0.8), "forwarder_storage_max_disk_ratio";
        /// Days after which what waits on disk is dropped
        storage_days: Ranged<1, 36_500> = Ranged(10), "forwarder_outdated_file_in_days";
        /// The share of what waits in memory that moves to the disk when there is no more room
        storage_flush_ratio: Number = Number(0.5), "forwarder_flush_to_disk_mem_ratio";
        /// Believe every certificate
        skip_ssl_validation: bool = false, "skip_ssl_validation";
        /// The oldest TLS that will do
        min_tls_version: MinTls = MinTls::Tls12, "min_tls_version";
        /// File with authorities to believe beside the system's
        authorities: Option<PathBuf> = None, "basenji_ca_file";
        /// Proxy for http://
        proxy_http: SecretUrl = SecretUrl::default(), "proxy.http";
        /// Proxy for https://
        proxy_https: SecretUrl = SecretUrl::default(), "proxy.https";
        /// Hosts that are reached without a proxy
        no_proxy: List<String> = List(Vec::new()), "proxy.no_proxy";
        /// Let each of them stand for its domain, too
        no_proxy_nonexact: bool = false, "no_proxy_nonexact_match";
    }
} }

impl Settings {
    /// How receivers are reached. `variables` are those that other programs name their proxies with; they count where
    /// no key has a proxy.
    pub(crate) fn transport(&self, variables: impl Fn(&str) -> Option<String>) -> Transport {
        let variable = |name: &str| {
            let found = variables(name).or_else(|| variables(&name.to_ascii_lowercase()));
            found.filter(|value| !value.is_empty())
        };
        let is_set = !self.proxy_http.0.is_empty() || !self.proxy_https.0.is_empty();
        let proxy = |own: &SecretUrl, name| match is_set {
            true => own.0.clone(),
            false => variable(name).map(Secret::new).unwrap_or_default(),
        };
        let mut none = self.no_proxy.0.clone();
        if none.is_empty() && !is_set {
            none.extend(variable("NO_PROXY").iter().flat_map(|list| list.split(',')).map(str::to_owned));
        }
        Transport {
            timeout: Duration::from_secs(self.timeout.0),
            is_unverified: *self.skip_ssl_validation,
            is_tls13: *self.min_tls_version == MinTls::Tls13,
            authorities: self.authorities.value.clone(),
            proxies: Proxies {
                http: proxy(&self.proxy_http, "HTTP_PROXY"),
                https: proxy(&self.proxy_https, "HTTPS_PROXY"),
                none,
                // The Agent matches what the variables say as other programs do.
                is_nonexact: *self.no_proxy_nonexact || !is_set,
            },
        }
    }

    /// When what has failed is tried again.
    pub(crate) fn backoff(&self) -> Backoff {
        let positive = |number: Number, default: f64| if number.0 > 0.0 { number.0 } else { default };
        Backoff {
            factor: if self.backoff_factor.0 < 2.0 { 2.0 } else { self.backoff_factor.0 },
            base: positive(*self.backoff_base, 2.0),
            max: positive(*self.backoff_max, 64.0),
            recovery: self.recovery_interval.small(),
            is_reset: *self.recovery_reset,
        }
    }

    /// Bytes that may wait in memory for one receiver.
    pub(crate) fn memory(&self) -> usize {
        match (self.retry_bytes.is_given(), self.retry_units.size()) {
            (false, units @ 1..) => units << 21,
            _ => self.retry_bytes.size(),
        }
    }

    /// The directory with what waits on disk for the sink of this name, if anything does.
    pub(crate) fn storage_root(&self, sink: &str) -> Option<PathBuf> {
        let path = self.storage_path.value.as_ref()?;
        (self.storage_bytes.0 > 0).then(|| path.join(sink))
    }

    /// What may wait on disk for one receiver of a sink. `number` tells receivers of one URL apart.
    pub(crate) fn storage(&self, sink: &str, url: &str, number: usize) -> Option<Storage> {
        let url = shown(url);
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
        let host: String = url.trim_start_matches("https://").chars().take(60).map(plain).collect();
        Some(Storage {
            directory: self
                .storage_root(sink)?
                .join(format!("{host}-{:08x}-{number}", crc32fast::hash(url.as_bytes()))),
            bytes: self.storage_bytes.0,
            disk_share: self.storage_ratio.0.clamp(0.0, 1.0),
            age: self.storage_days.0 * 86_400,
        })
    }
}

/// A number that need not be whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl Value for Number {
    const WHAT: &'static str = "a number";

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
        number.map(Number).ok_or_else(|| "expected a number that is not negative".to_owned())
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

/// A URL that may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SecretUrl(pub(crate) Secret);

impl Value for SecretUrl {
    const WHAT: &'static str = "a URL";
    const IS_SECRET: bool = true;

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        Ok(SecretUrl(Secret::new(text.trim())))
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }

    fn text(&self) -> String {
        shown(self.0.reveal())
    }
}

/// A key: of it only the end is ever shown.
impl Value for Secret {
    const WHAT: &'static str = "text";
    const IS_SECRET: bool = true;

    fn from_text(text: &str, _: &mut Reading) -> Result<Self, String> {
        Ok(Secret::new(text.trim()))
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }

    fn text(&self) -> String {
        self.hint()
    }

    fn yaml(&self) -> String {
        quoted(&self.hint())
    }
}
