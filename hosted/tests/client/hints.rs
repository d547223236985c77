//! Calls by name whose texts stand where those of others stood.

use basenji::client::{Client, Memory, MetricCall, Value};
use basenji::core::wire::{MetricKind, Tags};
use proptest::prelude::*;

use crate::common::{into, sorted};

/// Names and tags that differ little, of up to the length of their places.
const TEXTS: &str = "[ab,]{0,3}|host:a|[xy]{16,18}|[xy]{8}";

/// Texts at addresses that stay the same.
#[derive(Default)]
struct Places([String; 4]);

impl Places {
    /// Makes a call whose texts are copied to the places.
    fn call(&mut self, client: &Client, kind: MetricKind, texts: &[String]) {
        for (place, text) in self.0.iter_mut().zip(texts) {
            place.reserve(32);
            place.clear();
            place.push_str(text);
        }
        let [name, tags @ ..] = &self.0;
        let tags: Vec<&str> = tags.iter().take(texts.len() - 1).map(String::as_str).collect();
        match kind {
            MetricKind::Gauge => client.gauge(name, 1.0, &tags),
            MetricKind::Distribution => client.distribution(name, 1.0, &tags),
            _ => client.count(name, 1, &tags),
        }
    }
}

/// The same call, whose context is searched for.
fn searched(client: &Client, kind: MetricKind, texts: &[String]) {
    let tags: Vec<&[u8]> = texts[1..].iter().map(String::as_bytes).collect();
    let (tags, value) = (Tags::List(&tags), Value::F64(1.0));
    client.metric(&MetricCall { tags, ..MetricCall::new(texts[0].as_bytes(), kind, value) });
}

proptest! {
    #[test]
    fn a_call_is_never_taken_for_one_whose_texts_stood_at_its_addresses(
        texts in prop::collection::vec(prop::collection::vec(TEXTS, 1..5), 1..6),
        calls in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3, 0u8..20), 1..60),
    ) {
        let kinds = [MetricKind::Count, MetricKind::Gauge, MetricKind::Distribution];
        let (by_hint, by_search) = (Memory::new(), Memory::new());
        let clients = [into(&by_hint).build().unwrap(), into(&by_search).build().unwrap()];
        let mut places = Places::default();
        for (text, kind, flush) in calls {
            let texts = text.get(&texts);
            places.call(&clients[0], kinds[kind], texts);
            searched(&clients[1], kinds[kind], texts);
            if flush == 0 {
                clients.iter().for_each(|client| assert!(client.flush()));
            }
        }
        clients.iter().for_each(|client| assert!(client.flush()));
        prop_assert_eq!(sorted(&by_hint), sorted(&by_search));
        prop_assert_eq!(clients[0].stats().metrics, clients[1].stats().metrics);
        prop_assert_eq!(clients[0].stats().dropped_on_receive, clients[1].stats().dropped_on_receive);
    }
}
