use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings, Source};
use basenji::core::wire::{Event, Metric, MetricKind, ServiceCheck, Tags};
use basenji::server::{Bucket, Growing, Memory, Point, Series};
use prost::Message as _;

use super::attributes::{self, Split};
use super::logs;
use super::metrics::{Encoder, Out};
use super::point::{Group, Writer};
use crate::encode::exponential::Buckets;
use crate::encode::labels::Labels;
use crate::encode::reference::{Random, otlp};
use crate::example::{Held, hex, series};
use crate::sink::Reason;
use crate::totals::{Limits, Totals};
use basenji::core::sketch::Summary;

#[derive(Default)]
struct Collected {
    request: Vec<u8>,
    parts: usize,
    points: u64,
    refused: u64,
    longest: usize,
}

impl Out for Collected {
    fn part(&mut self, part: &[u8], points: u64) {
        self.request.extend_from_slice(part);
        self.longest = self.longest.max(part.len());
        self.parts += 1;
        self.points += points;
    }

    fn refused(&mut self, _: Reason) {
        self.refused += 1;
    }
}

impl Collected {
    fn decoded(&self) -> otlp::MetricsRequest {
        otlp::MetricsRequest::decode(&self.request[..]).expect("a request")
    }
}

/// The bucket of these lines, received at that second and flushed ten later.
fn bucket(lines: &[String], at: u64) -> Bucket {
    let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Settings::default());
    for line in lines {
        let metric = Metric::parse(line.as_bytes()).expect("a metric");
        aggregator.record(&metric, &Source::default(), Time::from_secs(at)).expect("room");
    }
    let mut bucket = Bucket::default();
    bucket.extend(aggregator.flush_all(Time::from_secs(at + 10)));
    bucket
}

fn encoded(encoder: &mut Encoder, lines: &[&str], at: u64) -> Collected {
    let lines: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
    let mut out = Collected::default();
    encoder.series(&bucket(&lines, at), at + 10, &mut out);
    out
}

fn attributes(pairs: &[otlp::KeyValue]) -> String {
    let text = |pair: &otlp::KeyValue| {
        format!("{}={}", pair.key, pair.value.as_ref().and_then(|value| value.text.clone()).expect("a text"))
    };
    pairs.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// A line a point: resource, name, kind, attributes, value.
fn lines(request: &otlp::MetricsRequest) -> Vec<String> {
    let mut lines = Vec::new();
    for resource in &request.resources {
        let of = attributes(&resource.resource.as_ref().expect("a resource").attributes);
        for metric in resource.scopes.iter().flat_map(|scope| &scope.metrics) {
            let mut number = |kind: &str, point: &otlp::NumberPoint| {
                let (start, end) = (point.start / 1_000_000_000, point.time / 1_000_000_000);
                let value = point.value.expect("a value");
                lines.push(format!(
                    "[{of}] {}{} {kind} [{}] {value} {start}-{end}",
                    metric.name,
                    metric.unit,
                    attributes(&point.attributes)
                ));
            };
            for point in metric.gauge.iter().flat_map(|gauge| &gauge.points) {
                number("gauge", point);
            }
            for sum in metric.sum.iter() {
                let kind = format!("sum {} {}", sum.temporality, sum.monotonic);
                sum.points.iter().for_each(|point| number(&kind, point));
            }
            for histogram in metric.exponential.iter() {
                for point in &histogram.points {
                    lines.push(format!(
                        "[{of}] {} histogram {} [{}] {} values",
                        metric.name,
                        histogram.temporality,
                        attributes(&point.attributes),
                        point.count
                    ));
                }
            }
        }
    }
    lines.sort_unstable();
    lines
}

const AT: u64 = 1_656_581_400;

/// A request that the Collector, Prometheus and VictoriaMetrics have read, made by Python's implementation.
const KNOWN: &str = "0aa2030a560a150a0c736572766963652e6e616d6512050a037765620a170a09686f73742e6e616d65120a0a0874657374686f73740a240a1b6465706c6f796d656e742e656e7669726f6e6d656e742e6e616d6512050a0364657612c7020a100a07626173656e6a691205302e312e30123c0a0a706167652e76696577733a2e0a281100f084a0015cfd161900d490f4035cfd162100000000000008403a0b0a047465616d12030a01611001180112210a0971756575652e6c656e2a140a121900d490f4035cfd1621000000000040454012d1010a087265712e74696d6552c4010abf011100f084a0015cfd161900d490f4035cfd162105000000000000002900000000000057c0300c390100000000000000426b08011267010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001000000000000000000000000000000000000000000000000000000000000000000000000014a0608d2061201016100000000000059c069000000000000084071111360427914013e1001";

#[test]
fn points_of_every_kind_are_those_of_the_known_answer() {
    let bytes: Vec<u8> =
        (0..KNOWN.len()).step_by(2).map(|at| u8::from_str_radix(&KNOWN[at..at + 2], 16).unwrap()).collect();
    let known = otlp::MetricsRequest::decode(&bytes[..]).unwrap();
    let summary = Summary { count: 5, sum: -92.0, min: -100.0, max: 3.0, avg: -18.4 };
    let held = Held::bins(summary, &[(-1635, 1), (0, 1), (1338, 1), (1383, 1), (1409, 1)]);
    let tags = "env:dev,service:web";
    let of = |name, tags, point, kind| Series { timestamp: AT, kind, ..series(name, "testhost", tags, point) };
    let all = [
        of("page.views", "env:dev,service:web,team:a", Point::Count(3.0), MetricKind::Count),
        of("queue.len", tags, Point::Gauge(42.5), MetricKind::Gauge),
        of("req.time", tags, held.point(), MetricKind::Distribution),
    ];
    // Point by point, byte by byte.
    let metrics = &known.resources[0].scopes[0].metrics;
    let mut points: Vec<Vec<u8>> = Vec::new();
    for series in &all {
        let mut group = Group::default();
        assert_eq!(
            Writer::default().delta(
                series,
                attributes::append_key(series.host, series.tags, &mut Vec::new()),
                &mut group
            ),
            1
        );
        points.push(group.parts.remove(0).points.written().to_vec());
    }
    let with_tag = |point: Vec<u8>| [&[0x0a][..], &[point.len() as u8], &point].concat();
    assert_eq!(hex(&points[0]), hex(&with_tag(metrics[0].sum.as_ref().unwrap().points[0].encode_to_vec())));
    assert_eq!(hex(&points[1]), hex(&with_tag(metrics[1].gauge.as_ref().unwrap().points[0].encode_to_vec())));
    let histogram = metrics[2].exponential.as_ref().unwrap().points[0].encode_to_vec();
    assert_eq!(hex(&points[2]), "0abf01".to_owned() + &hex(&histogram));
    // And the whole request, whose order of fields and attributes is free.
    let mut bucket = Bucket::default();
    bucket.extend(all.iter().map(aggregated));
    let mut out = Collected::default();
    Encoder::default().series(&bucket, AT + 10, &mut out);
    assert_eq!(out.points, 3);
    let ours = out.decoded();
    assert_eq!(lines(&ours), lines_of_known(&known));
    let mut metrics_of_ours = ours.resources[0].scopes[0].metrics.clone();
    metrics_of_ours.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(&metrics_of_ours, metrics);
}

/// A series as an aggregator hands it out.
fn aggregated<'a>(series: &Series<'a>) -> basenji::core::aggregate::Series<'a> {
    use basenji::core::aggregate;
    aggregate::Series {
        name: series.name,
        host: series.host,
        kind: series.kind,
        tags: series.tags,
        origin: series.origin,
        timestamp: series.timestamp,
        interval: series.interval,
        members: aggregate::Members::NONE,
        point: match series.point {
            Point::Count(sum) => aggregate::Point::Count(sum),
            Point::Gauge(value) => aggregate::Point::Gauge(value),
            Point::Distribution(sketch) => aggregate::Point::Distribution(sketch),
            _ => unreachable!("not in these tests"),
        },
    }
}

/// Its attributes stand in another order.
fn lines_of_known(known: &otlp::MetricsRequest) -> Vec<String> {
    let mut known = known.clone();
    for resource in &mut known.resources {
        let attributes = &mut resource.resource.as_mut().unwrap().attributes;
        attributes.sort_by_key(|pair| {
            ["deployment.environment.name", "host.name", "service.name"].iter().position(|name| *name == pair.key)
        });
    }
    lines(&known)
}

#[test]
fn sums_say_whether_they_only_grow_and_timings_their_unit() {
    let out = encoded(
        &mut Encoder::default(),
        &[
            "c:2|c|#a:b,word",
            "n:-2|c",
            "n:3|c|#x:y",
            "g:1.5|g|#a.b:1,a.b:2",
            "t:10|ms",
            "u:x|s",
            "c:1|c|#env:dev,pod_name:p",
        ],
        100,
    );
    assert_eq!(out.points, 7);
    assert_eq!(
        lines(&out.decoded()),
        [
            "[] c sum 1 true [a=b word=] 2 100-110",
            "[] g gauge [a.b=1,2] 1.5 0-110",
            "[] n sum 1 false [] -2 100-110",
            "[] n sum 1 true [x=y] 3 100-110",
            "[] t.95percentilems gauge [] 10 0-110",
            "[] t.avgms gauge [] 10 0-110",
            "[] t.count sum 1 true [] 1 100-110",
            "[] t.maxms gauge [] 10 0-110",
            "[] t.medianms gauge [] 10 0-110",
            "[] u gauge [] 1 0-110",
            "[deployment.environment.name=dev k8s.pod.name=p] c sum 1 true [] 1 100-110",
        ]
    );
}

#[test]
fn cumulative_sums_go_on_and_begin_where_the_series_did() {
    let totals = Totals::new(Limits { series: 3, bytes: 1 << 20 });
    let mut encoder = Encoder::new(Vec::new(), Some(totals)).with_expiry(300);
    let first = encoded(&mut encoder, &["c:2|c", "d:1:2:3|d"], 100);
    assert_eq!(lines(&first.decoded()), ["[] c sum 2 true [] 2 100-110", "[] d histogram 2 [] 3 values"]);
    let second = encoded(&mut encoder, &["c:5|c", "d:4|d", "g:1|g"], 110);
    assert_eq!(
        lines(&second.decoded()),
        ["[] c sum 2 true [] 7 100-120", "[] d histogram 2 [] 4 values", "[] g gauge [] 1 0-120"]
    );
    let third = encoded(&mut encoder, &["c:-1|c", "new:1|c"], 120);
    assert_eq!((third.points, third.refused), (0, 2));
}

#[test]
fn attributes_of_every_resource_give_way_to_those_of_tags() {
    let more = [("service.name", "basenji"), ("team", "x")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    let mut encoder = Encoder::new(more.to_vec(), None);
    let out = encoded(&mut encoder, &["a:1|g|#service:web", "b:1|g"], 100);
    assert_eq!(
        lines(&out.decoded()),
        ["[service.name=basenji team=x] b gauge [] 1 0-110", "[service.name=web team=x] a gauge [] 1 0-110"]
    );
}

#[test]
fn random_series_are_read_by_another_implementation_as_they_were() {
    let mut random = Random(11);
    for _ in 0..4 {
        let texts: Vec<_> = (0..200)
            .map(|_| {
                let values: Vec<_> = (0..=random.below(30)).map(|_| random.value().to_string()).collect();
                let kind = ["c", "g", "d", "d", "d"][random.below(5) as usize];
                let name = random.below(20);
                let values = if kind == "d" { values.join(":") } else { values[0].clone() };
                let tags = random.tags();
                format!("n.{name}:{values}|{kind}{}{tags}", if tags.is_empty() { "" } else { "|#" })
            })
            .collect();
        let bucket = bucket(&texts, AT);
        let mut out = Collected::default();
        Encoder::default().series(&bucket, AT + 10, &mut out);
        let request = out.decoded();
        assert_eq!(request.encoded_len(), out.request.len(), "nothing was passed over");
        assert_eq!(out.points as usize, bucket.series().len());
        let points = |request: &otlp::MetricsRequest| -> Vec<otlp::ExponentialPoint> {
            let metrics = request.resources.iter().flat_map(|resource| &resource.scopes[0].metrics);
            metrics.filter_map(|metric| metric.exponential.as_ref()).flat_map(|data| data.points.clone()).collect()
        };
        let mut theirs: Vec<_> = points(&request).iter().map(buckets_of).collect();
        let mut ours: Vec<_> = bucket
            .series()
            .filter_map(|series| match series.point {
                Point::Distribution(sketch) => {
                    let mut buckets = Buckets::default();
                    buckets.fill(sketch.bins().map(|bin| (bin.key, bin.n.into())));
                    Some((sketch.summary().sum.to_bits(), buckets.zero, buckets.positive, buckets.negative))
                }
                _ => None,
            })
            .collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        assert!(theirs == ours && !ours.is_empty());
    }
}

type Sides = (u64, u64, Vec<(i32, u64)>, Vec<(i32, u64)>);

fn buckets_of(point: &otlp::ExponentialPoint) -> Sides {
    assert_eq!(point.scale, 6);
    let side = |side: &Option<otlp::Buckets>| -> Vec<(i32, u64)> {
        let Some(side) = side else { return Vec::new() };
        let counts = side.counts.iter().zip(side.offset + 1..);
        counts.filter(|(count, _)| **count > 0).map(|(&count, index)| (index, count)).collect()
    };
    (point.sum.unwrap().to_bits(), point.zero_count, side(&point.positive), side(&point.negative))
}

#[test]
fn buckets_too_far_apart_are_made_wider() {
    let held = Held::of(&[1e-9, 1.0, 1e200]);
    let mut group = Group::default();
    Writer::default().delta(&series("d", "", "", held.point()), Split::UNKNOWN, &mut group);
    let data = otlp::Exponential::decode(group.parts[0].points.written()).unwrap();
    let point = &data.points[0];
    let counts = &point.positive.as_ref().unwrap().counts;
    assert!(point.scale < 6 && counts.len() <= 8192, "{} {}", point.scale, counts.len());
    assert_eq!((counts.iter().sum::<u64>(), point.count), (3, 3));
}

#[test]
fn parts_are_small_whatever_the_bucket() {
    let texts: Vec<_> = (0..5000).map(|n| format!("one.name:1|c|#number:{n}")).collect();
    let bucket = bucket(&texts, AT);
    let mut out = Collected::default();
    Encoder::default().series(&bucket, AT + 10, &mut out);
    assert!(out.parts > 3 && out.longest < 34_000, "{} parts, {} bytes", out.parts, out.longest);
    assert_eq!((out.points, lines(&out.decoded()).len()), (5000, 5000));
}

#[test]
fn a_service_check_is_a_gauge_and_an_event_a_record() {
    let check = ServiceCheck::parse(b"_sc|app.ok|2|d:100|h:web1|#env:dev,a:b,message:x|m:it is down").unwrap();
    let (mut group, mut writer) = (Group::default(), Writer::default());
    writer.status(2.0, super::point::Span::secs(100, 100), &check, &mut group);
    let data = otlp::Gauge::decode(group.parts[0].points.written()).unwrap();
    assert_eq!(
        (data.points[0].value, &attributes(&data.points[0].attributes)[..]),
        (Some(2.0), "a=b message=it is down")
    );

    let event =
        Event::parse(b"_e{5,9}:title|text\nmore|d:100|h:web1|k:key|p:low|t:error|#env:dev,a:b,title:x").unwrap();
    let mut out = Vec::new();
    logs::append(&event, &[], &mut Labels::default(), &mut out);
    let request = otlp::LogsRequest::decode(&out[..]).unwrap();
    assert_eq!(request.encoded_len(), out.len());
    let resource = &request.resources[0];
    assert_eq!(
        attributes(&resource.resource.as_ref().unwrap().attributes),
        "deployment.environment.name=dev host.name=web1"
    );
    let record = &resource.scopes[0].records[0];
    assert_eq!((record.time, record.severity, &record.severity_text[..]), (100_000_000_000, 17, "error"));
    assert_eq!(record.body.as_ref().unwrap().text.as_deref(), Some("text\nmore"));
    assert_eq!(attributes(&record.attributes), "title=title alert_type=error priority=low aggregation_key=key a=b");
}

#[test]
fn attributes_as_they_stand_in_the_tags_are_those_that_are_made_of_them() {
    let mut random = Random(3);
    let some =
        ["", "env:dev,pod:a,service:web", "b:1,a:1", "a:1,a:2", "word", ",", ":x", "a:", "a:\u{fc},b:1", "a-b:1,a:2"];
    let many = (0..40).map(|number| format!("k{number:02}:v")).collect::<Vec<_>>().join(",");
    let texts = some.map(str::to_owned).into_iter().chain([many]).chain((0..2_000).map(|_| random.tags()));
    for text in texts {
        let tags = Tags::Text(text.as_bytes());
        let mut key = Vec::new();
        let split = attributes::append_key(b"h", tags, &mut key);
        assert_eq!(attributes::has_key(b"h", tags, &key), (true, split), "{text}");
        assert!(!attributes::has_key(b"", tags, &key).0 && !attributes::has_key(b"hh", tags, &key).0);
        let [found, expected] = [split, Split::UNKNOWN].map(|split| {
            let mut group = Group::default();
            let series = Series { kind: MetricKind::Count, ..series("name", "", &text, Point::Count(1.0)) };
            Writer::default().delta(&series, split, &mut group);
            group.parts.remove(0).points.written().to_vec()
        });
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn each_key_of_the_table_with_a_value_belongs_to_the_resource_and_nothing_else_does() {
    for (key, _) in attributes::OF_RESOURCE {
        let with = |end: &[u8]| attributes::is_of_resource(&[key, end].concat());
        assert!(with(b":x") && with(b"::") && !with(b":") && !with(b"") && !with(b"s:x") && !with(b"=x"));
        assert!(!attributes::is_of_resource(&[b"x", key, b":x"].concat()));
        assert!(!attributes::is_of_resource(&[&key[..key.len() - 1], b":x"].concat()));
    }
    let keys: Vec<_> = (0..=255_u8).flat_map(|byte| [vec![byte], vec![byte, b':', b'x']]).collect();
    assert!(keys.iter().all(|tag| !attributes::is_of_resource(tag)));
}
