//! What the client promises as a whole.

use super::{Aggregation, CheckCall, Client, ClientTags, Common, EventCall, Limits, MetricCall, Options, Value};
use crate::aggregate::StaticStorage;
use crate::wire::{Message, Messages, MetricKind, Tags, Values};
use crate::{Full, Time};
use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

const START: Time = Time::from_secs(1_000_000);
const EXTENDED: Aggregation = Aggregation::Extended { samples: 1000 };

type Tested = Client<StaticStorage<64, 4096, 4096>, Vec<u8>, &'static str>;

fn client(aggregation: Aggregation) -> Tested {
    let options = Options { aggregation, ..Options::new() };
    Client::new(StaticStorage::new(), vec![0; 16384], Common::default(), options)
}

fn take<S: crate::aggregate::Storage>(client: &mut Client<S, Vec<u8>, &'static str>, now: Time) -> Vec<String> {
    let next = || client.poll_transmit(now).map(|datagram| String::from_utf8(datagram.to_vec()).unwrap());
    std::iter::from_fn(next).collect()
}

/// All lines that wait.
fn lines(client: &mut Tested) -> Vec<String> {
    client.flush(START);
    take(client, START).concat().lines().map(str::to_string).collect()
}

fn call<'a>(kind: MetricKind, value: f64) -> MetricCall<'a> {
    MetricCall::new(b"m", kind, Value::F64(value))
}

#[test]
fn without_memory_for_contexts_each_call_is_a_line_whatever_the_options_say() {
    let memory = StaticStorage::<0, 0, 0, 0>::new();
    let mut client = Client::new(memory, vec![0; 16384], Common::<&str>::default(), Options::new());
    for value in [1, 2] {
        client.count(b"a", value, Tags::NONE, START).unwrap();
    }
    client.flush(START);
    assert_eq!(take(&mut client, START), ["a:1|c\na:2|c\n"]);
    assert_eq!(client.next_deadline(), None);
}

#[test]
fn without_aggregation_each_call_is_a_line() {
    let mut client = client(Aggregation::Off);
    client.count(b"a", 1, Tags::NONE, START).unwrap();
    client.count(b"a", 2, Tags::List(&[b"x", b"y"]), START).unwrap();
    client.set(b"s", b"me", Tags::NONE, START).unwrap();
    client.event(&EventCall::new(b"t", b"x"), START).unwrap();
    client.service_check(&CheckCall::new(b"up", Value::I64(0)), START).unwrap();
    assert_eq!(lines(&mut client), ["a:1|c", "a:2|c|#x,y", "s:me|s", "_e{1,1}:t|x", "_sc|up|0"]);
    let counters = client.counters();
    assert_eq!((counters.metrics.get(MetricKind::Count), counters.metrics.get(MetricKind::Set)), (2, 1));
    assert_eq!((counters.events, counters.service_checks), (1, 1));
}

#[test]
fn basic_aggregation_adds_counts_keeps_the_last_gauge_and_each_member_once() {
    let mut client = client(Aggregation::Basic);
    for value in [1.0, 2.5] {
        client.metric(&call(MetricKind::Count, value), START).unwrap();
        client.gauge(b"g", value, Tags::NONE, START).unwrap();
        client.set(b"s", b"me", Tags::NONE, START).unwrap();
        client.set(b"s", b"you", Tags::NONE, START).unwrap();
        client.distribution(b"d", value, Tags::NONE, START).unwrap();
    }
    assert_eq!(lines(&mut client), ["d:1|d", "d:2.5|d", "m:3.5|c", "g:2.5|g", "s:me|s", "s:you|s"]);
    assert_eq!(client.counters().aggregated_contexts.get(MetricKind::Set), 2);
    assert_eq!(lines(&mut client), [""; 0]);
}

#[test]
fn extended_aggregation_packs_samples_by_rate() {
    let mut client = client(EXTENDED);
    for (value, rate) in [(1.0, 1.0), (2.0, 1.0), (3.0, 0.999_999), (4.0, 1.0)] {
        client.metric(&MetricCall { sample_rate: rate, ..call(MetricKind::Timing, value) }, START).unwrap();
    }
    assert_eq!(lines(&mut client), ["m:1:2|ms", "m:3|ms|@0.999999", "m:4|ms"]);
}

#[test]
fn the_order_of_tags_makes_no_other_context_and_the_cardinality_does() {
    let mut client = client(EXTENDED);
    for tags in [[b"a" as &[u8], b"b"], [b"b", b"a"]] {
        client.count(b"c", 1, Tags::List(&tags), START).unwrap();
    }
    let high = MetricCall { cardinality: Some(b"high"), ..MetricCall::new(b"c", MetricKind::Count, Value::I64(1)) };
    client.metric(&MetricCall { tags: Tags::Text(b"a,b"), ..high }, START).unwrap();
    assert_eq!(lines(&mut client), ["c:2|c|#a,b", "c:1|c|#a,b|card:high"]);
}

#[test]
fn what_all_lines_have_in_common_survives_aggregation() {
    let common = Common {
        prefix: "p.",
        suffix: ".s",
        tags: "env:dev",
        local_data: "ci-1",
        external_data: "it-false",
        cardinality: "low",
        telemetry: None,
    };
    let mut client: Tested = Client::new(StaticStorage::new(), vec![0; 16384], common, Options::new());
    client.count(b"c", 1, Tags::Text(b"a"), START).unwrap();
    let high = MetricCall { cardinality: Some(b"high"), ..call(MetricKind::Histogram, 1.0) };
    client.metric(&high, START).unwrap();
    let expected =
        ["p.c.s:1|c|#a,env:dev|c:ci-1|e:it-false|card:low", "p.m.s:1|h|#env:dev|c:ci-1|e:it-false|card:high"];
    assert_eq!(lines(&mut client), expected);
}

#[test]
fn tags_that_mean_something_to_a_server_survive_aggregation() {
    let mut client = client(EXTENDED);
    let tags = Tags::Text(b"host:a,x,dd.internal.card:low,host:b");
    for _ in 0..2 {
        client.count(b"a", 1, tags, START).unwrap();
        client.timing(b"b", 1.0, Tags::List(&[b"host:a"]), START).unwrap();
        client.count(b"a", 1, Tags::Text(b"x"), START).unwrap();
    }
    assert_eq!(lines(&mut client), ["a:2|c|#host:a,x,dd.internal.card:low,host:b", "b:1:1|ms|#host:a", "a:2|c|#x"]);
}

#[test]
fn a_sampled_call_is_weighed_when_it_is_made_and_an_aggregated_count_is_not_sampled() {
    let mut client = client(EXTENDED);
    for rate in [0.5, 0.001, 1.0] {
        client.metric(&MetricCall { sample_rate: rate, ..call(MetricKind::Count, 2.0) }, START).unwrap();
    }
    assert_eq!(lines(&mut client), ["m:6|c"]);
    for _ in 0..1000 {
        client.metric(&MetricCall { sample_rate: 0.25, ..call(MetricKind::Distribution, 1.0) }, START).unwrap();
    }
    let lines = lines(&mut client);
    assert_eq!(lines.len(), 1);
    let kept = lines[0].matches(":1").count();
    assert!(lines[0].ends_with("|d|@0.25") && (200..300).contains(&kept), "{kept}");
    assert_eq!(client.counters().metrics.get(MetricKind::Distribution), 1000);
}

#[test]
fn a_call_that_the_caller_has_sampled_is_kept_and_stands_for_as_many_as_its_rate_says() {
    for (aggregation, expected) in
        [(Aggregation::Off, vec!["m:2|c|@0.5"; 3]), (EXTENDED, vec!["m:12|c", "m:2:2:2|d|@0.5"])]
    {
        let mut client = client(aggregation);
        let kinds: &[_] =
            if aggregation == EXTENDED { &[MetricKind::Count, MetricKind::Distribution] } else { &[MetricKind::Count] };
        for kind in kinds {
            for _ in 0..3 {
                client.sampled_metric(&MetricCall { sample_rate: 0.5, ..call(*kind, 2.0) }, START).unwrap();
            }
        }
        assert_eq!(lines(&mut client), expected);
        assert_eq!(client.counters().metrics.total(), 3 * kinds.len() as u64);
    }
}

#[test]
fn more_samples_than_go_one_by_one_leave_as_their_counts_in_binary() {
    let mut client = client(Aggregation::Extended { samples: 10 });
    for value in [5.123, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 30.0, 30.0, 30.0, 40.0, 87.654] {
        client.histogram(b"h", value, Tags::NONE, START).unwrap();
    }
    // Minimum and maximum as they are; 20 six times, 30 three times, 40 once, each as the shortest number of its bin.
    assert_eq!(lines(&mut client), ["h:5.123:87.654:30:40|h", "h:20:30|h|@0.5", "h:20|h|@0.25"]);
}

#[test]
fn a_million_samples_of_a_context_leave_in_sixteen_kilobytes() {
    let mut client = client(Aggregation::DEFAULT);
    let (mut sum, mut state) = (0.0, 7u64);
    for _ in 0..1_000_000 {
        // Twelve uniform numbers make a normal one.
        let normal = (0..12).fold(-6.0, |normal, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            normal + (state >> 11) as f64 / (1u64 << 53) as f64
        });
        let value = libm::exp(normal) * 20.0;
        sum += value;
        client.distribution(b"d", value, Tags::NONE, START).unwrap();
    }
    client.flush(START);
    let datagrams = take(&mut client, START);
    let bytes: usize = datagrams.iter().map(String::len).sum();
    let (mut count, mut weighed) = (0.0, 0.0);
    for message in datagrams.iter().flat_map(|datagram| Messages::new(datagram.as_bytes())) {
        let Ok(Message::Metric(metric)) = message else { panic!("{message:?}") };
        count += metric.values.iter().count() as f64 / metric.sample_rate;
        weighed += metric.values.iter().sum::<f64>() / metric.sample_rate;
    }
    assert_eq!(count, 1e6);
    assert!((weighed / sum - 1.0).abs() < 0.001, "{}", weighed / sum);
    assert!(bytes <= 16_384, "{bytes} bytes in {} datagrams", datagrams.len());
}

#[test]
fn a_call_with_a_timestamp_or_without_a_number_is_not_aggregated() {
    let mut client = client(EXTENDED);
    client.metric(&MetricCall { timestamp: Some(Value::I64(7)), ..call(MetricKind::Count, 1.0) }, START).unwrap();
    client.metric(&MetricCall { value: Value::Text(b"1:2"), ..call(MetricKind::Histogram, 0.0) }, START).unwrap();
    client.metric(&call(MetricKind::Gauge, f64::NAN), START).unwrap();
    client.metric(&MetricCall { name: b"", ..call(MetricKind::Count, 1.0) }, START).unwrap();
    assert_eq!(take(&mut client, START), [""; 0]);
    assert_eq!(lines(&mut client), ["m:1|c|T7", "m:1:2|h"]);
    assert_eq!(client.counters().dropped_on_receive, 2);
}

#[test]
fn when_the_contexts_are_full_calls_become_lines_and_known_ones_go_on() {
    let options = Options { sample_rate: 1.0, ..Options::new() };
    let mut client: Client<StaticStorage<1, 64, 64>, _, &str> =
        Client::new(StaticStorage::new(), vec![0; 4096], Common::default(), options);
    for name in ["a", "b", "a", "b"] {
        client.count(name.as_bytes(), 1, Tags::NONE, START).unwrap();
    }
    client.flush(START);
    assert_eq!(take(&mut client, START), ["b:1|c\nb:1|c\na:2|c\n"]);
    assert_eq!(client.counters().metrics.get(MetricKind::Count), 4);
}

#[test]
fn a_flush_is_due_an_interval_after_the_first_call_and_an_idle_client_has_no_deadline() {
    let mut client = client(EXTENDED);
    assert_eq!(client.next_deadline(), None);
    client.count(b"a", 1, Tags::NONE, START).unwrap();
    let due = client.next_deadline().unwrap();
    assert_eq!(due, START.plus_millis(2000));
    assert_eq!(take(&mut client, START.plus_millis(1999)), [""; 0]);
    assert_eq!(take(&mut client, due), ["a:1|c\n"]);
    assert_eq!(client.next_deadline(), None);
    client.count(b"a", 1, Tags::NONE, START.plus_millis(9000)).unwrap();
    assert_eq!(client.next_deadline(), Some(START.plus_millis(11_000)));
}

#[test]
fn the_counters_are_told_each_ten_seconds_and_count_no_metrics() {
    let tags = ClientTags { client: "client:rust", version: "client_version:1", transport: "client_transport:udp" };
    let limits = Limits { datagram: 300, line: 300 };
    let (options, common) =
        (Options { limits, ..Options::new() }, Common { telemetry: Some(tags), ..Common::default() });
    let mut client: Tested = Client::new(StaticStorage::new(), vec![0; 900], common, options);
    client.count(b"a", 5, Tags::NONE, START).unwrap();
    assert_eq!(take(&mut client, START.plus_millis(2000)), ["a:5|c\n"]);
    let due = client.next_deadline().unwrap();
    assert_eq!(due, START.plus_millis(10_000));
    let report = take(&mut client, due);
    assert!(report.iter().all(|datagram| datagram.len() <= 300));
    let report = report.concat();
    assert_eq!(report.lines().count(), 18 + 7);
    let tags = "client:rust,client_version:1,client_transport:udp";
    assert!(report.starts_with(&format!("datadog.dogstatsd.client.metrics:1|c|#{tags}\n")), "{report}");
    assert!(report.contains(&format!("client.aggregated_context_by_type:1|c|#{tags},metrics_type:count\n")));
    assert_eq!(client.next_deadline(), Some(START.plus_millis(20_000)));
    let next = take(&mut client, START.plus_millis(20_000)).concat();
    assert!(next.starts_with(&format!("datadog.dogstatsd.client.metrics:0|c|#{tags}\n")), "{next}");
}

#[test]
fn a_flush_that_does_not_fit_goes_on_as_datagrams_are_taken_out() {
    let limits = Limits { datagram: 100, line: 100 };
    let options = Options { limits, ..Options::new() };
    let mut client: Tested = Client::new(StaticStorage::new(), vec![0; 300], Common::default(), options);
    for name in 0..40 {
        client.count(format!("counter.{name}").as_bytes(), 1, Tags::NONE, START).unwrap();
        client.distribution(b"d", f64::from(name), Tags::NONE, START).unwrap();
    }
    client.flush(START);
    assert_eq!(client.count(b"late", 1, Tags::NONE, START), Err(Full::Buffer));
    let datagrams = take(&mut client, START);
    let (last, full) = datagrams.split_last().unwrap();
    assert!(full.iter().all(|datagram| (85..=100).contains(&datagram.len())) && last.len() <= 100, "{datagrams:?}");
    let lines = datagrams.concat();
    assert_eq!(lines.matches("|c\n").count(), 40);
    let values =
        lines.lines().filter(|line| line.starts_with('d')).map(|line| line.matches(':').count()).sum::<usize>();
    assert_eq!(values, 40);
}

#[test]
fn what_clients_of_threads_have_gathered_leaves_through_one() {
    let (mut central, mut other) = (client(EXTENDED), client(EXTENDED));
    for client in [&mut central, &mut other] {
        client.count(b"c", 2, Tags::NONE, START).unwrap();
        client.distribution(b"d", 1.5, Tags::NONE, START).unwrap();
        client.event(&EventCall::new(b"t", b"x"), START).unwrap();
    }
    central.absorb(other.aggregator(), START).unwrap();
    other.clear(START);
    for line in lines(&mut other) {
        central.line(line.as_bytes(), START).unwrap();
    }
    assert_eq!(lines(&mut central), ["_e{1,1}:t|x", "_e{1,1}:t|x", "c:4|c", "d:1.5:1.5|d"]);
}

#[test]
fn packed_samples_fill_datagrams() {
    let options = Options { aggregation: EXTENDED, ..Options::new() };
    let mut client: Client<StaticStorage<8, 256, 20_000>, _, &str> =
        Client::new(StaticStorage::new(), vec![0; 16384], Common::default(), options);
    for name in ["first", "second", "third", "fourth"] {
        for value in 0..1000 {
            client.distribution(name.as_bytes(), f64::from(value) / 7.0, Tags::Text(b"env:dev"), START).unwrap();
        }
    }
    client.flush(START);
    let datagrams = take(&mut client, START);
    let (last, full) = datagrams.split_last().unwrap();
    let bytes: usize = full.iter().map(String::len).sum();
    assert!(bytes * 100 >= full.len() * 1432 * 95, "{bytes} bytes in {} datagrams", full.len());
    let values = datagrams.concat().lines().map(|line| line.matches(':').count() - 1).sum::<usize>();
    assert_eq!((values, last.is_empty()), (4000, false));
}

/// What a server makes of lines, or ought to make of calls: by name, kind, tags and cardinality.
#[derive(Debug, Default, PartialEq)]
struct Seen(BTreeMap<String, Vec<String>>);

impl Seen {
    fn take(&mut self, key: String, kind: MetricKind, values: impl Iterator<Item = String>) {
        let seen = self.0.entry(key).or_default();
        for value in values {
            match kind {
                MetricKind::Count => {
                    let sum = seen.pop().map_or(0.0, |sum| sum.parse::<f64>().unwrap());
                    seen.push((sum + value.parse::<f64>().unwrap()).to_string());
                }
                MetricKind::Gauge => *seen = vec![value],
                MetricKind::Set if seen.contains(&value) => {}
                _ => seen.push(value),
            }
        }
        seen.sort();
    }

    fn datagram(&mut self, datagram: &[u8]) {
        for message in Messages::new(datagram) {
            let Message::Metric(metric) = message.unwrap() else { panic!("only metrics were called") };
            assert_eq!(metric.sample_rate, 1.0);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let mut tags: Vec<_> = metric.tags.iter().map(text).collect();
            tags.sort();
            let key = format!(
                "{} {} {tags:?} {:?} {:?}",
                text(metric.name),
                metric.kind.name(),
                metric.origin.cardinality.map(text),
                metric.timestamp
            );
            match metric.values {
                Values::Member(member) => self.take(key, metric.kind, [text(member)].into_iter()),
                values => self.take(key, metric.kind, values.iter().map(|value| value.to_string())),
            }
        }
    }
}

proptest::proptest! {
    /// With any aggregation, memory for all contexts or for two, and datagrams large and small.
    #[test]
    fn what_a_server_sees_is_what_was_called(
        program in proptest::collection::vec((0usize..4, 0usize..6, -50i32..50, 0u8..3, 0u8..8, 0u64..900), 0..120),
        aggregation in 0usize..3,
        sizes in 0usize..4,
        small in proptest::bool::ANY,
    ) {
        let aggregation = [Aggregation::Off, Aggregation::Basic, EXTENDED][aggregation];
        let (datagram, buffer) = [(60, 150), (60, 400), (200, 500), (1432, 4000)][sizes];
        let options = Options { aggregation, limits: Limits { datagram, line: 100 }, ..Options::new() };
        if small {
            run(Client::new(StaticStorage::<2, 64, 100>::new(), vec![0; buffer], Common::default(), options), &program);
        } else {
            run(Client::new(StaticStorage::<200, 8192, 9999>::new(), vec![0; buffer], Common::default(), options), &program);
        }
    }
}

/// Name, kind, value, tags, options, milliseconds since the call before.
type Step = (usize, usize, i32, u8, u8, u64);

fn run<S: crate::aggregate::Storage>(mut client: Client<S, Vec<u8>, &'static str>, program: &[Step]) {
    let (mut expected, mut seen, mut now) = (Seen::default(), Seen::default(), START);
    for &(name, kind, value, tags, options, millis) in program {
        now = now.plus_millis(millis);
        let (name, kind) = (["a", "bb", "c.c", "dddd"][name], MetricKind::ALL[kind]);
        let tags = [&[][..], &["x:1", "y"], &["y", "x:1"]][usize::from(tags)];
        let tags: Vec<_> = tags.iter().map(|tag| tag.as_bytes()).collect();
        let text = format!("{value}");
        let call = MetricCall {
            tags: Tags::List(&tags),
            timestamp: (options & 3 == 3).then_some(Value::I64(5)),
            cardinality: (options & 4 == 4).then_some(b"low"),
            ..MetricCall::new(name.as_bytes(), kind, Value::Text(text.as_bytes()))
        };
        let call = match (kind, value % 2) {
            (MetricKind::Set, _) | (_, 0) => call,
            _ => MetricCall { value: Value::F64(f64::from(value)), ..call },
        };
        while client.metric(&call, now) == Err(Full::Buffer) {
            seen.datagram(client.poll_transmit(now).expect("a full client has a datagram"));
        }
        let mut tags: Vec<_> = tags.iter().map(|tag| String::from_utf8_lossy(tag)).collect();
        tags.sort();
        let (cardinality, timestamp) = (call.cardinality.map(|_| "low"), call.timestamp.map(|_| 5));
        expected.take(
            format!("{name} {} {tags:?} {cardinality:?} {timestamp:?}", kind.name()),
            kind,
            [text].into_iter(),
        );
        if value % 5 == 0 {
            while let Some(datagram) = client.poll_transmit(now) {
                seen.datagram(datagram);
            }
        }
    }
    client.flush(now);
    while let Some(datagram) = client.poll_transmit(now) {
        seen.datagram(datagram);
    }
    assert_eq!(seen, expected);
    assert_eq!(client.counters().metrics.total(), program.len() as u64);
    assert_eq!(client.counters().dropped_on_receive, 0);
}
