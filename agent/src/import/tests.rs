use super::imported::{Imported, Mapping};
use super::read::read;
use super::translate::translate;
use super::write::yaml;
use crate::config::Node;

fn imported(text: &str) -> Imported {
    translate(&read(text).unwrap())
}

const EXAMPLE: &str = r#"
defaults:
  observer_type: histogram
  ttl: 1m30s
  histogram_options:
    buckets: [0.1, 1]
mappings:
- match: "shop.*.orders"
  name: orders
  labels:
    shop: "$1"
  help: What was ordered
- match: 'api\.(\w+)\.(.*)'
  match_type: regex
  name: "api_${2}_$1"
  honor_labels: true
  labels:
    whole: "$0"
  observer_type: summary
  summary_options:
    quantiles:
    - quantile: 0.75
      error: 0.01
    max_age: 30s
  ttl: 0
- match: "debug.*"
  name: dropped
  action: drop
  match_metric_type: observer
- match: "*.size"
  name: size
  scale: 0.001
"#;

#[test]
fn mappings_become_profiles_globs_first() {
    let imported = imported(EXAMPLE);
    let names: Vec<_> = imported.mappings.iter().map(|mapping| &mapping.name[..]).collect();
    assert_eq!(names, ["orders", "dropped", "size", "api_${3}_${2}", "$0"]);
    let text = yaml(&imported);
    let expected = r#"      - match: "shop.*.orders"
        name: orders
        tags:
          shop: "$1"
        tag_conflicts: mapping
        seconds: true
        observe_as: buckets
        buckets: [0.1, 1]
        help: "What was ordered"
      - match: "debug.*"
        name: dropped
        types: [timing, histogram, distribution]
        drop: true
"#;
    assert!(text.contains(expected), "{text}");
    let expected = r#"      - match: "(?s:.*?)(api\\.(\\w+)\\.(.*))(?s:.*)"
        match_type: regex
        name: "api_${3}_${2}"
        tags:
          whole: "${1}"
        tag_conflicts: message
        seconds: true
        observe_as: summary
        quantiles: [0.75]
"#;
    assert!(text.contains(expected), "{text}");
    assert!(
        text.ends_with("basenji_prometheus_expiry_seconds: 90\nbasenji_prometheus_total_suffix: false\n"),
        "{text}"
    );
    assert_eq!(imported.notes, ["line 13: max_age has no counterpart"]);
    assert!(Node::parse(&text).is_ok());
}

#[test]
fn without_an_order_words_go_before_stars() {
    let text = "defaults: {glob_disable_ordering: true}\nmappings:\n- {match: '*.b', name: x1}\n- {match: 'a.*', name: x2}\n- {match: 'a.b', name: x3}\n";
    let names: Vec<_> = imported(text).mappings.into_iter().map(|Mapping { pattern, .. }| pattern).collect();
    assert_eq!(names, ["a.b", "a.*", "*.b", ".*"]);
}

#[test]
fn what_statsd_exporter_refuses_is_refused_with_its_line() {
    for (text, line, problem) in [
        ("mappings:\n- match: 'a.*'\n  name: x\n  labels: {w: a}\n", 2, "not 'w'"),
        ("mappings:\n- match: 'a.*'\n", 2, "a mapping needs a name"),
        ("mappings:\n- match: 'a*'\n  name: x\n", 2, "not 'a*'"),
        ("mappings:\n- match: '9.*'\n  name: x\n", 2, "not '9.*'"),
        ("mappings:\n- match: 'a'\n  name: x\n  action: keep\n", 4, "neither map nor drop"),
        ("mappings:\n- match: 'a'\n  name: x\n  other: 1\n", 4, "there is no key 'other'"),
        ("mappings:\n- match: 'a'\n  name: x\n  ttl: 5x\n", 4, "'5x' is not a duration"),
        ("maps: []\n", 1, "there is no key 'maps'"),
        (
            "defaults: {observer_type: histogram}\nmappings:\n- match: a\n  name: x\n  summary_options: {quantiles: [{quantile: 0.5, error: 0.1}]}\n",
            3,
            "no summary_options",
        ),
    ] {
        let bad = read(text).unwrap_err();
        assert!(bad.problem.contains(problem), "{text}: {bad:?}");
        assert_eq!(bad.line, line, "{text}");
    }
}

#[test]
fn an_empty_file_still_makes_timings_seconds() {
    let text = yaml(&imported(""));
    assert!(
        text.contains(
            "name: \"$0\"\n        observe_as: summary\n        quantiles: [0.5, 0.9, 0.99]\n        seconds: true\n"
        ),
        "{text}"
    );
    assert!(text.contains("basenji_prometheus_expiry_seconds: 4294967295\n"), "{text}");
}
