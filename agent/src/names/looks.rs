//! How names look on a page for Prometheus: found by the name that a mapping has made.

use std::sync::{Arc, PoisonError, RwLock};

use super::go::Expression;
use super::mapper::Profile;
use super::options::Look;

/// The looks of all mappings that ask for one, in their order; clones are of the same, and change together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Looks(Arc<RwLock<All>>);

/// Each with the names that its mapping could have made.
type All = Vec<(Expression, Arc<Look>)>;

impl Looks {
    /// The looks of these profiles, whose names get `namespace` before them.
    ///
    /// # Errors
    ///
    /// A name is too long to be looked for.
    pub(crate) fn new(profiles: &[Profile], namespace: &str) -> Result<Looks, String> {
        Ok(Looks(Arc::new(RwLock::new(Looks::all(profiles, namespace)?))))
    }

    /// From now on the looks are those of these profiles.
    ///
    /// # Errors
    ///
    /// A name is too long to be looked for; nothing has changed.
    pub(crate) fn replace(&self, profiles: &[Profile], namespace: &str) -> Result<(), String> {
        let all = Looks::all(profiles, namespace)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    fn all(profiles: &[Profile], namespace: &str) -> Result<All, String> {
        let mut looks = Vec::new();
        let namespace = namespace.strip_suffix('.').unwrap_or(namespace);
        let before = if namespace.is_empty() { String::new() } else { format!("(?:{}\\.)?", quoted(namespace)) };
        for mapping in profiles.iter().flat_map(|profile| &profile.mappings) {
            let look = &mapping.options.look;
            if *look != Look::default() && !mapping.options.drop {
                let expression = Expression::new(&format!("^{before}{}$", expression(&mapping.name)))?;
                looks.push((expression, Arc::new(look.clone())));
            }
        }
        Ok(looks)
    }

    /// The look of a name: that of the first mapping that could have made it.
    pub(crate) fn of(&self, name: &[u8]) -> Option<Arc<Look>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(expression, _)| expression.find(name).is_some()).map(|(_, look)| Arc::clone(look))
    }
}

/// What a template may become, as an expression.
fn expression(template: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out += &quoted(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out += "\\$";
            rest = after;
            continue;
        }
        let (inside, end) = match rest.strip_prefix('{') {
            Some(inside) => (inside, "}"),
            None => (rest, ""),
        };
        let len = inside.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(inside.len());
        rest = inside[len..].strip_prefix(end).unwrap_or(&inside[len..]);
        out += "(?s:.*)";
    }
    out + &quoted(rest)
}

/// Text as an expression that matches it.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && letter != '_' {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Mapping, MatchType, Options};
    use super::*;

    #[test]
    fn a_name_has_the_look_of_the_mapping_that_could_have_made_it() {
        let mapping = |name: &str, ttl: Option<u64>| {
            let look = Look { ttl, ..Look::default() };
            Mapping::new("x", MatchType::Wildcard, name, &[]).unwrap().with(Options { look, ..Options::default() })
        };
        let mappings = vec![
            mapping("none", None),
            mapping("a.b", Some(1)),
            mapping("a.$1.${2}x", Some(2)),
            mapping("cost$$", Some(3)),
            mapping("$0", Some(9)),
        ];
        let profile = Profile { name: "x".to_owned(), prefix: "*".to_owned(), mappings };
        let looks = Looks::new(&[profile], "shop").unwrap();
        let ttl = |name: &str| looks.of(name.as_bytes()).and_then(|look| look.ttl);
        for (name, expected) in [("a.b", 1), ("shop.a.b", 1), ("aXb", 9), ("a.q.rx", 2), ("cost$", 3), ("none", 9)] {
            assert_eq!(ttl(name), Some(expected), "{name}");
        }
        assert_eq!(Looks::default().of(b"a").map(|look| look.ttl), None);
        let same = looks.clone();
        looks.replace(&[], "").unwrap();
        assert!(same.of(b"a.b").is_none(), "clones change together");
    }
}
