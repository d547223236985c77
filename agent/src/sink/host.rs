//! The name of this host in its series, and the tags that they have in common.

use std::fs;
use std::path::PathBuf;

use crate::config::key::settings;
use crate::config::value::{List, Tag};

settings! { part Settings in host {
    "Host" {
        /// The name of this host; without one, that of hostname_file, else the system's
        hostname: String = String::new(), "hostname";
        /// File with the name of this host
        hostname_file: Option<PathBuf> = None, "hostname_file";
        /// Tags of this host, which the datadog sink adds to everything that it sends
        tags: List<Tag> = List(Vec::new()), "tags";
    }
} }

impl Settings {
    /// The name of this host: what the settings say, else what the file says, else what the system says, each if it is a
    /// name that a host can have. Invalid names are reported in `warnings`. Without any it is empty.
    pub(crate) fn name(&self, warnings: &mut Vec<String>) -> String {
        let given = self.hostname.value.trim();
        if !given.is_empty() {
            match is_valid(given) {
                true => return given.to_owned(),
                false => warnings.push(format!("hostname ({}): '{given}' is no name of a host", self.hostname.origin)),
            }
        }
        if let Some(path) = &self.hostname_file.value {
            match fs::read_to_string(path) {
                Ok(text) if is_valid(text.trim()) => return text.trim().to_owned(),
                Ok(_) => warnings.push(format!("{}: this is no name of a host", path.display())),
                Err(error) => {
                    let why = crate::failure::reason(&error);
                    warnings.push(format!("cannot read the name of this host in {}: {why}", path.display()));
                }
            }
        }
        let name = system_name().unwrap_or_default();
        if !is_valid(&name) {
            warnings.push("this host has no name; the key hostname gives it one".to_owned());
            return String::new();
        }
        name
    }
}

/// What the system calls this host.
fn system_name() -> Option<String> {
    #[cfg(unix)]
    {
        Some(rustix::system::uname().nodename().to_string_lossy().into_owned())
    }
    #[cfg(not(unix))]
    {
        std::env::var("COMPUTERNAME").ok()
    }
}

/// Whether a host can have this name: RFC 1123, and none that every host has.
fn is_valid(name: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_everybodys = ["localhost", "localhost.localdomain", "localhost6.localdomain6", "ip6-localhost"];
    name.len() <= 255 && name.split('.').all(is_label) && !is_everybodys.contains(&&name.to_ascii_lowercase()[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::origin::Setting;

    #[test]
    fn a_name_is_one_that_tells_hosts_apart() {
        for name in ["a", "web-1.example.com", "ip-10-0-0-1", "12", "under_score"] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", ".", "a..b", "-a", "a-", "a b", "LOCALHOST", "localhost.localdomain", &"a".repeat(64)] {
            assert!(!is_valid(name), "{name}");
        }
    }

    #[test]
    fn what_is_said_comes_before_the_file_and_the_file_before_the_system() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("name");
        fs::write(&path, "from-file\n").unwrap();
        let mut settings = Settings {
            hostname: Setting::by_default("said".to_owned()),
            hostname_file: Setting::by_default(Some(path.clone())),
            ..Settings::default()
        };
        let mut warnings = Vec::new();
        assert_eq!(settings.name(&mut warnings), "said");
        settings.hostname = Setting::by_default("not a name".to_owned());
        assert_eq!((settings.name(&mut warnings), warnings.len()), ("from-file".to_owned(), 1));
        fs::remove_file(path).unwrap();
        settings.name(&mut warnings);
        assert!(warnings[2].contains("cannot read the name of this host"), "{warnings:?}");
    }
}
