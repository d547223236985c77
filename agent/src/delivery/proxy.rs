//! Which proxy a receiver is reached by.

use ureq::http::Uri;

use super::secret::Secret;

/// The proxies that there are, and for what none is to be used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Proxies {
    /// For `http://`.
    pub(crate) http: Secret,
    /// For `https://`.
    pub(crate) https: Secret,
    /// Hosts without a proxy.
    pub(crate) none: Vec<String>,
    /// Whether a host without a proxy is so with all its domains, and may be a range of addresses, as other programs
    /// have it. Otherwise it stands for itself alone, with a port or without.
    pub(crate) is_nonexact: bool,
}

impl Proxies {
    /// The proxy for this URL, if there is one.
    pub(super) fn of(&self, url: &str) -> Option<&Secret> {
        let uri: Uri = url.parse().ok()?;
        let is_https = uri.scheme_str() == Some("https");
        let proxy = if is_https { &self.https } else { &self.http };
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        (!proxy.is_empty() && !self.is_exempt(uri.host()?, port)).then_some(proxy)
    }

    fn is_exempt(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let with_port = format!("{host}:{port}");
        self.none.iter().map(|entry| entry.trim().to_ascii_lowercase()).any(|entry| {
            if !self.is_nonexact {
                return entry == host || entry == with_port;
            }
            let (name, is_port) = match entry.rsplit_once(':') {
                Some((name, other)) if !name.contains(':') => (name, other == port.to_string()),
                _ => (&entry[..], true),
            };
            let domain = name.trim_start_matches('*').trim_start_matches('.');
            let is_within = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            is_port && (name == "*" || (!domain.is_empty() && is_within))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(none: &[&str], is_nonexact: bool) -> Proxies {
        let none = none.iter().map(|host| (*host).to_owned()).collect();
        Proxies { http: Secret::new("http://plain:1"), https: Secret::new("http://tls:2"), none, is_nonexact }
    }

    #[test]
    fn each_scheme_has_its_proxy() {
        let proxies = proxies(&[], false);
        assert_eq!(proxies.of("http://a/b").map(Secret::reveal), Some("http://plain:1"));
        assert_eq!(proxies.of("https://a:8443/b").map(Secret::reveal), Some("http://tls:2"));
        assert_eq!(Proxies::default().of("https://a"), None);
    }

    #[test]
    fn a_host_without_a_proxy_stands_for_itself_or_for_its_domain() {
        let is_direct = |entry, is_nonexact, url| proxies(&[entry], is_nonexact).of(url).is_none();
        for (entry, url, exact, nonexact) in [
            ("a.example", "https://a.example/x", true, true),
            ("A.example", "https://a.EXAMPLE./x", true, true),
            ("a.example:443", "https://a.example", true, true),
            ("a.example:8443", "https://a.example", false, false),
            ("example", "https://a.example", false, true),
            (".example", "https://a.example", false, true),
            ("*.example", "https://a.example", false, true),
            ("ample", "https://a.example", false, false),
            ("*", "https://a.example", false, true),
            ("", "https://a.example", false, false),
        ] {
            assert_eq!(is_direct(entry, false, url), exact, "{entry} {url}");
            assert_eq!(is_direct(entry, true, url), nonexact, "{entry} {url}");
        }
    }
}
