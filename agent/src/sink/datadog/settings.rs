//! The keys of the Agent's forwarder and serializer that are Datadog's alone.

use crate::config::key::settings;
use crate::config::node::{Bad, Node, Shape};
use crate::config::value::{Compressor, Ranged, Reading, Value};
use crate::delivery::{Secret, shown};

settings! { part Settings in datadog {
    "Datadog" {
        /// Key of the Datadog account that series go to; without one they do not
        api_key: Secret = Secret::default(), "api_key";
        /// Datadog's site
        site: String = "datadoghq.com".to_owned(), "site";
        /// Where to send instead
        url: String = String::new(), "dd_url" | "url";
        /// Look Datadog's names up without the search domains of the system
        is_fqdn: bool = true, "convert_dd_site_fqdn.enabled";
        /// More receivers: URLs, each with a list of keys
        additional: Endpoints = Endpoints::default(), "additional_endpoints";
        /// Send series and sketches of the main account to a worker of Observability Pipelines
        has_worker: bool = false, "observability_pipelines_worker.metrics.enabled" | "vector.metrics.enabled";
        /// Where it is
        worker_url: String = String::new(), "observability_pipelines_worker.metrics.url" | "vector.metrics.url";
        /// Send series by v2 of the intake, in Protocol Buffers, instead of v1, in JSON
        is_v2: bool = true, "use_v2_api.series";
        /// Send counts as they are instead of as rates, for receivers that keep what they are sent
        has_raw_counts: bool = false, "basenji_datadog_raw_counts";
        /// How requests are compressed: zstd, zlib, gzip, none
        compressor: Compressor = Compressor::Zstd, "serializer_compressor_kind";
        /// Level of zstd
        zstd_level: Ranged<1, 22> = Ranged(1), "serializer_zstd_compressor_level";
        /// Bytes of a request, compressed
        max_bytes: Ranged<1, 1_073_741_824> = Ranged(2_621_440), "serializer_max_payload_size";
        /// Bytes of a request before compression
        max_plain_bytes: Ranged<1, 1_073_741_824> = Ranged(4_194_304), "serializer_max_uncompressed_payload_size";
        /// Bytes of a request with series of v2, compressed
        max_series_bytes: Ranged<1, 1_073_741_824> = Ranged(512_000), "serializer_max_series_payload_size";
        /// Bytes of a request with series of v2 before compression
        max_series_plain_bytes: Ranged<1, 1_073_741_824> =
            Ranged(5_242_880), "serializer_max_series_uncompressed_payload_size";
        /// Points of a request with series of v2
        max_series_points: Ranged<1, 1_000_000> = Ranged(10_000), "serializer_max_series_points_per_payload";
        /// Send series
        has_series: bool = true, "enable_payloads.series";
        /// Send distributions
        has_sketches: bool = true, "enable_payloads.sketches";
        /// Send events
        has_events: bool = true, "enable_payloads.events";
        /// Send service checks
        has_checks: bool = true, "enable_payloads.service_checks";
        /// Tell the receiver that values of tags may be anything
        has_arbitrary_tags: bool = false, "allow_arbitrary_tags";
        /// Minutes between two looks at whether the keys are valid
        validation_minutes: Ranged<0, 525_600> = Ranged(60), "forwarder_apikey_validation_interval";
    }
} }

/// URLs and the keys of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Endpoints(pub(crate) Vec<(String, Vec<Secret>)>);

impl Value for Endpoints {
    const WHAT: &'static str = "URLs with lists of keys";
    const IS_SECRET: bool = true;

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Endpoints::default());
        }
        // The error of the parser would show what it has read.
        let expected = || "expected a JSON object of URLs with lists of keys".to_owned();
        match Node::from(serde_json::from_str::<serde_json::Value>(text).map_err(|_| expected())?) {
            // As text it would be read again as JSON, without an end.
            Node { shape: Shape::Text(_), .. } => Err(expected()),
            node => Endpoints::from_node(&node, reading).map_err(|bad| bad.problem),
        }
    }

    fn from_node(node: &Node, reading: &mut Reading) -> Result<Self, Bad> {
        if let Shape::Text(text) = &node.shape {
            return Endpoints::from_text(text, reading).map_err(|problem| node.bad(problem));
        }
        let mut endpoints = Endpoints::default();
        for entry in node.entries()? {
            let keys = match &entry.value.shape {
                Shape::List(items) => items.iter().collect(),
                Shape::Null => Vec::new(),
                _ => vec![&entry.value],
            };
            let key = |item: &Node| match &item.shape {
                Shape::Text(text) => Ok(Secret::new(text.trim())),
                Shape::Null => Ok(Secret::default()),
                _ => Err(item.bad(format_args!("expected a key, found {}", item.kind()))),
            };
            endpoints.0.push((entry.key.clone(), keys.into_iter().map(key).collect::<Result<_, _>>()?));
        }
        Ok(endpoints)
    }

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }

    fn text(&self) -> String {
        let keys = |keys: &[Secret]| keys.iter().map(Secret::hint).collect::<Vec<_>>();
        let urls: serde_json::Map<_, _> = self.0.iter().map(|(url, all)| (shown(url), keys(all).into())).collect();
        if urls.is_empty() { String::new() } else { serde_json::Value::Object(urls).to_string() }
    }

    fn yaml(&self) -> String {
        match self.text() {
            text if text.is_empty() => "{}".to_owned(),
            text => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Source;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn endpoints_are_a_mapping_in_a_file_and_json_in_a_variable_and_show_no_key() {
        let json = format!(r#"{{"https://a.example": ["{KEY}", "x"], "https://user:pw@b": "{KEY}"}}"#);
        let mut reading = Reading::new(Source::Variable);
        let endpoints = Endpoints::from_text(&json, &mut reading).unwrap();
        let node = Node::parse(&json).unwrap();
        assert_eq!(Endpoints::from_node(&node, &mut reading).unwrap(), endpoints);
        assert_eq!(endpoints.0.iter().map(|(_, keys)| keys.len()).collect::<Vec<_>>(), [2, 1]);
        for text in [endpoints.text(), endpoints.yaml(), format!("{endpoints:?}")] {
            assert!(!text.contains(KEY) && text.contains("********cdef"), "{text}");
        }
        assert!(!endpoints.yaml().contains("pw"));
        for bad in [format!("{{\"https://a\": [\"{KEY}\""), format!("[\"{KEY}\"]")] {
            let problem = Endpoints::from_text(&bad, &mut reading).unwrap_err();
            assert!(!problem.contains(KEY), "{problem}");
        }
    }
}
