//! Where Datadog is: URLs from sites, and the keys of each.

use super::settings::Settings;
use crate::delivery::{Secret, shown};

/// The Agent whose behaviour this is: it names its version to Datadog, and Datadog's names begin with it.
pub(super) const AGENT: &str = "7.85.4";

/// The domains that Datadog itself answers at.
const DOMAINS: [&str; 6] =
    ["datadoghq.com", "datadoghq.eu", "datad0g.com", "datad0g.eu", "ddog-gov.com", "ddog-gov.mil"];

/// A receiver with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Where to send.
    pub(super) url: String,
    /// Where to ask whether the key is valid; nothing for a receiver that is not asked.
    pub(super) validation: Option<String>,
    pub(super) key: Secret,
    /// Tells the keys of one URL apart, from 0.
    pub(super) number: usize,
    pub(super) takes: Takes,
    /// The key of the setting that names the URL.
    pub(super) setting: &'static str,
}

/// What a receiver is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Everything,
    /// Series and sketches.
    Metrics,
    /// Events and service checks.
    Rest,
}

impl Takes {
    pub(super) fn metrics(self) -> bool {
        self != Takes::Rest
    }

    pub(super) fn rest(self) -> bool {
        self != Takes::Metrics
    }
}

/// Every receiver, the main one first; a URL that has no key is named in `warnings`.
pub(super) fn places(settings: &Settings, warnings: &mut Vec<String>) -> Vec<Place> {
    let main = main_url(settings);
    let mut urls = vec![(main.clone(), vec![settings.api_key.value.clone()])];
    for (url, keys) in &settings.additional.0 {
        let url = url.trim().trim_end_matches('/').to_owned();
        match urls.iter_mut().find(|(other, _)| *other == url) {
            Some((_, known)) => known.extend(keys.iter().cloned()),
            None => urls.push((url, keys.clone())),
        }
    }
    let mut places = Vec::new();
    for (url, mut keys) in urls {
        keys.retain(|key| !key.is_empty());
        let mut unique: Vec<Secret> = Vec::new();
        keys.into_iter().for_each(|key| {
            if !unique.contains(&key) {
                unique.push(key)
            }
        });
        if unique.is_empty() && url != main {
            warnings.push(format!("additional_endpoints: {} has no key, nothing is sent there", shown(&url)));
        }
        let worker = settings.worker_url.value.trim().trim_end_matches('/');
        let has_worker = url == main && *settings.has_worker && !worker.is_empty();
        for (number, key) in unique.into_iter().enumerate() {
            let validation = Some(validation_url(&url));
            let setting = match url == main {
                true if settings.url.value.trim().is_empty() => "site",
                true => "dd_url",
                false => "additional_endpoints",
            };
            let takes = if has_worker { Takes::Rest } else { Takes::Everything };
            let url = versioned(&url);
            if has_worker {
                let url = worker.to_owned();
                let setting = "observability_pipelines_worker.metrics.url";
                places.push(Place { url, validation: None, key: key.clone(), number, takes: Takes::Metrics, setting });
            }
            places.push(Place { url, validation, key, number, takes, setting });
        }
    }
    places
}

fn main_url(settings: &Settings) -> String {
    let url = settings.url.value.trim().trim_end_matches('/');
    if !url.is_empty() {
        return url.to_owned();
    }
    let site = settings.site.value.trim().trim_end_matches('.');
    let site = if site.is_empty() { "datadoghq.com" } else { site };
    let dot = if *settings.is_fqdn && is_datadogs(site) { "." } else { "" };
    format!("https://app.{site}{dot}")
}

/// Whether a site is Datadog's own: one of its domains, or a part of one, as in `us3.datadoghq.com`.
fn is_datadogs(site: &str) -> bool {
    DOMAINS.iter().any(|domain| {
        let rest = site.strip_suffix(domain).map(|rest| rest.strip_suffix('.').unwrap_or(rest));
        rest.is_some_and(|rest| rest.is_empty() || (site.len() > domain.len() + rest.len() && is_centre(rest)))
    })
}

/// Whether a label names a data centre: two letters or more and a number.
fn is_centre(label: &str) -> bool {
    let letters = label.trim_end_matches(|letter: char| letter.is_ascii_digit());
    letters.len() >= 2 && letters.len() < label.len() && letters.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The site of a URL that is Datadog's, with what stands before and after it.
fn datadogs(url: &str) -> Option<(&str, &str)> {
    let host = url.strip_prefix("https://app.")?;
    is_datadogs(host.trim_end_matches('.')).then_some(("https://", host))
}

/// Datadog's URL as an Agent of this version has it; any other stays as it is.
fn versioned(url: &str) -> String {
    match datadogs(url) {
        Some((scheme, host)) => format!("{scheme}{}-app.agent.{host}", AGENT.replace('.', "-")),
        None => url.to_owned(),
    }
}

fn validation_url(url: &str) -> String {
    match datadogs(url) {
        Some((scheme, host)) => format!("{scheme}api.{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::origin::Setting;
    use crate::sink::datadog::settings::Endpoints;

    fn settings(site: &str, url: &str) -> Settings {
        Settings {
            api_key: Setting::by_default(Secret::new("main-key")),
            site: Setting::by_default(site.to_owned()),
            url: Setting::by_default(url.to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn datadogs_urls_carry_a_version_and_a_final_dot_and_others_are_left_alone() {
        for (site, url, expected, validation) in [
            ("datadoghq.com", "", "https://7-85-4-app.agent.datadoghq.com.", "https://api.datadoghq.com."),
            (" datadoghq.eu ", "", "https://7-85-4-app.agent.datadoghq.eu.", "https://api.datadoghq.eu."),
            ("us3.datadoghq.com", "", "https://7-85-4-app.agent.us3.datadoghq.com.", "https://api.us3.datadoghq.com."),
            ("ap1.datadoghq.com", "", "https://7-85-4-app.agent.ap1.datadoghq.com.", "https://api.ap1.datadoghq.com."),
            ("ddog-gov.com", "", "https://7-85-4-app.agent.ddog-gov.com.", "https://api.ddog-gov.com."),
            ("example.org", "", "https://app.example.org", "https://app.example.org"),
            ("evil-datadoghq.com", "", "https://app.evil-datadoghq.com", "https://app.evil-datadoghq.com"),
            ("", "http://127.0.0.1:8428/datadog/", "http://127.0.0.1:8428/datadog", "http://127.0.0.1:8428/datadog"),
            ("", "https://app.datadoghq.com", "https://7-85-4-app.agent.datadoghq.com", "https://api.datadoghq.com"),
        ] {
            let places = places(&settings(site, url), &mut Vec::new());
            let place = &places[0];
            assert_eq!((&place.url[..], place.validation.as_deref()), (expected, Some(validation)), "{site} {url}");
        }
    }

    #[test]
    fn every_pair_of_url_and_key_is_a_place_once() {
        let mut settings = settings("", "https://main.example");
        let key = |keys: &[&str]| keys.iter().map(|key| Secret::new(*key)).collect::<Vec<_>>();
        settings.additional = Setting::by_default(Endpoints(vec![
            ("https://main.example/".to_owned(), key(&["second", "main-key", ""])),
            ("https://other.example".to_owned(), key(&["third"])),
            ("https://none.example".to_owned(), key(&[""])),
        ]));
        let mut warnings = Vec::new();
        let found = places(&settings, &mut warnings);
        let found: Vec<_> = found.iter().map(|place| (&place.url[..], place.key.reveal(), place.number)).collect();
        assert_eq!(
            found,
            [
                ("https://main.example", "main-key", 0),
                ("https://main.example", "second", 1),
                ("https://other.example", "third", 0)
            ]
        );
        assert_eq!(warnings, ["additional_endpoints: https://none.example has no key, nothing is sent there"]);
    }

    #[test]
    fn a_worker_of_observability_pipelines_gets_the_metrics_of_the_main_account() {
        let mut settings = settings("", "https://main.example");
        settings.has_worker = Setting::by_default(true);
        settings.worker_url = Setting::by_default("http://worker:8383/".to_owned());
        let found = places(&settings, &mut Vec::new());
        let found: Vec<_> = found.iter().map(|place| (&place.url[..], place.takes)).collect();
        assert_eq!(found, [("http://worker:8383", Takes::Metrics), ("https://main.example", Takes::Rest)]);
    }
}
