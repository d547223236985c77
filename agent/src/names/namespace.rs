//! `statsd_metric_namespace`: the beginning of every name but those of known products.

/// What names begin with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namespace {
    /// Empty, or with a dot at its end.
    prefix: Box<[u8]>,
    /// Beginnings of the names that stay as they are.
    exempt: Vec<String>,
}

/// The Agent's `statsd_metric_namespace_blacklist`.
pub(crate) const EXEMPT: [&str; 21] = [
    "datadog.agent",
    "datadog.dogstatsd",
    "datadog.process",
    "datadog.trace_agent",
    "datadog.tracer",
    "activemq",
    "activemq_58",
    "airflow",
    "cassandra",
    "confluent",
    "hazelcast",
    "hive",
    "ignite",
    "jboss",
    "jvm",
    "kafka",
    "presto",
    "sidekiq",
    "solr",
    "tomcat",
    "runtime",
];

impl Namespace {
    /// A namespace, which gets a dot at its end if it has none; empty for none.
    pub(crate) fn new(namespace: &str, exempt: impl IntoIterator<Item = String>) -> Namespace {
        let dot = if namespace.is_empty() || namespace.ends_with('.') { "" } else { "." };
        Namespace { prefix: [namespace, dot].concat().into_bytes().into(), exempt: exempt.into_iter().collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.prefix.is_empty()
    }

    /// `name` with the namespace in front, unless it stays as it is.
    pub(crate) fn prefixed(&self, name: &[u8]) -> Option<Vec<u8>> {
        let stays = self.is_empty() || self.exempt.iter().any(|start| name.starts_with(start.as_bytes()));
        (!stays).then(|| [&self.prefix[..], name].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gets_the_namespace_and_a_dot_unless_it_is_exempt() {
        for namespace in ["shop", "shop."] {
            let namespace = Namespace::new(namespace, EXEMPT.map(str::to_owned));
            assert_eq!(namespace.prefixed(b"views").as_deref(), Some(&b"shop.views"[..]));
            for exempt in ["datadog.agent.up", "jvm", "jvmless", "runtime.go.x"] {
                assert_eq!(namespace.prefixed(exempt.as_bytes()), None, "{exempt}");
            }
        }
        assert_eq!(Namespace::new("", []).prefixed(b"views"), None);
    }
}
