//! What the environment says about a client.
//!
//! The variables come as pairs, so that a test gives its own; only [`Environment::from_process`] reads the process's.
//! What code says is stronger than anything here. Of several variables for one thing the first in this table that has a
//! valid value holds; an empty variable counts as not set; one with a bad value is passed over and listed in
//! [`Environment::problems`].
//!
//! | what | variables, the strongest first | value |
//! | --- | --- | --- |
//! | destination | `DD_DOGSTATSD_URL` | as [`Address`]; a `udp://` without a port has that of `DD_DOGSTATSD_PORT` |
//! | | `DD_DOGSTATSD_SOCKET` | path of a Unix socket, or as [`Address`] |
//! | | `DD_AGENT_HOST`, then `DOGSTATSD_HOST_IP` | a host, the port is that of `DD_DOGSTATSD_PORT`; or as [`Address`] |
//! | | `DD_DOGSTATSD_PORT` alone | the port on `localhost` |
//! | tags | `DD_TAGS`, then `DATADOG_TAGS` | `DD_TAGS`: between commas, or if it has none, white space; `DATADOG_TAGS`: between commas |
//! | tag `dd.internal.entity_id` | `DD_ENTITY_ID` | |
//! | tags `env`, `service`, `version` | `DD_ENV`, `DD_SERVICE`, `DD_VERSION` | stronger than the same keys in the tags |
//! | cardinality | `DD_CARDINALITY`, then `DATADOG_CARDINALITY` | `none`, `low`, `orchestrator` or `high`, in any case |
//! | external data (`e:`) | `DD_EXTERNAL_ENV` | what would break a line is taken out |
//! | origin detection | `DD_ORIGIN_DETECTION_ENABLED` | a yes or no |
//! | nothing is sent at all | `DD_DOGSTATSD_DISABLE` | a yes or no |
//!
//! A yes is `1`, `t`, `true`, `y`, `yes` or `on`, a no is `0`, `f`, `false`, `n`, `no` or `off`, in any case.

use std::collections::HashMap;
use std::fmt;

use basenji_core::wire::Cardinality;

use super::{Address, DEFAULT_PORT, parse_port};

/// What the environment says about a client; `None` where it says nothing.
///
/// ```
/// use basenji::client::Environment;
///
/// let environment = Environment::from_iter([("DD_AGENT_HOST", "10.0.0.1"), ("DD_TAGS", "team:a,env:dev"), ("DD_ENV", "prod")]);
/// assert_eq!(environment.destination.as_ref().unwrap().to_string(), "udp://10.0.0.1:8125");
/// assert_eq!(environment.global_tags(), ["team:a", "env:prod"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Environment {
    /// Where to send to.
    pub destination: Option<Address>,
    /// The tags of `DD_TAGS` or `DATADOG_TAGS`, trimmed, in their order.
    pub tags: Vec<String>,
    /// `DD_ENTITY_ID`: the UID of the sender's pod.
    pub entity_id: Option<String>,
    /// `DD_ENV`.
    pub env: Option<String>,
    /// `DD_SERVICE`.
    pub service: Option<String>,
    /// `DD_VERSION`.
    pub version: Option<String>,
    /// What the `card:` field says where a call says nothing.
    pub cardinality: Option<Cardinality>,
    /// The text of the `e:` field, without `|` and control characters.
    pub external_data: Option<String>,
    /// Whether the sender's container is told with each message.
    pub origin_detection: Option<bool>,
    /// Whether nothing is sent at all.
    pub disabled: bool,
    /// Variables with an invalid value, in the order of the table; they count as not set.
    pub problems: Vec<EnvironmentProblem>,
}

/// A variable with an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentProblem {
    /// The variable's name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for EnvironmentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the variable {} is ignored: {}", self.name, self.message)
    }
}

impl Environment {
    /// What the process's environment says; bytes that are not UTF-8 become U+FFFD.
    pub fn from_process() -> Environment {
        std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect()
    }

    /// The tags that belong on every message: [`Environment::tags`] without those whose key has a variable of its own,
    /// then `dd.internal.entity_id`, `env`, `service` and `version`.
    pub fn global_tags(&self) -> Vec<String> {
        let own = [
            ("dd.internal.entity_id", &self.entity_id),
            ("env", &self.env),
            ("service", &self.service),
            ("version", &self.version),
        ];
        let is_own = |tag: &str| {
            let key = tag.split(':').next().unwrap_or_default();
            own.iter().any(|(name, value)| *name == key && value.is_some())
        };
        let tags = self.tags.iter().filter(|tag| !is_own(tag)).cloned();
        tags.chain(own.iter().filter_map(|(key, value)| Some(format!("{key}:{}", (*value).as_ref()?)))).collect()
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Environment {
    /// What these variables say; others than those of the table are passed over, of one name the last holds.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Environment {
        let variables = variables.into_iter().filter_map(|(name, value)| {
            let (name, value) = (name.as_ref(), value.as_ref().trim());
            let ours = name.starts_with("DD_") || name.starts_with("DATADOG_") || name.starts_with("DOGSTATSD_");
            (ours && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        });
        let mut reader = Reader { variables: variables.collect(), problems: Vec::new() };
        Environment {
            destination: reader.destination(),
            tags: reader.tags(),
            entity_id: reader.text("DD_ENTITY_ID"),
            env: reader.text("DD_ENV"),
            service: reader.text("DD_SERVICE"),
            version: reader.text("DD_VERSION"),
            cardinality: ["DD_CARDINALITY", "DATADOG_CARDINALITY"].into_iter().find_map(|n| reader.cardinality(n)),
            external_data: reader.external_data(),
            origin_detection: reader.yes_or_no("DD_ORIGIN_DETECTION_ENABLED"),
            disabled: reader.yes_or_no("DD_DOGSTATSD_DISABLE").unwrap_or_default(),
            problems: reader.problems,
        }
    }
}

/// Reads variables, and keeps what is wrong with them.
struct Reader {
    variables: HashMap<String, String>,
    problems: Vec<EnvironmentProblem>,
}

impl Reader {
    fn text(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// The variable's value as `read` understands it; an error is kept.
    fn read<T, E: ToString>(&mut self, name: &'static str, read: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let value = self.text(name)?;
        read(&value)
            .map_err(|error| self.problems.push(EnvironmentProblem { name, message: error.to_string(), value }))
            .ok()
    }

    fn destination(&mut self) -> Option<Address> {
        let port = self.read("DD_DOGSTATSD_PORT", parse_port);
        let default_port = port.unwrap_or(DEFAULT_PORT);
        self.read("DD_DOGSTATSD_URL", |value| Address::parse(value, default_port))
            .or_else(|| self.read("DD_DOGSTATSD_SOCKET", socket))
            .or_else(|| self.read("DD_AGENT_HOST", |value| host(value, default_port)))
            .or_else(|| self.read("DOGSTATSD_HOST_IP", |value| host(value, default_port)))
            .or_else(|| port.map(|port| Address::Udp { host: "localhost".to_owned(), port }))
    }

    fn tags(&self) -> Vec<String> {
        let tags = |value: &str, separator: fn(char) -> bool| {
            value.split(separator).map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
        };
        if let Some(value) = self.variables.get("DD_TAGS") {
            return tags(value, if value.contains(',') { |c| c == ',' } else { char::is_whitespace });
        }
        self.variables.get("DATADOG_TAGS").map(|value| tags(value, |c| c == ',')).unwrap_or_default()
    }

    fn cardinality(&mut self, name: &'static str) -> Option<Cardinality> {
        self.read(name, |value| {
            Cardinality::parse(value.as_bytes())
                .ok_or_else(|| format!("'{}' is not none, low, orchestrator or high", value.escape_debug()))
        })
    }

    fn external_data(&self) -> Option<String> {
        let value = self.variables.get("DD_EXTERNAL_ENV")?;
        let clean: String = value.chars().filter(|character| *character != '|' && !character.is_control()).collect();
        Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty())
    }

    fn yes_or_no(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, |value| match value.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "y" | "yes" | "on" => Ok(true),
            "0" | "f" | "false" | "n" | "no" | "off" => Ok(false),
            _ => Err(format!("'{}' is neither a yes nor a no", value.escape_debug())),
        })
    }
}

/// An address, or a path without a scheme.
fn socket(value: &str) -> Result<Address, super::AddressError> {
    let is_path = !value.contains("://") && !value.starts_with(r"\\.\pipe\");
    if is_path { Ok(Address::Unix(value.into())) } else { value.parse() }
}

/// A host without a port, an IPv6 address without brackets, or an address.
fn host(value: &str, port: u16) -> Result<Address, super::AddressError> {
    if value.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok(Address::Udp { host: value.to_owned(), port });
    }
    Address::parse(value, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination<const N: usize>(variables: [(&str, &str); N]) -> Option<String> {
        Environment::from_iter(variables).destination.map(|address| address.to_string())
    }

    #[test]
    fn of_several_destinations_the_first_in_the_table_holds() {
        let mut variables = vec![
            ("DD_DOGSTATSD_URL", "unixgram:///url", "unixgram:///url"),
            ("DD_DOGSTATSD_SOCKET", "/socket", "unix:///socket"),
            ("DD_AGENT_HOST", "agent", "udp://agent:7"),
            ("DOGSTATSD_HOST_IP", "10.0.0.1", "udp://10.0.0.1:7"),
            ("DD_DOGSTATSD_PORT", "7", "udp://localhost:7"),
        ];
        while !variables.is_empty() {
            let environment: Environment = variables.iter().map(|(name, value, _)| (name, value)).collect();
            assert_eq!(environment.destination.unwrap().to_string(), variables[0].2);
            assert_eq!(environment.problems, []);
            variables.remove(0);
        }
        assert_eq!(Environment::from_iter([("PATH", "/bin")]), Environment::default());
    }

    #[test]
    fn a_destination_is_read_in_every_form() {
        for (variables, expected) in [
            ([("DD_DOGSTATSD_URL", "udp://h"), ("DD_DOGSTATSD_PORT", "7")], "udp://h:7"),
            ([("DD_DOGSTATSD_URL", "udp://h:8"), ("DD_DOGSTATSD_PORT", "7")], "udp://h:8"),
            ([("DD_DOGSTATSD_URL", r"\\.\pipe\p"), ("DD_DOGSTATSD_PORT", "7")], r"\\.\pipe\p"),
            ([("DD_DOGSTATSD_SOCKET", "relative"), ("DD_DOGSTATSD_PORT", "7")], "unix://relative"),
            ([("DD_DOGSTATSD_SOCKET", "unixstream:///s"), ("DD_DOGSTATSD_URL", " ")], "unixstream:///s"),
            ([("DD_AGENT_HOST", "::1"), ("DD_DOGSTATSD_PORT", "7")], "udp://[::1]:7"),
            ([("DD_AGENT_HOST", "h:9"), ("DD_DOGSTATSD_PORT", "7")], "udp://h:9"),
            ([("DD_AGENT_HOST", "unix:///s"), ("DOGSTATSD_HOST_IP", "h")], "unix:///s"),
        ] {
            assert_eq!(destination(variables).as_deref(), Some(expected), "{variables:?}");
        }
    }

    #[test]
    fn a_bad_value_is_named_and_the_next_variable_holds() {
        let environment = Environment::from_iter([
            ("DD_DOGSTATSD_URL", "tcp://h:1"),
            ("DD_DOGSTATSD_PORT", "abc"),
            ("DD_AGENT_HOST", "h"),
            ("DD_CARDINALITY", "mid"),
            ("DATADOG_CARDINALITY", " High "),
            ("DD_DOGSTATSD_DISABLE", "maybe"),
        ]);
        assert_eq!(environment.destination.unwrap().to_string(), "udp://h:8125");
        assert_eq!(environment.cardinality, Some(Cardinality::High));
        assert!(!environment.disabled);
        let problems: Vec<_> = environment.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "the variable DD_DOGSTATSD_PORT is ignored: the port 'abc' is not a number from 1 to 65535",
                "the variable DD_DOGSTATSD_URL is ignored: 'tcp://h:1' is not an address to send to: there is no \
                 'tcp://', only udp://, unix://, unixgram:// and unixstream://",
                "the variable DD_CARDINALITY is ignored: 'mid' is not none, low, orchestrator or high",
                "the variable DD_DOGSTATSD_DISABLE is ignored: 'maybe' is neither a yes nor a no",
            ]
        );
    }

    #[test]
    fn tags_are_split_at_commas_or_else_at_white_space() {
        for (name, value, expected) in [
            ("DD_TAGS", "a:1, b:2,,c", &["a:1", "b:2", "c"][..]),
            ("DD_TAGS", "a:1  b:2\tc", &["a:1", "b:2", "c"]),
            ("DD_TAGS", "a:x y,b", &["a:x y", "b"]),
            ("DATADOG_TAGS", "a:1, b:2", &["a:1", "b:2"]),
            ("DATADOG_TAGS", "a:1 b:2", &["a:1 b:2"]),
        ] {
            assert_eq!(Environment::from_iter([(name, value)]).tags, expected, "{value}");
        }
        let both = Environment::from_iter([("DATADOG_TAGS", "b:1"), ("DD_TAGS", "a:1")]);
        assert_eq!(both.tags, ["a:1"]);
    }

    #[test]
    fn a_variable_of_its_own_is_stronger_than_a_tag_of_the_same_key() {
        let environment = Environment::from_iter([
            ("DD_TAGS", "version:0,x:y,env,service:s"),
            ("DD_VERSION", "1.2"),
            ("DD_ENV", "prod"),
            ("DD_ENTITY_ID", "pod"),
        ]);
        let expected = ["x:y", "service:s", "dd.internal.entity_id:pod", "env:prod", "version:1.2"];
        assert_eq!(environment.global_tags(), expected);
    }

    #[test]
    fn every_yes_and_no_is_understood() {
        for (words, expected) in
            [("1 t true y yes on TRUE Yes", Some(true)), ("0 f false n no off FALSE No", Some(false)), ("2 -", None)]
        {
            for word in words.split(' ') {
                let environment =
                    Environment::from_iter([("DD_ORIGIN_DETECTION_ENABLED", word), ("DD_DOGSTATSD_DISABLE", word)]);
                assert_eq!(environment.origin_detection, expected, "{word}");
                assert_eq!(environment.disabled, expected == Some(true), "{word}");
            }
        }
    }

    #[test]
    fn external_data_cannot_break_a_line() {
        for (value, expected) in [
            ("it-false,cn-nginx,pu-75a2", Some("it-false,cn-nginx,pu-75a2")),
            (" it|x\n", Some("itx")),
            ("a\u{1}\u{85}\u{7f}b |c", Some("ab c")),
            ("|\n|", None),
        ] {
            let environment = Environment::from_iter([("DD_EXTERNAL_ENV", value)]);
            assert_eq!(environment.external_data.as_deref(), expected);
        }
    }
}
