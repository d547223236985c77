//! `metric_filterlist`: names that are left out, as they are or by their beginning.

/// A list of names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Sorted; with `by_prefix` none is the beginning of another.
    names: Vec<Box<[u8]>>,
    by_prefix: bool,
}

impl Filter {
    /// A list of names, or of beginnings of names.
    pub(crate) fn new(names: impl IntoIterator<Item = String>, by_prefix: bool) -> Filter {
        let mut names: Vec<Box<[u8]>> = names.into_iter().map(|name| name.into_bytes().into()).collect();
        names.sort_unstable();
        names.dedup();
        if by_prefix {
            // What begins with another one stands behind it, and adds nothing.
            names.dedup_by(|next, kept| next.starts_with(kept));
        }
        Filter { names, by_prefix }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Whether `name` is on the list; `log n` comparisons.
    pub(crate) fn hits(&self, name: &[u8]) -> bool {
        let after = self.names.partition_point(|listed| **listed <= *name);
        let Some(listed) = after.checked_sub(1).map(|last| &self.names[last]) else { return false };
        if self.by_prefix { name.starts_with(listed) } else { **listed == *name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(names: &[&str], by_prefix: bool) -> Filter {
        Filter::new(names.iter().map(|name| (*name).to_owned()), by_prefix)
    }

    #[test]
    fn a_name_is_hit_exactly_or_by_its_beginning() {
        let names = ["foo", "bar", "foobar", "", "test.query"];
        for (name, exactly, by_prefix) in [
            ("foo", true, true),
            ("fo", false, false),
            ("foob", false, true),
            ("foobar", true, true),
            ("bar.baz", false, true),
            ("ba", false, false),
            ("zzz", false, false),
            ("test.query.count", false, true),
            ("Foo", false, false),
        ] {
            assert_eq!(filter(&names, false).hits(name.as_bytes()), exactly, "{name}");
            assert_eq!(
                filter(&names[..3], true).hits(name.as_bytes()),
                by_prefix && !name.starts_with("test"),
                "{name}"
            );
        }
        assert!(filter(&[], true).is_empty() && !filter(&[], true).hits(b"a") && !filter(&[], false).hits(b""));
    }

    #[test]
    fn it_agrees_with_a_look_at_every_name() {
        let pieces = ["a", "b", "ab", "a.b", "a.bc", "abc", "b.", "ba", "é", "\u{10ffff}"];
        for mask in 0..1_u32 << pieces.len() {
            let names: Vec<_> =
                pieces.iter().enumerate().filter(|(place, _)| mask >> place & 1 != 0).map(|(_, name)| *name).collect();
            let (exact, prefix) = (filter(&names, false), filter(&names, true));
            for name in ["", "a", "b", "ab", "aa", "a.b", "a.bcd", "abcd", "b.c", "bab", "é", "éa", "zz"] {
                assert_eq!(exact.hits(name.as_bytes()), names.contains(&name));
                assert_eq!(
                    prefix.hits(name.as_bytes()),
                    names.iter().any(|listed| name.starts_with(listed)),
                    "{name} {names:?}"
                );
            }
        }
    }
}
