//! Calls by name whose texts stand where those of others stood.

use std::collections::{BTreeMap, BTreeSet};

use basenji::client::{Aggregation, Builder, Client, Dialect, Memory, MetricCall, Profile, Value};
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
    fn call(&mut self, client: &Client, kind: MetricKind, texts: &[String], value: i64) {
        for (place, text) in self.0.iter_mut().zip(texts) {
            place.reserve(32);
            place.clear();
            place.push_str(text);
        }
        let [name, tags @ ..] = &self.0;
        let tags: Vec<&str> = tags.iter().take(texts.len() - 1).map(String::as_str).collect();
        match kind {
            MetricKind::Gauge => client.gauge(name, value as f64, &tags),
            MetricKind::Distribution => client.distribution(name, value as f64, &tags),
            _ => client.count(name, value, &tags),
        }
    }
}

/// The same call, whose context is searched for.
fn searched(client: &Client, kind: MetricKind, texts: &[String], value: i64) {
    let tags: Vec<&[u8]> = texts[1..].iter().map(String::as_bytes).collect();
    let (tags, value) =
        (Tags::List(&tags), if kind == MetricKind::Count { Value::I64(value) } else { Value::F64(value as f64) });
    client.metric(&MetricCall { tags, ..MetricCall::new(texts[0].as_bytes(), kind, value) });
}

/// The ways in which calls leave.
const WAYS: [fn(Builder) -> Builder; 5] = [
    |builder| builder,
    |builder| builder.aggregation(Aggregation::Basic).prefix("p,").tag("t:1"),
    |builder| builder.aggregation(Aggregation::Off).max_payload(100),
    |builder| builder.profile(Profile::Plain).suffix(".s").dialect(Dialect::HOT_SHOTS).tag("a:0"),
    |builder| builder.profile(Profile::Plain).dialect(Dialect::DATADOGPY),
];

proptest! {
    #[test]
    fn a_call_is_never_taken_for_one_whose_texts_stood_at_its_addresses(
        texts in prop::collection::vec(prop::collection::vec(TEXTS, 1..5), 1..6),
        calls in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3, 0u8..20), 1..60),
        way in prop::sample::select(&WAYS[..]),
    ) {
        let kinds = [MetricKind::Count, MetricKind::Gauge, MetricKind::Distribution];
        let (by_place, by_search) = (Memory::new(), Memory::new());
        let clients = [way(into(&by_place)).build().unwrap(), way(into(&by_search)).build().unwrap()];
        let mut places = Places::default();
        for (value, (text, kind, flush)) in (1..).zip(calls) {
            let texts = text.get(&texts);
            places.call(&clients[0], kinds[kind], texts, value);
            searched(&clients[1], kinds[kind], texts, value);
            if flush == 0 {
                clients.iter().for_each(|client| assert!(client.flush()));
            }
        }
        clients.iter().for_each(|client| assert!(client.flush()));
        prop_assert_eq!(sorted(&by_place), sorted(&by_search));
        prop_assert_eq!(clients[0].stats(), clients[1].stats());
    }
}

#[test]
fn more_contexts_than_a_thread_can_know_are_called_right() {
    let names: Vec<String> = (0..3000).map(|n| format!("{n:04}.{}", "name".repeat(20))).collect();
    for way in WAYS {
        let memory = Memory::new();
        let client = way(into(&memory)).build().unwrap();
        for _ in 0..3 {
            names.iter().for_each(|name| client.count(name, 1, &["k:v"]));
        }
        assert!(client.flush());
        let of = |name: &str| {
            let lines = sorted(&memory).into_iter().filter(|line| line.contains(name));
            lines
                .map(|line| line.split(':').nth(1).unwrap().split('|').next().unwrap().parse::<u32>().unwrap())
                .sum::<u32>()
        };
        assert_eq!([of(&names[0]), of(&names[1234]), of(&names[2999])], [3; 3]);
        assert_eq!(client.stats().metrics.total(), 9000);
    }
}

proptest! {
    #[test]
    fn a_series_does_what_calls_by_name_do(
        texts in prop::collection::vec(prop::collection::vec("[ab]{1,3}|host:a|[xy]{16,18}|[xy]{8}", 1..5), 1..6),
        calls in prop::collection::vec((any::<prop::sample::Index>(), 0usize..4, 0u8..20), 1..60),
        way in prop::sample::select(&WAYS[..]),
    ) {
        let kinds = [MetricKind::Count, MetricKind::Gauge, MetricKind::Distribution, MetricKind::Set];
        let (by_series, by_name) = (Memory::new(), Memory::new());
        let clients = [way(into(&by_series)).build().unwrap(), way(into(&by_name)).build().unwrap()];
        let mut all = BTreeMap::new();
        for (value, (text, kind, flush)) in (1..).zip(calls) {
            let texts = text.get(&texts);
            let series = all.entry((texts, kind)).or_insert_with(|| {
                let tags: Vec<&str> = texts[1..].iter().map(String::as_str).collect();
                clients[0].series(kinds[kind], &texts[0], &tags)
            });
            series.call(if kinds[kind] == MetricKind::Count { Value::I64(value) } else { Value::F64(value as f64) });
            searched(&clients[1], kinds[kind], texts, value);
            if flush == 0 {
                clients.iter().for_each(|client| assert!(client.flush()));
            }
        }
        clients.iter().for_each(|client| assert!(client.flush()));
        prop_assert_eq!(sorted(&by_series), sorted(&by_name));
        prop_assert_eq!(clients[0].stats(), clients[1].stats());
    }
}

#[test]
fn a_call_of_literals_is_one_by_name_in_each_client() {
    for way in WAYS {
        let memories = [Memory::new(), Memory::new()];
        let clients = memories.each_ref().map(|memory| way(into(memory)).build().unwrap());
        for call in 0..6 {
            let client = &clients[call % 2];
            basenji::count!(client, "c", 1, "a" => "1", "b" => "2",);
            basenji::gauge!(client, "g", 0.5, "a" => "1");
            basenji::histogram!(client, "h", 1.5);
            basenji::distribution!(client, "d", 2.5, "a" => "1");
            basenji::timing!(client, "t", 3.5);
        }
        let by_name = Memory::new();
        let client = way(into(&by_name)).build().unwrap();
        for _ in 0..3 {
            client.count("c", 1, &["a:1", "b:2"]);
            client.gauge("g", 0.5, &["a:1"]);
            client.histogram("h", 1.5, &[]);
            client.distribution("d", 2.5, &["a:1"]);
            client.timing("t", 3.5, &[]);
        }
        assert!(client.flush() && clients.iter().all(Client::flush));
        assert_eq!(memories.map(|memory| sorted(&memory)), [sorted(&by_name), sorted(&by_name)]);
    }
}

/// The sum of each context: a name and a set of tags.
fn sums(memory: &Memory) -> BTreeMap<(String, BTreeSet<String>), i64> {
    let mut sums = BTreeMap::new();
    for line in sorted(memory) {
        let (name, rest) = line.split_once(':').unwrap();
        let (value, tail) = rest.split_once('|').unwrap();
        let tags = tail.strip_prefix("c|#").unwrap_or_default().split(',').map(str::to_owned);
        *sums.entry((name.to_owned(), tags.collect())).or_default() += value.parse::<i64>().unwrap();
    }
    sums
}

proptest! {
    #[test]
    fn a_handle_counts_as_calls_by_name_do_whatever_its_tags(texts in prop::collection::vec(TEXTS, 1..5), calls in 1i64..4) {
        let (by_handle, by_series, by_name) = (Memory::new(), Memory::new(), Memory::new());
        let clients = [&by_handle, &by_name, &by_series].map(|memory| into(memory).build().unwrap());
        let tags: Vec<&str> = texts[1..].iter().map(String::as_str).collect();
        let counter = clients[0].counter(&texts[0], &tags);
        let series = clients[2].series(MetricKind::Count, &texts[0], &tags);
        for value in 0..calls {
            counter.add(value);
            series.call(Value::I64(value));
            clients[1].count(&texts[0], value, &tags);
        }
        clients.iter().for_each(|client| assert!(client.flush()));
        prop_assert_eq!(sums(&by_handle), sums(&by_name));
        prop_assert_eq!(sums(&by_series), sums(&by_name));
        let counted = clients.each_ref().map(|client| (client.stats().metrics, client.stats().dropped_on_receive));
        prop_assert_eq!(counted[0], counted[1]);
        prop_assert_eq!(counted[2], counted[1]);
    }
}
