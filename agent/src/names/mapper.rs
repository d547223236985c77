//! `dogstatsd_mapper_profiles`: names with parts become short names with tags.
//!
//! Profiles are looked at in order, and the first one whose prefix a name has decides, whether or not one of its
//! mappings fits. Patterns are Go's, as the Agent reads them, and are matched in time linear in the name.

use basenji::core::wire::MetricKind;

use super::go::Expression;
use super::options::{Edit, Options};

/// Mappings of names with one prefix.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// What names begin with, or `*` for all.
    pub(crate) prefix: String,
    pub(crate) mappings: Vec<Mapping>,
}

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MatchType {
    /// `*` stands for anything without a dot.
    Wildcard,
    /// A regular expression of Go.
    Regex,
}

/// A pattern, and the name and tags for what it matches: `$1` stands for its first group.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) pattern: String,
    pub(crate) match_type: MatchType,
    pub(crate) name: String,
    /// Keys and values.
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) options: Options,
    expression: Expression,
}

/// What a name becomes.
#[derive(Debug, PartialEq)]
pub(super) struct Mapped {
    pub(super) name: Vec<u8>,
    /// Joined by commas.
    pub(super) tags: Vec<u8>,
    /// Nothing of it is kept.
    pub(super) is_dropped: bool,
    pub(super) edit: Edit,
}

impl Mapping {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub(crate) fn new(
        pattern: &str,
        match_type: MatchType,
        name: &str,
        tags: &[(&str, &str)],
    ) -> Result<Mapping, String> {
        let expression = match match_type {
            MatchType::Regex => pattern.to_owned(),
            MatchType::Wildcard => expression(pattern)?,
        };
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Ok(Mapping {
            pattern: pattern.to_owned(),
            match_type,
            name: name.to_owned(),
            tags: tags.collect(),
            options: Options::default(),
            expression: Expression::new(&format!("^{expression}$"))?,
        })
    }

    /// The same with these options.
    pub(crate) fn with(self, options: Options) -> Mapping {
        Mapping { options, ..self }
    }

    fn map(&self, name: &[u8], kind: MetricKind) -> Option<Mapped> {
        if !self.options.is_for(kind) {
            return None;
        }
        let found = self.expression.find(name)?;
        let mut mapped =
            Mapped { name: Vec::new(), tags: Vec::new(), is_dropped: self.options.drop, edit: self.options.edit(kind) };
        found.expand(&self.name, &mut mapped.name);
        for (key, value) in &self.tags {
            if !mapped.tags.is_empty() {
                mapped.tags.push(b',');
            }
            mapped.tags.extend_from_slice(key.as_bytes());
            mapped.tags.push(b':');
            found.expand(value, &mut mapped.tags);
        }
        Some(mapped)
    }
}

/// What the profiles make of the name of a metric of this type.
pub(super) fn map(profiles: &[Profile], name: &[u8], kind: MetricKind) -> Option<Mapped> {
    let fits = |profile: &&Profile| profile.prefix == "*" || name.starts_with(profile.prefix.as_bytes());
    profiles.iter().find(fits)?.mappings.iter().find_map(|mapping| mapping.map(name, kind))
}

/// The regular expression of a pattern with wildcards.
fn expression(pattern: &str) -> Result<String, String> {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_*.".contains(letter);
    if !pattern.chars().all(is_allowed) {
        return Err(format!("a wildcard pattern has only letters, digits, '-', '_', '.' and '*', but not '{pattern}'"));
    }
    if pattern.contains("**") {
        return Err(format!("a wildcard pattern has no two '*' in a row, as in '{pattern}'"));
    }
    Ok(pattern.replace('.', r"\.").replace('*', r"([^.]*)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(prefix: &str, mappings: Vec<Mapping>) -> Profile {
        Profile { name: "test".to_owned(), prefix: prefix.to_owned(), mappings }
    }

    fn wildcard(pattern: &str, name: &str, tags: &[(&str, &str)]) -> Mapping {
        Mapping::new(pattern, MatchType::Wildcard, name, tags).unwrap()
    }

    fn regex(pattern: &str, name: &str, tags: &[(&str, &str)]) -> Mapping {
        Mapping::new(pattern, MatchType::Regex, name, tags).unwrap()
    }

    /// Name and tags of what a name becomes.
    fn mapped(profiles: &[Profile], name: &str) -> Option<(String, String)> {
        let mapped = map(profiles, name.as_bytes(), MetricKind::Count)?;
        Some((String::from_utf8(mapped.name).unwrap(), String::from_utf8(mapped.tags).unwrap()))
    }

    fn expected(name: &str, tags: &str) -> Option<(String, String)> {
        Some((name.to_owned(), tags.to_owned()))
    }

    #[test]
    fn a_star_is_one_part_of_a_name_or_of_a_part() {
        let profiles = [profile(
            "test.",
            vec![
                wildcard("test.job.duration.*.*", "test.job.duration", &[("job_type", "$1"), ("job_name", "$2")]),
                wildcard("test.job.size.*.*", "test.job.size", &[("foo", "$1"), ("bar", "${2}_x")]),
                wildcard("test.*_start", "test.start", &[("job", "$1")]),
                wildcard("test.hello.*.*", "test.hello.$2.$1", &[]),
                wildcard("test.my-worker.stop", "test.worker.stop", &[]),
            ],
        )];
        let mapped = |name| mapped(&profiles, name);
        assert_eq!(mapped("test.job.duration.a.b"), expected("test.job.duration", "job_type:a,job_name:b"));
        assert_eq!(mapped("test.job.size.a.b"), expected("test.job.size", "foo:a,bar:b_x"));
        assert_eq!(mapped("test.my_job_start"), expected("test.start", "job:my_job"));
        assert_eq!(mapped("test.hello.my_type.my_name"), expected("test.hello.my_name.my_type", ""));
        assert_eq!(mapped("test.my-worker.stop"), expected("test.worker.stop", ""));
        for other in
            ["test.job.size.not_match", "test.job.size.a.b.c", "testXjob.size.a.b", "other", "test.my-worker.stop."]
        {
            assert_eq!(mapped(other), None, "{other}");
        }
    }

    #[test]
    fn a_regular_expression_is_anchored_at_both_ends_and_matches_any_bytes() {
        let profiles = [profile(
            "test.",
            vec![
                regex(r"test\.job\.duration\.(.*)", "test.job.duration", &[("job_name", "$1")]),
                regex(r"test\.job\.([a-z][0-9]-\w+)\.(.*)", "test.job", &[("job_type", "$1"), ("job_name", "$2")]),
                regex(r"test\.(?P<part>é+)\.x", "test.$part", &[]),
            ],
        )];
        let name = "test.job.duration.my.funky.job$name-abc/123";
        assert_eq!(mapped(&profiles, name), expected("test.job.duration", "job_name:my.funky.job$name-abc/123"));
        assert_eq!(mapped(&profiles, "test.job.a5-foo.bar"), expected("test.job", "job_type:a5-foo,job_name:bar"));
        assert_eq!(mapped(&profiles, "test.job.foo.bar-not-match"), None);
        assert_eq!(mapped(&profiles, "test.éé.x"), expected("test.éé", ""));
        let mapped = map(&profiles, b"test.job.duration.\xff", MetricKind::Count).unwrap();
        assert_eq!(mapped.tags, b"job_name:\xff");
    }

    #[test]
    fn an_alternative_is_anchored_at_one_end_as_in_the_agent() {
        let profiles = [profile("*", vec![regex("a|b", "ab", &[])])];
        assert_eq!(mapped(&profiles, "a.c"), expected("ab", ""));
        assert_eq!(mapped(&profiles, "c.b"), expected("ab", ""));
        assert_eq!(mapped(&profiles, "c.a.c"), None);
    }

    #[test]
    fn the_first_profile_whose_prefix_fits_decides() {
        let profiles = [
            profile("foo.", vec![wildcard("foo.*.duration.*", "foo.bar1.duration", &[("bar", "$1"), ("foo", "$2")])]),
            profile("foo.bar.", vec![wildcard("foo.bar.count.*", "foo.bar2.count", &[])]),
            profile("*", vec![wildcard("z.*", "z", &[("name1", "$1")])]),
            profile("*", vec![wildcard("z.*", "z", &[("name2", "$1")]), wildcard("y.*", "y", &[])]),
        ];
        assert_eq!(mapped(&profiles, "foo.bar.duration.x"), expected("foo.bar1.duration", "bar:bar,foo:x"));
        assert_eq!(mapped(&profiles, "foo.bar.count.x"), None);
        assert_eq!(mapped(&profiles, "z.x"), expected("z", "name1:x"));
        assert_eq!(mapped(&profiles, "y.x"), None);
    }

    #[test]
    fn a_pattern_that_cannot_be_is_refused() {
        let problem = |pattern, match_type| Mapping::new(pattern, match_type, "n", &[]).unwrap_err();
        for pattern in ["test.[]x.*", "^test.*", "a b", "test.é"] {
            assert!(problem(pattern, MatchType::Wildcard).contains("has only letters"), "{pattern}");
        }
        assert!(problem("test.**", MatchType::Wildcard).contains("no two '*' in a row"));
        assert_eq!(problem("a(b", MatchType::Regex), "unclosed group, in '^a(b$'");
    }
}
