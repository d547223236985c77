//! Where OTLP goes, by keys of our own and, where these say nothing, by the variables of OpenTelemetry.

use std::path::PathBuf;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::point::Temporality;
use crate::config::{settings, words};
use crate::delivery::{Compression, Secret, SecretUrl};

words! {
    /// Whether sums are of one bucket or of all.
    Sums, "delta or cumulative":
    /// For a Collector, VictoriaMetrics, Datadog, or Prometheus with otlp-native-delta-ingestion.
    Delta = "delta",
    /// For a plain Prometheus.
    Cumulative = "cumulative",
}

settings! { part OtlpSettings in otlp {
    "OpenTelemetry" {
        /// URL of an OTLP receiver over HTTP, /v1/metrics and /v1/logs are added; else OTEL_EXPORTER_OTLP_ENDPOINT
        endpoint: SecretUrl = SecretUrl::default(), "basenji_otlp_endpoint";
        /// Whether sums are delta or cumulative
        temporality: Sums = Sums::Delta, "basenji_otlp_temporality";
        /// Headers of its requests, as in OTEL_EXPORTER_OTLP_HEADERS
        headers: Secret = Secret::default(), "basenji_otlp_headers";
    }
} }

/// Where and how.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// Scheme and authority.
    pub(super) base: String,
    pub(super) metrics: String,
    /// None where only an endpoint of metrics is known.
    pub(super) logs: Option<String>,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) compression: Compression,
    pub(super) timeout: Option<Duration>,
    pub(super) authorities: Option<PathBuf>,
    pub(super) temporality: Temporality,
    pub(super) resource: Vec<(String, String)>,
    pub(super) warnings: Vec<String>,
}

/// Whether anything asks for the sink.
pub(super) fn is_wanted(settings: &OtlpSettings, variable: impl Fn(&str) -> Option<String>) -> bool {
    !settings.endpoint.0.is_empty() || of(&variable, "ENDPOINT").is_some()
}

/// What a variable says, that of metrics before that of all signals; an empty one is absent.
fn of(variable: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    let read = |prefix: &str| variable(&format!("OTEL_EXPORTER_OTLP_{prefix}{name}")).filter(|text| !text.is_empty());
    read("METRICS_").or_else(|| read(""))
}

impl Wanted {
    /// Reads settings and variables.
    ///
    /// # Errors
    ///
    /// One of them is invalid: a sentence that names it.
    pub(super) fn new(settings: &OtlpSettings, variable: impl Fn(&str) -> Option<String>) -> Result<Wanted, String> {
        let read = |name: &str| of(&variable, name);
        let mut warnings = Vec::new();
        let whole = variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT").filter(|url| !url.is_empty());
        let general = match settings.endpoint.0.reveal() {
            "" => variable("OTEL_EXPORTER_OTLP_ENDPOINT").filter(|url| !url.is_empty()),
            own => Some(own.to_owned()),
        };
        let (base, metrics, logs) = match (whole.filter(|_| settings.endpoint.0.is_empty()), general) {
            (Some(whole), _) => {
                let (base, path) = split(&whole);
                // As it is; logs go beside it where that is plain.
                let logs = path.strip_suffix("/v1/metrics").map(|start| format!("{start}/v1/logs"));
                (base, path, logs)
            }
            (None, Some(general)) => {
                let (base, path) = split(&general);
                let path = path.trim_end_matches('/');
                (base, format!("{path}/v1/metrics"), Some(format!("{path}/v1/logs")))
            }
            (None, None) => return Err("there is no endpoint".to_owned()),
        };
        match read("PROTOCOL").as_deref() {
            None | Some("http/protobuf") => {}
            Some(other) => warnings.push(format!(
                "OTEL_EXPORTER_OTLP_PROTOCOL: {other} is not spoken, http/protobuf is; receivers have it on port 4318"
            )),
        }
        let compression = match read("COMPRESSION").as_deref() {
            None | Some("gzip") => Compression::Gzip(6),
            Some("none") => Compression::None,
            Some(other) => return Err(format!("OTEL_EXPORTER_OTLP_COMPRESSION: '{other}' is neither gzip nor none")),
        };
        let timeout = match read("TIMEOUT") {
            None => None,
            Some(text) => {
                let millis = text.parse().ok().filter(|millis| *millis > 0);
                let millis = millis
                    .ok_or_else(|| format!("OTEL_EXPORTER_OTLP_TIMEOUT: '{text}' is not a number of milliseconds"))?;
                Some(Duration::from_millis(millis))
            }
        };
        let temporality = match (read("METRICS_TEMPORALITY_PREFERENCE"), settings.temporality.is_given()) {
            (Some(text), false) => match &text.to_ascii_lowercase()[..] {
                "delta" | "lowmemory" => Temporality::Delta,
                "cumulative" => Temporality::Cumulative,
                _ => {
                    let name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
                    return Err(format!("{name}: '{text}' is not one of cumulative, delta, lowmemory"));
                }
            },
            _ if *settings.temporality == Sums::Cumulative => Temporality::Cumulative,
            _ => Temporality::Delta,
        };
        let headers = match settings.headers.reveal() {
            "" => read("HEADERS").unwrap_or_default(),
            own => own.to_owned(),
        };
        let mut resource = pairs(&variable("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default())
            .ok_or("OTEL_RESOURCE_ATTRIBUTES: expected name=value,name=value")?;
        if let Some(name) = variable("OTEL_SERVICE_NAME").filter(|name| !name.is_empty()) {
            resource.retain(|(key, _)| key != "service.name");
            resource.push(("service.name".to_owned(), name));
        }
        let headers = pairs(&headers).ok_or("the headers for OTLP: expected name=value,name=value")?;
        Ok(Wanted {
            base,
            metrics,
            logs,
            headers: headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect(),
            compression,
            timeout,
            authorities: read("CERTIFICATE").map(PathBuf::from),
            temporality,
            resource,
            warnings,
        })
    }
}

/// Scheme and authority, and the path.
fn split(url: &str) -> (String, String) {
    let start = url.find("://").map_or(0, |place| place + 3);
    let end = url[start..].find('/').map_or(url.len(), |place| start + place);
    (url[..end].to_owned(), url[end..].to_owned())
}

/// `name=value,name=value`, with `%20` and the like.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let decoded = |text: &str| percent_decode_str(text.trim()).decode_utf8_lossy().into_owned();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name), decoded(value))).filter(|(name, _)| !name.is_empty())
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(variables: &[(&str, &str)]) -> Result<Wanted, String> {
        let read =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        let settings = OtlpSettings::default();
        assert_eq!(is_wanted(&settings, read), variables.iter().any(|(name, _)| name.ends_with("ENDPOINT")));
        Wanted::new(&settings, read)
    }

    #[test]
    fn paths_are_added_to_the_endpoint_of_all_signals_and_not_to_that_of_metrics() {
        let of =
            |variables: &[(&str, &str)]| wanted(variables).map(|wanted| (wanted.base, wanted.metrics, wanted.logs));
        let expected = |base: &str, metrics: &str, logs: Option<&str>| {
            Ok((base.to_owned(), metrics.to_owned(), logs.map(str::to_owned)))
        };
        let all = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318");
        assert_eq!(of(&[all]), expected("http://h:4318", "/v1/metrics", Some("/v1/logs")));
        let deep = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h/api/v1/otlp/");
        assert_eq!(of(&[deep]), expected("http://h", "/api/v1/otlp/v1/metrics", Some("/api/v1/otlp/v1/logs")));
        let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m/x");
        assert_eq!(of(&[all, own]), expected("https://m", "/x", None));
        let own = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://m/v1/metrics");
        assert_eq!(of(&[own]), expected("https://m", "/v1/metrics", Some("/v1/logs")));
        assert!(of(&[]).is_err());
    }

    #[test]
    fn every_variable_says_what_opentelemetry_means_by_it() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h");
        let wanted = |name, value| wanted(&[endpoint, (name, value)]);
        let headers = wanted("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x=y=z").unwrap().headers;
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&name[..], value.reveal())).collect();
        assert_eq!(headers, [("api-key", "a b"), ("x", "y=z")]);
        assert_eq!(wanted("OTEL_EXPORTER_OTLP_COMPRESSION", "none").unwrap().compression, Compression::None);
        assert_eq!(wanted("OTEL_EXPORTER_OTLP_TIMEOUT", "1500").unwrap().timeout, Some(Duration::from_millis(1500)));
        let ca = wanted("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem").unwrap().authorities;
        assert_eq!(ca, Some(PathBuf::from("/ca.pem")));
        let name = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
        assert_eq!(wanted(name, "Cumulative").unwrap().temporality, Temporality::Cumulative);
        assert_eq!(wanted(name, "lowmemory").unwrap().temporality, Temporality::Delta);
        assert!(wanted("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc").unwrap().warnings[0].contains("4318"));
        let resource = wanted("OTEL_RESOURCE_ATTRIBUTES", "a=b,c=d%2Ce").unwrap().resource;
        assert_eq!(resource, [("a", "b"), ("c", "d,e")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(wanted("OTEL_SERVICE_NAME", "s").unwrap().resource[0].1, "s");
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "br"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1s"),
            (name, "sometimes"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x"),
            ("OTEL_RESOURCE_ATTRIBUTES", "=x"),
        ] {
            assert!(wanted(name, value).is_err(), "{name}");
        }
    }
}
