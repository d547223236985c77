//! Bodies: the known answers of the intake, and what another implementation of Protocol Buffers reads in ours.

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Members, Settings as Aggregation, Source};
use basenji::core::wire::{Event, Message, MetricKind, OriginFields, ServiceCheck, Tags};
use basenji::server::{Amount, Bucket, Growing, Memory, Point, Series};
use prost::Message as _;

use super::bodies::{Bodies, Outcome};
use super::series::{Common, Encoder, values};
use super::settings::Settings;
use super::{json, sketches};
use crate::config::origin::Setting;
use crate::config::value::{Compressor, Ranged};
use crate::delivery::Payload;
use crate::encode::pen::Sheet;
use crate::sink::Reason;

/// Datadog's messages by their public numbers.
#[derive(Clone, PartialEq, prost::Message)]
struct MetricPayload {
    #[prost(message, repeated, tag = "1")]
    series: Vec<MetricSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MetricSeries {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<Resource>,
    #[prost(string, tag = "2")]
    metric: String,
    #[prost(string, repeated, tag = "3")]
    tags: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    points: Vec<MetricPoint>,
    #[prost(int32, tag = "5")]
    kind: i32,
    #[prost(string, tag = "6")]
    unit: String,
    #[prost(string, tag = "7")]
    source_type_name: String,
    #[prost(int64, tag = "8")]
    interval: i64,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Resource {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MetricPoint {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    origin: Option<Origin>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Origin {
    #[prost(uint32, tag = "4")]
    product: u32,
    #[prost(uint32, tag = "5")]
    category: u32,
    #[prost(uint32, tag = "6")]
    service: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SketchPayload {
    #[prost(message, repeated, tag = "1")]
    sketches: Vec<Sketch>,
    #[prost(message, optional, tag = "2")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Sketch {
    #[prost(string, tag = "1")]
    metric: String,
    #[prost(string, tag = "2")]
    host: String,
    #[prost(string, repeated, tag = "4")]
    tags: Vec<String>,
    #[prost(message, repeated, tag = "7")]
    dogsketches: Vec<Dogsketch>,
    #[prost(message, optional, tag = "8")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Dogsketch {
    #[prost(int64, tag = "1")]
    ts: i64,
    #[prost(int64, tag = "2")]
    cnt: i64,
    #[prost(double, tag = "3")]
    min: f64,
    #[prost(double, tag = "4")]
    max: f64,
    #[prost(double, tag = "5")]
    avg: f64,
    #[prost(double, tag = "6")]
    sum: f64,
    #[prost(sint32, repeated, tag = "7")]
    k: Vec<i32>,
    #[prost(uint32, repeated, tag = "8")]
    n: Vec<u32>,
}

/// Everything that becomes of a bucket.
#[derive(Default)]
struct All {
    payloads: Vec<Payload>,
    lost: Vec<(Reason, Amount)>,
}

impl Outcome for All {
    fn body(&mut self, payload: Payload, _: bool) {
        self.payloads.push(payload);
    }

    fn lost(&mut self, reason: Reason, amount: Amount, _: bool) {
        self.lost.push((reason, amount));
    }
}

impl All {
    /// The bodies of a route.
    fn of(&self, path: &str) -> Vec<&Payload> {
        self.payloads.iter().filter(|payload| payload.head.path == path).collect()
    }
}

fn plain() -> Settings {
    Settings { compressor: Setting::by_default(Compressor::None), ..Settings::default() }
}

fn common() -> Common {
    Common { hostname: "testhost".to_owned(), ..Common::default() }
}

fn made(settings: &Settings, common: Common, bucket: &Bucket) -> All {
    let mut all = All::default();
    Bodies::new(settings, common).make(bucket, &mut all);
    all
}

/// The bucket of these lines, received and flushed at one time.
pub(super) fn bucket(lines: &[u8], seconds: u64) -> Bucket {
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Aggregation::default());
    let mut bucket = Bucket::default();
    for line in lines.split(|&byte| byte == b'\n') {
        let Message::Metric(metric) = Message::parse(line).unwrap() else { panic!("a metric") };
        aggregator.record(&metric, &Source::default(), Time::from_secs(seconds)).unwrap();
    }
    bucket.extend(aggregator.flush_all(Time::from_secs(seconds)));
    bucket
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn count(sum: f64) -> Series<'static> {
    Series {
        name: b"page.views",
        host: b"",
        kind: MetricKind::Count,
        tags: Tags::Text(b"env:dev,team:a"),
        origin: OriginFields::NONE,
        timestamp: 1_796_025_360,
        interval: 10,
        members: Members::NONE,
        point: Point::Count(sum),
    }
}

#[test]
fn a_series_of_v2_has_the_bytes_that_a_receiver_has_accepted() {
    let (series, mut sheet) = (count(5.0), Sheet::default());
    values(&series, &common(), |value| Encoder::new(&common()).push(&value, "System", &mut sheet));
    assert_eq!(
        hex(sheet.written()),
        "0a540a100a04686f7374120874657374686f7374120a706167652e76696577731a07656e763a6465761a067465616d3a61220f09000000\
         000000e03f1090d8b4d80628023a0653797374656d400a4a060a04200a280a"
    );
}

#[test]
fn a_series_of_v1_has_the_text_that_a_receiver_has_accepted() {
    let series = Series { tags: Tags::Text(b"env:dev"), timestamp: 1_656_581_400, ..count(5.0) };
    let mut out = Vec::new();
    values(&series, &common(), |value| json::push_series(&value, &common(), "System", &mut out));
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"metric":"page.views","points":[[1656581400,0.5]],"tags":["env:dev"],"host":"testhost","type":"rate","interval":10,"source_type_name":"System"}"#
    );
}

#[test]
fn sketches_have_the_bytes_of_the_agents_own_module() {
    let lines = b"a.one:1|d|#env:dev\na.mixed:1:2:-100:3|d|#env:dev\na.zero:0:0|d|#env:dev";
    let bucket = bucket(lines, 1_656_581_400);
    let mut sheet = Sheet::default();
    for series in bucket.series() {
        let Point::Distribution(sketch) = &series.point else { panic!("a distribution") };
        sketches::push(&series, sketch, &common(), false, &mut sheet);
    }
    assert_eq!(
        hex(&[sheet.written(), &sketches::END].concat()),
        [
            "0a4f0a05612e6f6e65120874657374686f73742207656e763a6465763a330898daf59506100119000000000000f03f21000000000000",
            "f03f29000000000000f03f31000000000000f03f3a02f414420101",
            "0a5a0a07612e6d69786564120874657374686f73742207656e763a6465763a3c0898daf5950610041900000000000059c021000000",
            "00000008402900000000008037c03100000000008057c03a08c519f414ce158216420401010101",
            "0a2b0a06612e7a65726f120874657374686f73742207656e763a6465763a0e0898daf5950610023a0100420102",
            "1200"
        ]
        .concat()
    );
}

#[test]
fn random_series_are_read_as_they_were_by_another_implementation() {
    let mut seed = 11_u64;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    let mut lines = Vec::new();
    for number in 0..2_000 {
        let kind = ["c", "g", "s", "h", "ms", "d"][next(6) as usize];
        let tags: Vec<_> = (0..next(5)).map(|tag| format!("tag{tag}:{}", "v".repeat(next(40) as usize))).collect();
        let device = if next(4) == 0 { ",device:eth0,device:eth1" } else { "" };
        let host = if next(3) == 0 { ",host:other" } else { "" };
        let values: Vec<_> =
            (0..1 + next(20)).map(|_| (next(2_000_000) as f64 / 100.0 - 5_000.0).to_string()).collect();
        lines.push(format!("name.{number}:{}|{kind}|#first{device}{host},{}", values.join(":"), tags.join(",")));
    }
    let bucket = bucket(lines.join("\n").as_bytes(), 1_800_000_000);
    let common = Common { tags: vec!["team:a".to_owned()], ..common() };
    let all = made(&plain(), common.clone(), &bucket);
    assert_eq!(all.lost, []);
    let mut series: Vec<MetricSeries> = Vec::new();
    for payload in all.of("/api/v2/series") {
        series.extend(MetricPayload::decode(&payload.body[..]).unwrap().series);
    }
    let mut sketches: Vec<Sketch> = Vec::new();
    for payload in all.of("/api/beta/sketches") {
        sketches.extend(SketchPayload::decode(&payload.body[..]).unwrap().sketches);
    }
    let (mut series, mut sketches) = (series.into_iter(), sketches.into_iter());
    let metadata = Some(Metadata { origin: Some(Origin { product: 10, category: 10, service: 0 }) });
    for one in bucket.series() {
        let name = String::from_utf8(one.name.to_vec()).unwrap();
        let host = if one.host.is_empty() { "testhost" } else { "other" };
        let own: Vec<_> = one.tags.iter().map(|tag| String::from_utf8(tag.to_vec()).unwrap()).collect();
        let has_device = own.iter().any(|tag| tag.starts_with("device:"));
        if let Point::Distribution(sketch) = one.point {
            let found = sketches.next().unwrap();
            let summary = sketch.summary();
            let expected = Dogsketch {
                ts: one.timestamp as i64,
                cnt: summary.count as i64,
                min: summary.min,
                max: summary.max,
                avg: summary.avg,
                sum: summary.sum,
                k: sketch.keys().collect(),
                n: sketch.counts().collect(),
            };
            assert_eq!(expected.n.iter().map(|&n| u64::from(n)).sum::<u64>(), summary.count);
            let tags = [own, vec!["team:a".to_owned()]].concat();
            let host = host.to_owned();
            assert_eq!(
                found,
                Sketch { metric: name, host, tags, dogsketches: vec![expected], metadata: metadata.clone() }
            );
            continue;
        }
        let rate = |sum: f64| (2, sum / 10.0);
        let expected: Vec<(String, (i32, f64))> = match one.point {
            Point::Count(sum) => vec![(name, rate(sum))],
            Point::Gauge(last) => vec![(name, (3, last))],
            Point::Set(members) => vec![(name, (3, members as f64))],
            Point::Histogram(histogram) => {
                let one = |aggregate: &(basenji::core::aggregate::Aggregate, f64)| {
                    let suffix = aggregate.0.to_string();
                    let value = if suffix == "count" { rate(aggregate.1) } else { (3, aggregate.1) };
                    (format!("{name}.{suffix}"), value)
                };
                histogram.aggregates.iter().map(one).collect()
            }
            Point::Distribution(_) => Vec::new(),
        };
        for (metric, (kind, value)) in expected {
            let is_time = one.kind == MetricKind::Timing && !metric.ends_with(".count");
            let resource = |kind: &str, name: &str| Resource { kind: kind.to_owned(), name: name.to_owned() };
            let mut resources = vec![resource("host", host)];
            resources.extend(has_device.then(|| resource("device", "eth0")));
            let tags: Vec<_> = own.iter().filter(|tag| !tag.starts_with("device:")).cloned().collect();
            let expected = MetricSeries {
                resources,
                metric,
                tags: [tags, vec!["team:a".to_owned()]].concat(),
                points: vec![MetricPoint { value, timestamp: one.timestamp as i64 }],
                kind,
                unit: if is_time { "millisecond".to_owned() } else { String::new() },
                source_type_name: String::new(),
                interval: 10,
                metadata: metadata.clone(),
            };
            assert_eq!(series.next(), Some(expected));
        }
    }
    assert_eq!((series.next(), sketches.next()), (None, None));
}

#[test]
fn an_event_and_a_check_have_the_fields_of_the_intake_in_its_order() {
    let mut out = Vec::new();
    let event = Event::parse(b"_e{6,4}:deploy|a\\nb|d:1700000000|h:web|k:key|p:low|s:ci|t:error|#b,a").unwrap();
    json::push_event(&event, &common(), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"msg_title":"deploy","msg_text":"a\nb","timestamp":1700000000,"priority":"low","host":"web","tags":["b","a"],"alert_type":"error","aggregation_key":"key","source_type_name":"ci"}"#
    );
    let mut out = Vec::new();
    json::push_event(&Event::parse(b"_e{1,1}:a|b|d:5").unwrap(), &common(), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"msg_title":"a","msg_text":"b","timestamp":5,"priority":"normal","host":"testhost","alert_type":"info"}"#
    );
    for (line, expected) in [
        (
            &b"_sc|redis|2|d:1656581400|h:h|#a:b|m:no"[..],
            r#"{"check":"redis","host_name":"h","timestamp":1656581400,"status":2,"message":"no","tags":["a:b"]}"#,
        ),
        (
            b"_sc|redis|0|d:1",
            r#"{"check":"redis","host_name":"testhost","timestamp":1,"status":0,"message":"","tags":null}"#,
        ),
    ] {
        let mut out = Vec::new();
        json::push_check(&ServiceCheck::parse(line).unwrap(), &common(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
    let (before, after) = json::around_events("ci", "h\"");
    assert_eq!([before, after].concat(), br#"{"apiKey":"","events":{"ci":[]},"internalHostname":"h\""}"#);
}

#[test]
fn counts_may_be_sent_as_they_are_and_what_is_not_finite_is_left_out() {
    let raw = Settings { has_raw_counts: Setting::by_default(true), ..plain() };
    let all = made(&raw, Common { has_raw_counts: true, ..common() }, &bucket(b"a:5|c", 100));
    let series = &MetricPayload::decode(&all.payloads[0].body[..]).unwrap().series[0];
    assert_eq!((series.kind, series.points[0].value), (1, 5.0));
    let all = made(&plain(), common(), &bucket(b"a:1e308:1e308|c\nb:1|g", 100));
    assert_eq!(all.lost, [(Reason::Unsupported, Amount::SERIES)]);
    assert_eq!(MetricPayload::decode(&all.payloads[0].body[..]).unwrap().series.len(), 1);
}

#[test]
fn kinds_that_are_switched_off_are_counted_and_v1_is_one_json_object_a_body() {
    let off = |set: fn(&mut Settings)| {
        let mut settings = plain();
        set(&mut settings);
        made(&settings, common(), &bucket(b"a:1|c\nb:1|d\nc:1:2|h", 100))
    };
    let all = off(|settings| settings.has_series = Setting::by_default(false));
    assert_eq!((all.lost.len(), all.of("/api/v2/series").len(), all.of("/api/beta/sketches").len()), (2, 0, 1));
    let all = off(|settings| settings.has_sketches = Setting::by_default(false));
    assert_eq!((all.lost, all.payloads.len()), (vec![(Reason::SwitchedOff, Amount::SERIES)], 1));
    let all = off(|settings| settings.is_v2 = Setting::by_default(false));
    let body: serde_json::Value = serde_json::from_slice(&all.of("/api/v1/series")[0].body).unwrap();
    let metrics: Vec<_> =
        body["series"].as_array().unwrap().iter().map(|one| one["metric"].as_str().unwrap()).collect();
    assert_eq!(metrics, ["a", "c.max", "c.median", "c.avg", "c.count", "c.95percentile"]);
}

#[test]
fn bodies_keep_to_the_limits_of_their_route_and_hold_everything_once() {
    let lines: Vec<_> = (0..3_000).map(|number| format!("name.{number}:1|c|#tag:{number}")).collect();
    for compressor in [Compressor::None, Compressor::Zstd, Compressor::Zlib, Compressor::Gzip] {
        let settings = Settings {
            compressor: Setting::by_default(compressor),
            max_series_points: Setting::by_default(Ranged(1_000)),
            max_series_bytes: Setting::by_default(Ranged(60_000)),
            max_series_plain_bytes: Setting::by_default(Ranged(70_000)),
            ..Settings::default()
        };
        let all = made(&settings, common(), &bucket(lines.join("\n").as_bytes(), 100));
        assert_eq!(all.payloads.iter().map(|payload| payload.amount.series).sum::<u64>(), 3_000);
        assert!(all.payloads.len() >= 3 && all.lost.is_empty());
        assert!(all.payloads.iter().all(|payload| payload.body.len() <= 60_000 && payload.amount.series <= 1_000));
    }
    let tiny = Settings { max_series_bytes: Setting::by_default(Ranged(90)), ..plain() };
    let long = format!("{}:1|c", "n".repeat(200));
    let all = made(&tiny, common(), &bucket(format!("a:1|g\n{long}").as_bytes(), 100));
    assert_eq!((all.payloads.len(), all.lost), (1, vec![(Reason::TooLarge, Amount::SERIES)]));
}
