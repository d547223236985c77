//! What a scraper wants, by its `Accept` and `Accept-Encoding`: a format, an escaping of names, and whether compressed.

use std::fmt;

use crate::encode::escape::Escaping;

/// How a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    /// Prometheus' text; the version says whether names may be quoted.
    Text { version: Version },
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Messages of Protocol Buffers, each behind its length: the only one with native histograms.
    Protobuf,
}

/// A version of the text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Version {
    /// `0.0.4`.
    V0,
    /// `1.0.0`.
    V1,
}

/// Format and escaping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) format: Format,
    pub(crate) escaping: Escaping,
}

/// What is served to a scraper that asks for nothing.
const DEFAULT: Wanted = Wanted { format: Format::Text { version: Version::V0 }, escaping: Escaping::Underscores };

impl Wanted {
    /// The item of `Accept` with the highest weight that can be served; the first of equal ones.
    pub(crate) fn of(accept: &str) -> Wanted {
        let mut best: Option<(f64, Wanted)> = None;
        for item in accept.split(',') {
            let Some((weight, wanted)) = item_of(item) else { continue };
            if weight > 0.0 && best.is_none_or(|(least, _)| weight > least) {
                best = Some((weight, wanted));
            }
        }
        best.map_or(DEFAULT, |(_, wanted)| wanted)
    }
}

/// The `Content-Type` of the page.
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.format {
            Format::Text { version: Version::V0 } => "text/plain; version=0.0.4; charset=utf-8",
            Format::Text { version: Version::V1 } => "text/plain; version=1.0.0; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        };
        write!(f, "{kind}; escaping={}", self.escaping)
    }
}

/// Whether `Accept-Encoding` lets a page be compressed by gzip.
pub(crate) fn takes_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let names_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        names_it && parts.all(|part| part.strip_prefix("q=").and_then(|q| q.parse().ok()) != Some(0.0))
    })
}

/// The weight of an item and what it asks for; none if that cannot be served.
fn item_of(item: &str) -> Option<(f64, Wanted)> {
    let mut parts = item.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let (mut weight, mut version, mut escaping, mut proto, mut encoding) = (1.0, None, None, None, None);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim() {
            "q" => weight = value.parse().ok()?,
            "version" => version = Some(value),
            "escaping" => escaping = Some(Escaping::from_name(value)?),
            "proto" => proto = Some(value),
            "encoding" => encoding = Some(value),
            _ => {}
        }
    }
    let format = match (kind, version) {
        ("text/plain" | "text/*" | "*/*", None | Some("0.0.4")) => Format::Text { version: Version::V0 },
        ("text/plain", Some("1.0.0")) => Format::Text { version: Version::V1 },
        ("application/openmetrics-text", None | Some("1.0.0")) => Format::OpenMetrics,
        ("application/vnd.google.protobuf", _)
            if proto == Some("io.prometheus.client.MetricFamily") && encoding == Some("delimited") =>
        {
            Format::Protobuf
        }
        _ => return None,
    };
    Some((weight, Wanted { format, escaping: escaping.unwrap_or(Escaping::Underscores) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Prometheus 3.16 sends with and without native histograms.
    const NATIVE: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
    const PLAIN: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

    #[test]
    fn a_scraper_gets_the_best_of_what_it_accepts() {
        for (accept, content_type) in [
            ("", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            ("*/*", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            ("text/html, application/json", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            (
                NATIVE,
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores",
            ),
            (PLAIN, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8"),
            (
                "text/plain;version=1.0.0;escaping=allow-utf-8",
                "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
            ),
            (
                "application/openmetrics-text; version=1.0.0; escaping=dots",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
            ),
            (
                "application/openmetrics-text;version=0.0.1;q=0.9,text/plain;version=0.0.4;escaping=values;q=0.2",
                "text/plain; version=0.0.4; charset=utf-8; escaping=values",
            ),
            ("application/openmetrics-text;q=0", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
            (
                "application/vnd.google.protobuf;proto=other;encoding=delimited",
                "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
            ),
            ("text/plain;q=x,;;,=", "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"),
        ] {
            assert_eq!(Wanted::of(accept).to_string(), content_type, "{accept}");
        }
    }

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (text, takes) in [
            ("gzip", true),
            ("deflate, gzip;q=0.5", true),
            ("*", true),
            ("GZIP", true),
            ("", false),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.0", false),
        ] {
            assert_eq!(takes_gzip(text), takes, "{text}");
        }
    }
}
