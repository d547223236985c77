//! What a daemon is expected to show: objects of which some parts are known exactly and others only by a rule.
//!
//! An expected object names the members that matter; a found object may have others. Below that a value is meant exactly, but for a rule, an object of
//! one member:
//!
//! - `{"$at_least": 1}`: a number that is not smaller;
//! - `{"$near": 2.5}`: a number within the sketch's error of one percent;
//! - `{"$sampled": 0.5, "of": 1000}`: what a sum of 1000 ones, each sent with that chance and weighted by its inverse, comes to.

use serde_json::{Map, Value};

/// What is missing of `expected` and what was found beside it, a line each; nothing if each object of the one is one of the other.
pub fn differences(expected: &[Value], found: &[Value]) -> Vec<String> {
    let mut left: Vec<&Value> = found.iter().collect();
    let mut missing = Vec::new();
    for object in expected {
        match left.iter().position(|found| shows(found, object)) {
            Some(place) => drop(left.swap_remove(place)),
            None => missing.push(format!("missing: {object}")),
        }
    }
    missing.extend(left.into_iter().map(|found| format!("not expected: {found}")));
    missing
}

/// Whether `found` has every member of `expected`.
fn shows(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            expected.iter().all(|(name, value)| found.get(name).is_some_and(|found| is(found, value)))
        }
        _ => false,
    }
}

/// Whether `found` is what `expected` says.
fn is(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (found, Value::Object(rule)) if rule.keys().any(|name| name.starts_with('$')) => keeps(found, rule),
        (Value::Object(found), Value::Object(expected)) => {
            found.len() == expected.len()
                && found.iter().all(|(name, found)| expected.get(name).is_some_and(|expected| is(found, expected)))
        }
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(found, expected)| is(found, expected))
        }
        (Value::Number(found), Value::Number(expected)) => found.as_f64() == expected.as_f64(),
        _ => found == expected,
    }
}

/// Whether a number keeps a rule.
fn keeps(found: &Value, rule: &Map<String, Value>) -> bool {
    let number = |name: &str| rule.get(name).and_then(Value::as_f64);
    let Some(found) = found.as_f64() else { return false };
    if let Some(least) = number("$at_least") {
        found >= least
    } else if let Some(value) = number("$near") {
        (found - value).abs() <= value.abs() * 0.01
    } else if let (Some(rate), Some(calls)) = (number("$sampled"), number("of")) {
        // Seven standard deviations: less than one run in 10^11 is outside.
        let deviation = (calls * (1.0 - rate) / rate).sqrt();
        (found * rate).fract() == 0.0 && (found - calls).abs() <= 7.0 * deviation
    } else {
        panic!("there is no rule {rule:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn an_object_may_have_members_that_nobody_asks_for_but_no_other_values() {
        let found = [json!({"metric": "a", "tags": ["x"], "timestamp": 7, "value": 2.0})];
        assert!(differences(&[json!({"metric": "a", "tags": ["x"], "value": 2})], &found).is_empty());
        for wrong in [json!({"value": 3}), json!({"tags": []}), json!({"tags": ["x", "y"]}), json!({"host": null})] {
            assert_eq!(differences(&[wrong], &found).len(), 2);
        }
    }

    #[test]
    fn each_object_is_found_once() {
        let (once, twice) = ([json!({"value": 1})], [json!({"value": 1}), json!({"value": 1})]);
        assert_eq!(differences(&twice, &once), [r#"missing: {"value":1}"#]);
        assert_eq!(differences(&once, &twice), [r#"not expected: {"value":1}"#]);
    }

    #[test]
    fn a_rule_tells_numbers_that_keep_it_from_others() {
        let keeps = |rule, value| differences(&[json!({"v": rule})], &[json!({"v": value})]).is_empty();
        assert!(keeps(json!({"$at_least": 1}), 1.0) && !keeps(json!({"$at_least": 1}), 0.5));
        assert!(keeps(json!({"$near": 100}), 99.5) && !keeps(json!({"$near": 100}), 98.0));
        let sampled = || json!({"$sampled": 0.5, "of": 1000});
        assert!(keeps(sampled(), 1042.0) && !keeps(sampled(), 1041.0) && !keeps(sampled(), 500.0));
    }
}
