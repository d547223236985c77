//! The mapping file of statsd_exporter, with its own checks.

use crate::config::{Bad, Node, Shape};

/// The file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) defaults: Options,
    /// Whether globs are in the order of how much they say.
    pub(super) is_unordered: bool,
    pub(super) mappings: Vec<Mapping>,
}

/// What a mapping or the defaults ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Options {
    /// `summary` or `histogram`.
    pub(super) observer_type: Option<Observer>,
    /// Whether `match_type` is `regex`.
    pub(super) is_regex: Option<bool>,
    /// Seconds.
    pub(super) ttl: Option<f64>,
    pub(super) buckets: Vec<f64>,
    pub(super) quantiles: Vec<f64>,
    /// Keys that have no counterpart.
    pub(super) others: Vec<&'static str>,
}

/// How timers, histograms and distributions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observer {
    Summary,
    Histogram,
}

/// One mapping.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Mapping {
    pub(super) line: usize,
    pub(super) pattern: String,
    pub(super) name: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) honors_labels: bool,
    pub(super) help: Option<String>,
    pub(super) is_drop: bool,
    pub(super) metric_type: Option<MetricType>,
    pub(super) scale: Option<f64>,
    pub(super) options: Options,
}

/// Which metrics a mapping is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetricType {
    Counter,
    Gauge,
    Observer,
}

/// Reads a file.
///
/// # Errors
///
/// What statsd_exporter would refuse, with its line.
pub(super) fn read(text: &str) -> Result<Config, Bad> {
    let node = Node::parse(text)?;
    let mut config = Config::default();
    if node.shape == Shape::Null {
        return Ok(config);
    }
    for entry in node.entries()? {
        let value = &entry.value;
        match &entry.key[..] {
            "defaults" => {
                for entry in entries(value)? {
                    match &entry.key[..] {
                        "glob_disable_ordering" => config.is_unordered = truth(&entry.value)?,
                        key => options(key, &entry.value, &mut config.defaults)?,
                    }
                }
            }
            "mappings" => config.mappings = list(value)?.iter().map(mapping).collect::<Result<_, _>>()?,
            key => return Err(Bad { line: entry.line, problem: format!("there is no key '{key}'") }),
        }
    }
    config.mappings.iter().try_for_each(|mapping| check(mapping, &config.defaults))?;
    Ok(config)
}

fn mapping(node: &Node) -> Result<Mapping, Bad> {
    let entries = node.entries()?;
    let mut mapping = Mapping { line: entries.first().map_or(0, |entry| entry.line), ..Mapping::default() };
    for entry in entries {
        let value = &entry.value;
        match &entry.key[..] {
            "match" => mapping.pattern = word(value)?.to_owned(),
            "name" => mapping.name = word(value)?.to_owned(),
            "help" => mapping.help = Some(word(value)?.to_owned()),
            "honor_labels" => mapping.honors_labels = truth(value)?,
            "scale" => mapping.scale = Some(number(value)?),
            "labels" => {
                for label in self::entries(value)? {
                    mapping.labels.push((label.key.clone(), word(&label.value)?.to_owned()));
                }
            }
            "action" => {
                mapping.is_drop = match word(value)? {
                    "drop" => true,
                    "map" | "" => false,
                    other => return Err(value.bad(format!("the action is '{other}', neither map nor drop"))),
                }
            }
            "match_metric_type" => {
                mapping.metric_type = Some(match word(value)? {
                    "counter" => MetricType::Counter,
                    "gauge" => MetricType::Gauge,
                    "observer" | "timer" => MetricType::Observer,
                    other => return Err(value.bad(format!("'{other}' is not one of counter, gauge, observer"))),
                })
            }
            key => options(key, value, &mut mapping.options)?,
        }
    }
    Ok(mapping)
}

/// Takes a key that the defaults may have as well.
fn options(key: &str, value: &Node, options: &mut Options) -> Result<(), Bad> {
    match key {
        "observer_type" | "timer_type" => {
            options.observer_type = match word(value)? {
                "histogram" => Some(Observer::Histogram),
                "summary" => Some(Observer::Summary),
                "" => None,
                other => {
                    return Err(value.bad(format!("the observer_type is '{other}', neither summary nor histogram")));
                }
            }
        }
        "match_type" => {
            options.is_regex = match word(value)? {
                "glob" => Some(false),
                "regex" => Some(true),
                "" => None,
                other => return Err(value.bad(format!("the match_type is '{other}', neither glob nor regex"))),
            }
        }
        "ttl" => options.ttl = Some(duration(value)?).filter(|ttl| *ttl > 0.0),
        "summary_options" => {
            for entry in entries(value)? {
                match &entry.key[..] {
                    "quantiles" => {
                        for quantile in list(&entry.value)? {
                            for entry in entries(quantile)? {
                                match &entry.key[..] {
                                    "quantile" => options.quantiles.push(number(&entry.value)?),
                                    "error" => drop(number(&entry.value)?),
                                    other => return Err(unknown(entry.line, other)),
                                }
                            }
                        }
                    }
                    "max_age" => options.others.push("max_age"),
                    "age_buckets" => options.others.push("age_buckets"),
                    "buf_cap" => options.others.push("buf_cap"),
                    other => return Err(unknown(entry.line, other)),
                }
            }
        }
        "histogram_options" => {
            for entry in entries(value)? {
                match &entry.key[..] {
                    "buckets" => options.buckets = list(&entry.value)?.iter().map(number).collect::<Result<_, _>>()?,
                    "native_histogram_bucket_factor" => options.others.push("native_histogram_bucket_factor"),
                    "native_histogram_max_buckets" => options.others.push("native_histogram_max_buckets"),
                    other => return Err(unknown(entry.line, other)),
                }
            }
        }
        "buckets" => options.buckets = list(value)?.iter().map(number).collect::<Result<_, _>>()?,
        other => return Err(value.bad(format!("there is no key '{other}'"))),
    }
    Ok(())
}

/// What statsd_exporter checks of a mapping.
fn check(mapping: &Mapping, defaults: &Options) -> Result<(), Bad> {
    let bad = |problem: String| Err(Bad { line: mapping.line, problem });
    if let Some((key, _)) = mapping.labels.iter().find(|(key, _)| !is_label(key)) {
        return bad(format!(
            "a label has two letters, digits or '_' at least, and none before is a digit, but not '{key}'"
        ));
    }
    if mapping.name.is_empty() {
        return bad("a mapping needs a name".to_owned());
    }
    let is_regex = mapping.options.is_regex.or(defaults.is_regex).unwrap_or(false);
    if !is_regex && !is_glob(&mapping.pattern) {
        return bad(format!("a glob has words between dots, or '*' for one, but not '{}'", mapping.pattern));
    }
    match mapping.options.observer_type.or(defaults.observer_type) {
        Some(Observer::Histogram) if !mapping.options.quantiles.is_empty() => {
            bad("a histogram has no summary_options".to_owned())
        }
        Some(Observer::Summary) if !mapping.options.buckets.is_empty() => {
            bad("a summary has no histogram_options".to_owned())
        }
        _ => Ok(()),
    }
}

fn is_label(key: &str) -> bool {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    key.len() >= 2 && key.chars().all(is_word) && !key.starts_with(|first: char| first.is_ascii_digit())
}

fn is_glob(pattern: &str) -> bool {
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let mut parts = pattern.split('.');
    let first = parts.next().unwrap_or_default();
    let begins =
        first == "*" || (is_word(first) && !first.starts_with(|first: char| first.is_ascii_digit() || first == '-'));
    begins && parts.all(|part| part == "*" || is_word(part))
}

/// No keys are none.
fn entries(node: &Node) -> Result<&[crate::config::Entry], Bad> {
    if node.shape == Shape::Null { Ok(&[]) } else { node.entries() }
}

fn list(node: &Node) -> Result<&[Node], Bad> {
    match &node.shape {
        Shape::List(items) => Ok(items),
        Shape::Null => Ok(&[]),
        _ => Err(node.bad(format!("expected a list, found {}", node.kind()))),
    }
}

fn word(node: &Node) -> Result<&str, Bad> {
    match &node.shape {
        Shape::Text(text) => Ok(text),
        Shape::Null => Ok(""),
        _ => Err(node.bad(format!("expected text, found {}", node.kind()))),
    }
}

fn number(node: &Node) -> Result<f64, Bad> {
    let text = word(node)?;
    text.parse().map_err(|_| node.bad(format!("'{text}' is not a number")))
}

fn truth(node: &Node) -> Result<bool, Bad> {
    match word(node)? {
        "true" | "True" | "TRUE" | "yes" | "on" | "y" => Ok(true),
        "false" | "False" | "FALSE" | "no" | "off" | "n" | "" => Ok(false),
        other => Err(node.bad(format!("'{other}' is neither true nor false"))),
    }
}

/// Go's durations, in seconds: `1h30m`, `1.5s`; a number alone is nanoseconds.
fn duration(node: &Node) -> Result<f64, Bad> {
    let text = word(node)?;
    if let Ok(nanos) = text.parse::<f64>() {
        return Ok(nanos / 1e9);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let (count, after) = rest.split_at(digits);
        let unit = after.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let of = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(node.bad(format!("'{text}' is not a duration"))),
        };
        let count: f64 = count.parse().map_err(|_| node.bad(format!("'{text}' is not a duration")))?;
        seconds += count * of;
        rest = after;
    }
    Ok(seconds)
}

fn unknown(line: usize, key: &str) -> Bad {
    Bad { line, problem: format!("there is no key '{key}'") }
}
