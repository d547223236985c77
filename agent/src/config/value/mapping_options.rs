//! What a mapping of a profile may say in words of our own, which an Agent does not know.

use basenji::core::wire::MetricKind;
use serde_json::{Value as Json, json};

use super::fields::Fields;
use crate::config::node::{Bad, Node, Shape};
use crate::names::{Look, Observed, Options, Winner};

/// Types of metrics and their words.
const TYPES: [(&str, MetricKind); MetricKind::ALL.len()] = [
    ("count", MetricKind::Count),
    ("gauge", MetricKind::Gauge),
    ("set", MetricKind::Set),
    ("timing", MetricKind::Timing),
    ("histogram", MetricKind::Histogram),
    ("distribution", MetricKind::Distribution),
];

const WINNERS: [(&str, Winner); 3] =
    [("both", Winner::Both), ("message", Winner::Message), ("mapping", Winner::Mapping)];

const OBSERVED: [(&str, Observed); 3] =
    [("native", Observed::Native), ("buckets", Observed::Buckets), ("summary", Observed::Summary)];

/// Reads the options of a mapping.
pub(super) fn read(fields: &Fields<'_>) -> Result<Options, Bad> {
    let types = match fields.get("types") {
        None => Vec::new(),
        Some(node) => list(node)?.iter().map(|node| word(node, &TYPES)).collect::<Result<_, _>>()?,
    };
    let numbers = |key: &str| match fields.get(key) {
        None => Ok(None),
        Some(node) => list(node)?.iter().map(number).collect::<Result<Vec<_>, _>>().map(Some),
    };
    let observe_as = fields.get("observe_as").map(|node| word(node, &OBSERVED)).transpose()?;
    let buckets = numbers("buckets")?;
    if let (Some(node), Some(bounds)) = (fields.get("buckets"), &buckets)
        && !bounds.is_sorted_by(|a, b| a < b)
    {
        return Err(node.bad("the buckets have to ascend"));
    }
    let quantiles = numbers("quantiles")?;
    if let (Some(node), Some(all)) = (fields.get("quantiles"), &quantiles)
        && all.iter().any(|quantile| !(0.0..=1.0).contains(quantile))
    {
        return Err(node.bad("a quantile is from 0 to 1"));
    }
    Ok(Options {
        types,
        drop: truth(fields, "drop")?,
        scale: fields.get("scale").map(number).transpose()?,
        seconds: truth(fields, "seconds")?,
        tag_conflicts: fields.get("tag_conflicts").map_or(Ok(Winner::Both), |node| word(node, &WINNERS))?,
        observe_as,
        look: Look {
            buckets,
            quantiles,
            ttl: fields.get("ttl").map(seconds).transpose()?,
            help: fields.word("help")?.map(str::to_owned),
            observe_as,
        },
    })
}

/// Adds the options that are not the default to the object of a mapping.
pub(super) fn show(options: &Options, object: &mut Json) {
    let word_of = |kind| TYPES.iter().find(|(_, known)| *known == kind).map(|(word, _)| *word);
    let mut put = |key: &str, value: Json| object[key] = value;
    if !options.types.is_empty() {
        let types: Vec<_> = options.types.iter().filter_map(|&kind| word_of(kind)).collect();
        put("types", json!(types));
    }
    for (key, is_set) in [("drop", options.drop), ("seconds", options.seconds)] {
        if is_set {
            put(key, json!(true));
        }
    }
    if let Some((word, _)) = WINNERS.iter().skip(1).find(|(_, winner)| *winner == options.tag_conflicts) {
        put("tag_conflicts", json!(word));
    }
    if let Some((word, _)) = OBSERVED.iter().find(|(_, observed)| Some(*observed) == options.observe_as) {
        put("observe_as", json!(word));
    }
    let Look { buckets, quantiles, ttl, help, .. } = &options.look;
    let all = [
        ("scale", options.scale.map(|scale| json!(scale))),
        ("buckets", buckets.as_ref().map(|bounds| json!(bounds))),
        ("quantiles", quantiles.as_ref().map(|quantiles| json!(quantiles))),
        ("ttl", ttl.map(|ttl| json!(ttl))),
        ("help", help.as_ref().map(|help| json!(help))),
    ];
    all.into_iter().for_each(|(key, value)| value.into_iter().for_each(|value| put(key, value)));
}

fn list(node: &Node) -> Result<&[Node], Bad> {
    match &node.shape {
        Shape::List(items) => Ok(items),
        _ => Err(node.bad(format_args!("expected a list, found {}", node.kind()))),
    }
}

fn text(node: &Node) -> Result<&str, Bad> {
    match &node.shape {
        Shape::Text(text) => Ok(text),
        _ => Err(node.bad(format_args!("expected a plain value, found {}", node.kind()))),
    }
}

fn word<T: Copy>(node: &Node, words: &[(&str, T)]) -> Result<T, Bad> {
    let text = text(node)?;
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        node.bad(format_args!("'{text}' is not one of {}", known.join(", ")))
    })
}

fn number(node: &Node) -> Result<f64, Bad> {
    let text = text(node)?;
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| node.bad(format_args!("'{text}' is not a number")))
}

fn seconds(node: &Node) -> Result<u64, Bad> {
    let text = text(node)?;
    text.parse().map_err(|_| node.bad(format_args!("'{text}' is not a number of seconds")))
}

fn truth(fields: &Fields<'_>, key: &str) -> Result<bool, Bad> {
    match fields.get(key).map(|node| (node, text(node))) {
        None => Ok(false),
        Some((_, Ok("true"))) => Ok(true),
        Some((_, Ok("false"))) => Ok(false),
        Some((node, _)) => Err(node.bad(format_args!("{key} is true or false"))),
    }
}
