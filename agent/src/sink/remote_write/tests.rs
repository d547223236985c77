use std::collections::BTreeSet;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregate, Aggregator, Settings as Aggregation, Source};
use basenji::core::sketch::Summary;
use basenji::core::wire::{Metric, Tags};
use basenji::server::{Bucket, Growing, Histogram, Memory, Point};
use prost::Message as _;

use super::room::Sender;
use super::series::{Named, Pairs, Sample, Scratch, Type, Value};
use super::v2::Symbols;
use super::{v1, v2};
use crate::config::Settings;
use crate::encode::escape::Escaping;
use crate::encode::exponential::Buckets;
use crate::encode::labels::Labels;
use crate::encode::marks::{Marked, Marks};
use crate::encode::reference::{Random, expand, write};
use crate::example::{Held, hex, series};
use crate::totals::{Distribution, Limits, Place, Shape, Total, Totals};

/// What these points come to.
fn total(points: &[Point<'_>]) -> Total {
    let mut totals = Totals::<u8>::new(Limits { series: 1, bytes: 1 << 20 });
    for &point in points {
        let series = series("x", "", "", point);
        let (Place::New(at) | Place::Known(at)) = totals.place(&series, 0) else { unreachable!() };
        totals.add(at, &series, &Shape::Bins, 0);
    }
    totals.get(0).unwrap().total.clone()
}

fn distribution(points: &[Point<'_>]) -> Box<Distribution> {
    match total(points) {
        Total::Distribution(distribution) => distribution,
        other => panic!("{other:?}"),
    }
}

/// The bins of the known answers.
fn held() -> Held {
    let summary = Summary { count: 9, sum: 310.0, min: -100.0, max: 100.0, avg: 30.0 };
    Held::bins(summary, &[(-1635, 1), (0, 1), (1338, 1), (1383, 2), (1409, 1), (1635, 3)])
}

fn labels(tags: &str) -> Labels {
    let mut labels = Labels::default();
    labels.fill(Escaping::Underscores, b"", tags.split_terminator(',').map(str::as_bytes));
    labels
}

const T: i64 = 1_796_025_680_000;

/// Taken and read back exactly by Prometheus 3.16 and VictoriaMetrics 1.151.
const V1: &str = "0a4e0a1c0a085f5f6e616d655f5f1210706167655f76696577735f746f74616c0a0a0a03656e7612036465760a100a04686f7374120874657374686f73741210090000000000004540108081e4dba2340ab4010a140a085f5f6e616d655f5f12087265715f74696d650a0a0a03656e76120364657622470809190000000000607340200c29111360427914013e3001420508d40610014a01025a0210015a0508800110015a04084810015a05088605100162040202010478e88be3dba23422470812190000000000608340200c29111360427914013e3002420508d40610014a01045a0210015a0508800110015a04084810015a050886051001620404040308788081e4dba234";

/// Taken and read back exactly by Prometheus 3.16.
const V2: &str = "220022085f5f6e616d655f5f2211706167655f7669657773325f746f74616c2203656e7622036465762205766965777322097265715f74696d65322a250a04010203041217090000000000004540108081e4dba23418a0ace0dba2342a04080118052a530a04010603041a470809190000000000607340200c29111360427914013e3001420508d40610014a01025a0210015a0508800110015a04084810015a050886051001620402020104788081e4dba2342a020803";

#[test]
fn a_request_of_1_0_is_the_known_answer() {
    let point = held();
    let (once, twice) = (distribution(&[point.point()]), distribution(&[point.point(), point.point()]));
    let (mut out, mut scratch) = (Vec::new(), Vec::new());
    let with_host = labels("env:dev,host:testhost");
    let counter = Sample {
        name: b"page_views_total",
        labels: Pairs::Made(&with_host),
        quantile: None,
        points: &[(Value::Number(42.0), T)],
        since: 0,
        kind: Type::Counter,
        help: b"",
    };
    v1::append(&counter, &mut scratch, &mut out);
    let points = [(Value::Histogram(&once), T - 15_000), (Value::Histogram(&twice), T)];
    let labels = labels("env:dev");
    let sample =
        Sample { name: b"req_time", labels: Pairs::Made(&labels), points: &points, kind: Type::Histogram, ..counter };
    v1::append(&sample, &mut scratch, &mut out);
    assert_eq!(hex(&out), V1);
}

#[test]
fn a_request_of_2_0_is_the_known_answer() {
    let point = held();
    let once = distribution(&[point.point()]);
    let (mut body, mut scratch, mut symbols) = (Vec::new(), Vec::new(), Symbols::default());
    // What was there before does not matter.
    let labels = labels("env:dev");
    let counter = Sample {
        name: b"page_views2_total",
        labels: Pairs::Made(&labels),
        quantile: None,
        points: &[(Value::Number(42.0), T)],
        since: T - 60_000,
        kind: Type::Counter,
        help: b"views",
    };
    v2::append(&Sample { name: b"other", ..counter }, &mut symbols, &mut scratch, &mut body);
    symbols.clear();
    body.clear();
    v2::append(&counter, &mut symbols, &mut scratch, &mut body);
    let points = [(Value::Histogram(&once), T)];
    let sample = Sample { name: b"req_time2", points: &points, since: 0, kind: Type::Histogram, help: b"", ..counter };
    v2::append(&sample, &mut symbols, &mut scratch, &mut body);
    let mut out = Vec::new();
    symbols.append(&mut out);
    assert_eq!(out.len(), symbols.len());
    out.extend_from_slice(&body);
    assert_eq!(hex(&out), V2);
}

/// Name, labels and value of each sample.
fn lines(name: &str, tags: &str, total: &Total) -> Vec<String> {
    let mut lines = Vec::new();
    let named = Named {
        marked: None,
        name: name.as_bytes(),
        host: b"web1",
        tags: Tags::Text(tags.as_bytes()),
        help: b"",
        total: "_total",
        at: 5,
        since: 1,
    };
    Scratch::default().samples(Escaping::Underscores, &named, total, |sample| {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let mut pairs = Vec::new();
        sample.each_pair(|name, value| pairs.push(text(name) + "=" + &text(value)));
        let [(value, at)] = sample.points else { panic!("one point") };
        let value = match value {
            Value::Number(value) => value.to_string(),
            Value::Histogram(distribution) => format!("{} values", distribution.summary.count),
        };
        lines.push(format!("{} {value} {:?} {at} {}", pairs.join(","), sample.kind, sample.since));
    });
    lines
}

#[test]
fn labels_are_sorted_with_the_name_among_them() {
    let counter = total(&[Point::Count(2.0), Point::Count(3.0)]);
    assert_eq!(
        lines("page.views", "Upper:1,_x:2,env:dev", &counter),
        ["Upper=1,__name__=page_views_total,_x=2,env=dev,host=web1 5 Counter 5 1"]
    );
    assert_eq!(lines("q", "", &total(&[Point::Gauge(-1.5)])), ["__name__=q,host=web1 -1.5 Gauge 5 0"]);
    let held = held();
    assert_eq!(lines("d", "", &total(&[held.point()])), ["__name__=d,host=web1 9 values Histogram 5 1"]);
}

#[test]
fn a_histogram_or_timing_is_a_summary_and_gauges() {
    let summary = Summary { count: 4, sum: 10.0, min: 1.0, max: 4.0, avg: 2.5 };
    let aggregates =
        [(Aggregate::Max, 4.0), (Aggregate::Median, 2.0), (Aggregate::Count, 4.0), (Aggregate::Percentile(95), 3.9)];
    let point = Point::Histogram(Histogram { summary, aggregates: &aggregates, sketch: None });
    assert_eq!(
        lines("t", "zone:a", &total(&[point, point])),
        [
            "__name__=t,host=web1,quantile=0.5,zone=a 2 Summary 5 0",
            "__name__=t,host=web1,quantile=0.95,zone=a 3.9 Summary 5 0",
            "__name__=t_max,host=web1,zone=a 4 Gauge 5 0",
            "__name__=t_sum,host=web1,zone=a 20 Summary 5 1",
            "__name__=t_count,host=web1,zone=a 8 Summary 5 1",
        ]
    );
}

/// Sum, zeros, positive and negative buckets.
type Sides = (u64, u64, Vec<(i32, u64)>, Vec<(i32, u64)>);

/// What one histogram holds.
fn sides(histogram: &write::Histogram) -> Sides {
    let spans = |spans: &[write::Span]| spans.iter().map(|span| (span.offset, span.length)).collect::<Vec<_>>();
    let positive = expand(spans(&histogram.positive_spans).into_iter(), &histogram.positive_deltas);
    let negative = expand(spans(&histogram.negative_spans).into_iter(), &histogram.negative_deltas);
    (histogram.sum.to_bits(), histogram.zero_count, positive, negative)
}

#[test]
fn random_series_are_read_by_another_implementation_as_they_were() {
    let mut random = Random(5);
    for _ in 0..300 {
        let values: Vec<_> = (0..=random.below(60)).map(|_| random.value()).collect();
        let held = Held::of(&values);
        let point = [Point::Count(values[0].abs()), Point::Gauge(values[0]), held.point()][random.below(3) as usize];
        let total = total(&[point]);
        let tags = random.tags();
        let at = random.below(1 << 41) as i64;
        let marks = Marks::of(Tags::Text(tags.as_bytes()));
        let named = Named {
            marked: marks.as_ref().map(|marks| Marked { marks, text: tags.as_bytes() }),
            name: b"a.name",
            host: b"",
            tags: Tags::Text(tags.as_bytes()),
            help: b"help",
            total: "_total",
            at,
            since: 7,
        };
        let (mut first, mut second, mut symbols) = (Vec::new(), Vec::new(), Symbols::default());
        let (mut buckets, mut scratch) = (Buckets::default(), Vec::new());
        Scratch::default().samples(Escaping::Utf8, &named, &total, |sample| {
            v1::append(sample, &mut scratch, &mut first);
            v2::append(sample, &mut symbols, &mut scratch, &mut second);
        });
        let mut request = Vec::new();
        symbols.append(&mut request);
        request.extend_from_slice(&second);
        let one = write::WriteRequest::decode(&first[..]).unwrap().timeseries.remove(0);
        let two = write::Request2::decode(&request[..]).unwrap();
        let series = &two.timeseries[0];

        let names: Vec<_> = one.labels.iter().map(|label| &label.name[..]).collect();
        assert!(names.is_sorted_by(|a, b| a < b) && names.contains(&"__name__"), "{names:?}");
        assert!(one.labels.iter().all(|label| !label.value.is_empty()));
        let of = |number: &u32| two.symbols[*number as usize].as_str();
        let symbols: Vec<_> = series.labels.chunks(2).map(|pair| (of(&pair[0]), of(&pair[1]))).collect();
        assert_eq!(symbols, one.labels.iter().map(|label| (&label.name[..], &label.value[..])).collect::<Vec<_>>());
        assert_eq!(two.symbols.iter().collect::<BTreeSet<_>>().len(), two.symbols.len());
        let metadata = series.metadata.as_ref().unwrap();
        assert_eq!((of(&metadata.help), &two.symbols[0][..]), ("help", ""));

        match &total {
            Total::Counter(value) | Total::Gauge(value) => {
                let sample = |sample: &write::Sample| (sample.value.to_bits(), sample.at);
                assert_eq!(sample(&one.samples[0]), (value.to_bits(), at));
                assert_eq!(sample(&series.samples[0]), (value.to_bits(), at));
                assert_eq!(series.samples[0].since, if matches!(total, Total::Counter(_)) { 7 } else { 0 });
            }
            Total::Distribution(distribution) => {
                buckets.fill(distribution.bins());
                let sum = distribution.summary.sum.to_bits();
                let expected = (sum, buckets.zero, buckets.positive, buckets.negative);
                for histogram in [&one.histograms[0], &series.histograms[0]] {
                    assert_eq!(sides(histogram), expected);
                    assert_eq!((histogram.count, histogram.schema), (distribution.summary.count, 6));
                    assert_eq!(histogram.at, at);
                }
            }
            _ => unreachable!("one of three"),
        }
    }
}

#[test]
fn a_point_of_the_far_future_moves_no_later_one() {
    const NOW: u64 = 1_796_025_680;
    let mut sender = Sender::new(&Settings::default()).unwrap();
    let mut sent = |line: &str, now: u64| {
        let mut aggregator = Aggregator::new(Growing::new(Memory::default()), Aggregation::default());
        let metric = Metric::parse(line.as_bytes()).unwrap();
        aggregator.record(&metric, &Source::default(), Time::from_secs(now - 10)).unwrap();
        let mut bucket = Bucket::at(Time::from_secs(now));
        bucket.extend(aggregator.flush_all(Time::from_secs(now)));
        let mut samples = Vec::new();
        let mut take = |payload: crate::delivery::Payload| {
            let body = snap::raw::Decoder::new().decompress_vec(&payload.body).unwrap();
            let request = write::WriteRequest::decode(&body[..]).unwrap();
            samples.extend(request.timeseries.iter().map(|series| (series.samples[0].value, series.samples[0].at)));
        };
        sender.take(&bucket, &mut take, &mut |why, _, _| panic!("{why:?}"));
        samples
    };
    let now = NOW as i64 * 1000;
    for far in [u64::MAX >> 1, NOW + 86_400] {
        let ahead = i64::try_from(far.saturating_mul(1000)).unwrap_or(i64::MAX);
        let gauge = sent(&format!("g.{far}:1|g|T{far}"), NOW);
        assert!(gauge.len() == 1 && gauge[0].1 >= ahead, "{gauge:?}");
        assert_eq!(sent(&format!("c.{far}:1|c|T{far}"), NOW), [(1.0, now)], "a total is that of now");
        assert_eq!(sent(&format!("g.{far}:2|g"), NOW), [(2.0, now)]);
        assert_eq!(sent(&format!("c.{far}:2|c"), NOW + 10), [(3.0, now + 10_000)]);
    }
}
