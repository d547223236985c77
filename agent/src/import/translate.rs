//! From statsd_exporter's mappings to the daemon's own.
//!
//! All globs come before all expressions, as there. An expression that may match a part of a name gets what the rest may
//! be around it, and its groups their numbers. Timings are seconds there, which every mapping says here, and one at the
//! end for the names that none is for.

use super::imported::{Imported, Mapping};
use super::read::{Config, Mapping as Theirs, MetricType, Observer};

/// Prometheus' own bounds and statsd_exporter's quantiles, where nothing is said.
const BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

pub(super) fn translate(config: &Config) -> Imported {
    let mut imported = Imported::default();
    let is_regex = |mapping: &Theirs| mapping.options.is_regex.or(config.defaults.is_regex).unwrap_or(false);
    let mut globs: Vec<&Theirs> = config.mappings.iter().filter(|mapping| !is_regex(mapping)).collect();
    if config.is_unordered {
        // At each part a word goes before a star; equal ones stay in their order.
        globs.sort_by_key(|mapping| mapping.pattern.split('.').map(|part| part == "*").collect::<Vec<_>>());
        let note = "glob_disable_ordering: a name on which statsd_exporter gives up halfway is matched here";
        imported.notes.push(note.to_owned());
    }
    let expressions = config.mappings.iter().filter(|mapping| is_regex(mapping));
    for mapping in globs {
        imported.push(config, mapping, false);
    }
    for mapping in expressions {
        imported.push(config, mapping, true);
    }
    let defaults = Theirs { options: config.defaults.clone(), ..Theirs::default() };
    let mut last = Mapping { pattern: ".*".to_owned(), is_regex: true, name: "$0".to_owned(), ..Mapping::default() };
    last.more = page(config, &defaults);
    last.more.push(("seconds", "true".to_owned()));
    imported.mappings.push(last);
    for other in &config.defaults.others {
        imported.notes.push(format!("defaults: {other} has no counterpart"));
    }
    let ttl = config.defaults.ttl.map_or(0, |ttl| ttl.ceil() as u64);
    // There, what is not to end never does.
    imported
        .settings
        .push(("basenji_prometheus_expiry_seconds", if ttl == 0 { u32::MAX.into() } else { ttl }.to_string()));
    imported.settings.push(("basenji_prometheus_total_suffix", "false".to_owned()));
    imported
}

impl Imported {
    fn push(&mut self, config: &Config, theirs: &Theirs, is_regex: bool) {
        let template = |text: &str| if is_regex { shifted(text) } else { text.to_owned() };
        let mut mapping = Mapping {
            pattern: if is_regex { format!("(?s:.*?)({})(?s:.*)", theirs.pattern) } else { theirs.pattern.clone() },
            is_regex,
            name: template(&theirs.name),
            tags: theirs.labels.iter().map(|(key, value)| (key.clone(), template(value))).collect(),
            more: Vec::new(),
        };
        let types = match theirs.metric_type {
            None => None,
            Some(MetricType::Counter) => Some("[count]"),
            Some(MetricType::Gauge) => Some("[gauge]"),
            Some(MetricType::Observer) => Some("[timing, histogram, distribution]"),
        };
        mapping.more.extend(types.map(|types| ("types", types.to_owned())));
        if theirs.is_drop {
            mapping.more.push(("drop", "true".to_owned()));
            self.mappings.push(mapping);
            return;
        }
        let winner = if theirs.honors_labels { "message" } else { "mapping" };
        if !mapping.tags.is_empty() {
            mapping.more.push(("tag_conflicts", winner.to_owned()));
        }
        mapping.more.extend(theirs.scale.map(|scale| ("scale", scale.to_string())));
        mapping.more.push(("seconds", "true".to_owned()));
        mapping.more.extend(page(config, theirs));
        self.mappings.push(mapping);
        for other in &theirs.options.others {
            self.notes.push(format!("line {}: {other} has no counterpart", theirs.line));
        }
    }
}

/// What the page for Prometheus has to know.
fn page(config: &Config, theirs: &Theirs) -> Vec<(&'static str, String)> {
    let (own, defaults) = (&theirs.options, &config.defaults);
    let mut more = Vec::new();
    let list = |numbers: &[f64]| format!("[{}]", numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(", "));
    let first = |lists: [&[f64]; 3]| list(lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default());
    match own.observer_type.or(defaults.observer_type).unwrap_or(Observer::Summary) {
        Observer::Histogram => {
            more.push(("observe_as", "buckets".to_owned()));
            more.push(("buckets", first([&own.buckets, &defaults.buckets, &BUCKETS])));
        }
        Observer::Summary => {
            more.push(("observe_as", "summary".to_owned()));
            more.push(("quantiles", first([&own.quantiles, &defaults.quantiles, &QUANTILES])));
        }
    }
    more.extend(own.ttl.map(|ttl| ("ttl", (ttl.ceil() as u64).to_string())));
    more.extend(theirs.help.as_ref().map(|help| ("help", crate::config::quoted(help))));
    more
}

/// A template for an expression that has become a group: `$0` is `$1` now, and `$1` is `${2}`.
fn shifted(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push_str("$$");
            rest = after;
            continue;
        }
        let (inside, is_braced) = match rest.strip_prefix('{') {
            Some(inside) => (inside, true),
            None => (rest, false),
        };
        let len = inside.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(inside.len());
        let (name, after) = inside.split_at(len);
        match name.parse::<usize>() {
            Ok(group) => out.push_str(&format!("${{{}}}", group + 1)),
            Err(_) if is_braced => out.push_str(&format!("${{{name}")),
            Err(_) => out.push_str(&format!("${name}")),
        }
        rest = match (is_braced, name.parse::<usize>()) {
            (true, Ok(_)) => after.strip_prefix('}').unwrap_or(after),
            _ => after,
        };
    }
    out + rest
}
