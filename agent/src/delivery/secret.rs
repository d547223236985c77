//! What must not be shown: keys, and addresses with a password in them.

use std::fmt;

/// A text that is written nowhere but into the request that needs it.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Stars and the last four characters; a text that is shorter than a key is stars alone.
    pub(crate) fn hint(&self) -> String {
        let count = self.0.chars().count();
        let last: String = self.0.chars().skip(count.saturating_sub(4)).collect();
        match count {
            0 => String::new(),
            1..16 => "********".to_owned(),
            _ => format!("********{last}"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hint())
    }
}

/// A URL without what may be secret in it: user, password, query.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (authority, path) = rest.find('/').map_or((rest, ""), |place| rest.split_at(place));
    let host = authority.rsplit('@').next().unwrap_or_default();
    match scheme {
        "" => format!("{host}{path}"),
        scheme => format!("{scheme}://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_end_at_most() {
        let key = Secret::new("0123456789abcdef0123456789abcdef");
        assert_eq!(format!("{key:?}"), "********cdef");
        assert_eq!(Secret::new("short").hint(), "********");
        assert_eq!(Secret::default().hint(), "");
    }

    #[test]
    fn a_url_is_shown_without_user_password_and_query() {
        assert_eq!(shown("https://user:pw@host:8443/a/b?key=1"), "https://host:8443/a/b");
        assert_eq!(shown("http://host"), "http://host");
        assert_eq!(shown("user:p@w@proxy:3128"), "proxy:3128");
    }
}
