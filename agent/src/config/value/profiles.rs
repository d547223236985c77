//! `dogstatsd_mapper_profiles`: a list of profiles in a file, JSON in a variable.

use serde_json::{Value as Json, json};

use super::fields::Fields;
use super::{Reading, Value, mapping_options};
use crate::config::node::{Bad, Node, Shape};
use crate::names::{Mapping, MatchType, Profile};

/// Profiles in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profiles(pub(crate) Vec<Profile>);

impl Value for Profiles {
    const WHAT: &'static str = "a list of profiles";

    fn from_text(text: &str, reading: &mut Reading) -> Result<Self, String> {
        let json: Json = serde_json::from_str(text).map_err(|error| format!("this is not JSON: {error}"))?;
        match Node::from(json) {
            // As text it would be read again as JSON, without an end.
            Node { shape: Shape::Text(_), .. } => Err(format!("expected {}, found text", Self::WHAT)),
            node => Self::from_node(&node, reading).map_err(|bad| bad.problem),
        }
    }

    fn from_node(node: &Node, reading: &mut Reading) -> Result<Self, Bad> {
        match &node.shape {
            Shape::List(profiles) => Ok(Profiles(profiles.iter().map(profile).collect::<Result<_, _>>()?)),
            Shape::Text(text) => Self::from_text(text, reading).map_err(|problem| node.bad(problem)),
            _ => Err(node.bad(format_args!("expected {}, found {}", Self::WHAT, node.kind()))),
        }
    }

    fn text(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        Json::from(self.0.iter().map(json).collect::<Vec<_>>()).to_string()
    }

    fn yaml(&self) -> String {
        if self.0.is_empty() { "[]".to_owned() } else { self.text() }
    }
}

fn profile(node: &Node) -> Result<Profile, Bad> {
    let fields = Fields(node.entries()?);
    let name = fields.word("name")?.ok_or_else(|| node.bad("a profile needs a name"))?;
    let prefix = fields.word("prefix")?;
    let prefix = prefix.ok_or_else(|| node.bad(format_args!("the profile '{name}' needs a prefix")))?;
    let mappings = match fields.get("mappings") {
        None => Vec::new(),
        Some(Node { shape: Shape::List(mappings), .. }) => mappings.iter().map(mapping).collect::<Result<_, _>>()?,
        Some(other) => return Err(other.bad(format_args!("mappings: expected a list, found {}", other.kind()))),
    };
    Ok(Profile { name: name.to_owned(), prefix: prefix.to_owned(), mappings })
}

fn mapping(node: &Node) -> Result<Mapping, Bad> {
    let fields = Fields(node.entries()?);
    let pattern = fields.word("match")?.ok_or_else(|| node.bad("a mapping needs a match"))?;
    let name = fields.word("name")?.ok_or_else(|| node.bad("a mapping needs a name"))?;
    let match_type = match fields.word("match_type")? {
        None | Some("wildcard") => MatchType::Wildcard,
        Some("regex") => MatchType::Regex,
        Some(other) => {
            return Err(node.bad(format_args!("the match_type is '{other}', neither wildcard nor regex")));
        }
    };
    let tags = fields.get("tags").map_or(Ok(&[][..]), Node::entries)?;
    let tags = tags.iter().map(|tag| match &tag.value.shape {
        Shape::Text(value) => Ok((tag.key.as_str(), value.as_str())),
        Shape::Null => Ok((tag.key.as_str(), "")),
        _ => Err(tag.value.bad(format_args!("the tag {}: expected text, found {}", tag.key, tag.value.kind()))),
    });
    let tags = tags.collect::<Result<Vec<_>, Bad>>()?;
    let pattern_node = fields.get("match").unwrap_or(node);
    let mapping = Mapping::new(pattern, match_type, name, &tags).map_err(|problem| pattern_node.bad(problem))?;
    Ok(mapping.with(mapping_options::read(&fields)?))
}

fn json(profile: &Profile) -> Json {
    let mapping = |mapping: &Mapping| {
        let match_type = match mapping.match_type {
            MatchType::Wildcard => "wildcard",
            MatchType::Regex => "regex",
        };
        let tags: serde_json::Map<_, _> =
            mapping.tags.iter().map(|(key, value)| (key.clone(), Json::from(value.as_str()))).collect();
        let mut object =
            json!({"match": mapping.pattern, "match_type": match_type, "name": mapping.name, "tags": tags});
        mapping_options::show(&mapping.options, &mut object);
        object
    };
    let mappings: Vec<_> = profile.mappings.iter().map(mapping).collect();
    json!({"name": profile.name, "prefix": profile.prefix, "mappings": mappings})
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn read(yaml: &str) -> Result<Profiles, Bad> {
        Profiles::from_node(&Node::parse(yaml).unwrap(), &mut Reading::new(Source::File))
    }

    const PROFILES: &str = r#"
- name: test
  prefix: 'test.'
  mappings:
    - match: "test.job.duration.*.*"
      name: "test.job.duration"
      tags:
        job_type: "$1"
        job_name: "$2"
    - match: 'test\.(\w+)'
      match_type: regex
      name: test
- name: other
  prefix: '*'
"#;

    #[test]
    fn a_file_and_json_say_the_same() {
        let profiles = read(PROFILES).unwrap();
        let text = profiles.text();
        assert_eq!(
            text,
            r#"[{"mappings":[{"match":"test.job.duration.*.*","match_type":"wildcard","name":"test.job.duration","tags":{"job_name":"$2","job_type":"$1"}},{"match":"test\\.(\\w+)","match_type":"regex","name":"test","tags":{}}],"name":"test","prefix":"test."},{"mappings":[],"name":"other","prefix":"*"}]"#
        );
        let again = Profiles::from_text(&text, &mut Reading::new(Source::Variable)).unwrap();
        assert_eq!(again.text(), text);
        assert_eq!(read(&text).unwrap().yaml(), text);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (yaml, line, problem) in [
            ("- prefix: a\n", 1, "a profile needs a name"),
            ("- name: a\n  prefix: b\n- name: c\n", 3, "the profile 'c' needs a prefix"),
            ("- name: ''\n  prefix: b\n", 1, "a profile needs a name"),
            ("- name: a\n  prefix: b\n  mappings:\n    - name: n\n", 4, "a mapping needs a match"),
            ("- name: a\n  prefix: b\n  mappings:\n    - match: n\n", 4, "a mapping needs a name"),
            ("- name: a\n  prefix: b\n  mappings:\n    - match: n\n      name: ''\n", 4, "a mapping needs a name"),
            (
                "- name: a\n  prefix: b\n  mappings:\n    - match: n\n      name: n\n      match_type: glob\n",
                4,
                "the match_type is 'glob', neither wildcard nor regex",
            ),
            (
                "- name: a\n  prefix: b\n  mappings:\n    - name: n\n      match: x.**\n",
                5,
                "a wildcard pattern has no two '*' in a row, as in 'x.**'",
            ),
            (
                "- name: a\n  prefix: b\n  mappings:\n    - name: n\n      match_type: regex\n      match: x(\n",
                6,
                "unclosed group, in '^x($'",
            ),
            ("- name: a\n  prefix: b\n  mappings: c\n", 3, "mappings: expected a list, found a plain value"),
            ("- name: [a]\n  prefix: b\n", 1, "name: expected text, found a list"),
            ("- a\n", 1, "expected keys with values, found a plain value"),
            ("a: b\n", 1, "expected a list of profiles, found a mapping"),
            (
                "- name: a\n  prefix: b\n  mappings:\n    - name: n\n      match: n\n      tags:\n        a: [b]\n",
                7,
                "the tag a: expected text, found a list",
            ),
        ] {
            assert_eq!(read(yaml).unwrap_err(), Bad { line, problem: problem.to_owned() }, "{yaml}");
        }
        let text = Profiles::from_text("[{]", &mut Reading::new(Source::Variable)).unwrap_err();
        assert!(text.starts_with("this is not JSON: "), "{text}");
    }

    const OPTIONS: &str = r#"
- name: ours
  prefix: '*'
  mappings:
    - match: a.*
      name: a
      types: [timing, count]
      drop: true
    - match: b.*
      name: b
      scale: 0.5
      seconds: true
      tag_conflicts: mapping
      observe_as: buckets
      buckets: [0.5, 1]
      quantiles: [0.5]
      ttl: 60
      help: a text
"#;

    #[test]
    fn what_an_agent_does_not_know_is_read_and_shown_as_well() {
        let profiles = read(OPTIONS).unwrap();
        let text = profiles.text();
        for part in [
            r#""drop":true,"match":"a.*","match_type":"wildcard","name":"a","tags":{},"types":["timing","count"]"#,
            r#""buckets":[0.5,1.0],"help":"a text","match":"b.*""#,
            r#""observe_as":"buckets","quantiles":[0.5],"scale":0.5,"seconds":true,"tag_conflicts":"mapping","tags":{},"ttl":60"#,
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(read(&text).unwrap().text(), text);
        for (found, other, problem) in [
            ("[timing, count]", "[timer]", "'timer' is not one of count, gauge, set, timing, histogram, distribution"),
            ("drop: true", "drop: maybe", "drop is true or false"),
            ("scale: 0.5", "scale: inf", "'inf' is not a number"),
            ("[0.5, 1]", "[1, 0.5]", "the buckets have to ascend"),
            ("quantiles: [0.5]", "quantiles: [5]", "a quantile is from 0 to 1"),
            ("ttl: 60", "ttl: 1m", "'1m' is not a number of seconds"),
            ("tag_conflicts: mapping", "tag_conflicts: ours", "'ours' is not one of both, message, mapping"),
        ] {
            assert_eq!(read(&OPTIONS.replace(found, other)).unwrap_err().problem, problem);
        }
    }
}
