use std::sync::{Arc, Mutex};

use basenji::core::aggregate::Aggregate;
use basenji::core::sketch::Summary;
use basenji::core::wire::{MetricKind, Tags};
use basenji::server::{Histogram, Point, Series};
use prost::Message as _;

use super::families::{Families, Reason, Rules};
use super::negotiate::Wanted;
use super::page::{Page, TooSlow, lock};
use super::style::Style;
use crate::encode::exponential::Buckets;
use crate::encode::reference::{Random, expand, exposition};
use crate::example::{Held, hex, series};
use crate::names::{Look, Looks, Mapping, MatchType, Observed, Options, Profile};
use crate::totals::{Limits, Shape};

const TEXT: &str = "text/plain";
const UTF8: &str = "text/plain;version=1.0.0;escaping=allow-utf-8";
const OPEN: &str = "application/openmetrics-text;version=1.0.0";
const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8";
const ROOMY: Limits = Limits { series: 1_000_000, bytes: 1 << 30 };

type Shared = Arc<Mutex<Families>>;

fn rules(shape: Shape, looks: Looks) -> Rules {
    Rules { limits: ROOMY, shape, quantiles: Arc::new([0.5, 0.99]), expiry: 300, total_suffix: true, looks }
}

fn families(shape: Shape) -> Shared {
    Arc::new(Mutex::new(Families::new(rules(shape, Looks::default()))))
}

fn style(is_native: bool) -> Arc<Style> {
    Arc::new(Style { bounds: vec![0.5, 1.0, 10.0], is_native })
}

fn pieces(families: &Shared, accept: &str) -> Vec<Vec<u8>> {
    let mut page = Page::new(Arc::clone(families), Wanted::of(accept), style(true));
    let mut pieces = Vec::new();
    loop {
        let mut piece = Vec::new();
        let goes_on = page.piece(&mut piece).unwrap();
        pieces.push(piece);
        if !goes_on {
            return pieces;
        }
    }
}

fn page(families: &Shared, accept: &str) -> String {
    String::from_utf8(pieces(families, accept).concat()).unwrap()
}

fn take(families: &Shared, all: &[Series<'_>]) -> Vec<Result<(), Reason>> {
    all.iter().map(|series| lock(families).take(series, 100).map(drop)).collect()
}

#[test]
fn counters_and_gauges_stand_family_by_family_in_every_text() {
    let families = families(Shape::Bins);
    let all = [
        series("page.views", "", "env:dev,k8s.pod:a\"b\\c\nd", Point::Count(3.0)),
        series("queue.len", "web1", "", Point::Gauge(-0.5)),
        series("page.views", "", "env:prod", Point::Count(1.0)),
        series("page.views", "", "env:dev,k8s.pod:a\"b\\c\nd", Point::Count(2.0)),
        series("users", "", "", Point::Set(7)),
    ];
    assert_eq!(take(&families, &all), [Ok(()); 5]);
    let expected = r#"# TYPE page_views_total counter
page_views_total{env="dev",k8s_pod="a\"b\\c\nd"} 5
page_views_total{env="prod"} 1
# TYPE queue_len gauge
queue_len{host="web1"} -0.5
# TYPE users gauge
users 7
"#;
    assert_eq!(page(&families, TEXT), expected);
    let open = expected.replace("# TYPE page_views_total", "# TYPE page_views") + "# EOF\n";
    assert_eq!(page(&families, OPEN), open);
    let quoted = r#"# TYPE "page.views_total" counter
{"page.views_total",env="dev","k8s.pod"="a\"b\\c\nd"} 5
{"page.views_total",env="prod"} 1
# TYPE "queue.len" gauge
{"queue.len",host="web1"} -0.5
# TYPE users gauge
users 7
"#;
    assert_eq!(page(&families, UTF8), quoted);
    let values = page(&families, "text/plain;version=1.0.0;escaping=values");
    assert!(values.contains("U__page_2e_views__total{env=\"prod\"} 1\n"), "{values}");
    let dots = page(&families, "text/plain;version=1.0.0;escaping=dots");
    assert!(dots.contains("page_dot_views__total{env=\"dev\",k8s_dot_pod="), "{dots}");
}

#[test]
fn values_that_are_not_finite_and_long_ones_are_written_as_go_reads_them() {
    let families = families(Shape::Bins);
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 1e-9, 0.1, 9_007_199_254_740_993.0];
    let names = ["a", "b", "c", "d", "e", "f", "g"];
    let all: Vec<_> = names.iter().zip(values).map(|(name, value)| series(name, "", "", Point::Gauge(value))).collect();
    take(&families, &all);
    let page = page(&families, TEXT);
    let lines: Vec<_> = page.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["a NaN", "b +Inf", "c -Inf", "d 1e300", "e 1e-9", "f 0.1", "g 9007199254740992"]);
}

#[test]
fn a_distribution_is_a_native_histogram_in_messages_and_has_buckets_in_text() {
    let families = families(Shape::Bins);
    // The sum is that of the known answer.
    let summary = Summary { count: 5, sum: -92.0, min: -100.0, max: 3.0, avg: -18.4 };
    let held = Held::bins(summary, &[(-1635, 1), (0, 1), (1338, 1), (1383, 1), (1409, 1)]);
    let of = |kind| Series { kind, ..series("req.time", "", "env:dev,k8s.pod:a", held.point()) };
    assert_eq!(take(&families, &[of(MetricKind::Distribution)]), [Ok(())]);
    let text = r#"# TYPE req_time histogram
req_time_bucket{env="dev",k8s_pod="a",le="0.5"} 2
req_time_bucket{env="dev",k8s_pod="a",le="1.0"} 3
req_time_bucket{env="dev",k8s_pod="a",le="10.0"} 5
req_time_bucket{env="dev",k8s_pod="a",le="+Inf"} 5
req_time_sum{env="dev",k8s_pod="a"} -92
req_time_count{env="dev",k8s_pod="a"} 5
"#;
    assert_eq!(page(&families, TEXT), text);
    // What Prometheus 3.16 has read into exactly these buckets, but for the time at which the series began (100).
    let known = "7a0a087265712e74696d651216446f6753746174734420646973747269627574696f6e180422540a0a0a03656e7612036465760a0c0a076b38732e706f641201613a3808051100000000000057c0280c31111360427914013e38014a0508d406100152010262021001620508800110016204084810016a030200 00".replace(' ', "");
    let known = known
        .replace("1216446f6753746174734420646973747269627574696f6e", "")
        .replace("7a0a087265712e74696d65", "660a087265712e74696d65")
        .replace("22540a0a0a", "22580a0a0a")
        .replace("3a380805", "3a3c0805")
        + "7a020864";
    assert_eq!(hex(&pieces(&families, PROTOBUF).concat()), known);
}

#[test]
fn histograms_and_timings_are_summaries_and_gauges() {
    let families = families(Shape::Bins);
    let summary = Summary { count: 4, sum: 10.0, min: 1.0, max: 4.0, avg: 2.5 };
    let aggregates = [
        (Aggregate::Max, 4.0),
        (Aggregate::Median, 2.0),
        (Aggregate::Avg, 2.5),
        (Aggregate::Count, 4.0),
        (Aggregate::Percentile(95), 3.9),
    ];
    let point = Point::Histogram(Histogram { summary, aggregates: &aggregates, sketch: None });
    assert_eq!(take(&families, &[series("t", "", "a:b", point), series("t", "", "a:b", point)]), [Ok(()); 2]);
    let expected = r#"# TYPE t summary
t{a="b",quantile="0.5"} 2
t{a="b",quantile="0.95"} 3.9
t_sum{a="b"} 20
t_count{a="b"} 8
# TYPE t_avg gauge
t_avg{a="b"} 2.5
# TYPE t_max gauge
t_max{a="b"} 4
"#;
    assert_eq!(page(&families, TEXT), expected);
}

#[test]
fn a_distribution_can_be_a_summary() {
    let families = families(Shape::Summary(Arc::new([0.5, 0.99])));
    let held = Held::of(&[1.0; 10]);
    take(&families, &[series("d", "", "", held.point())]);
    let page = page(&families, TEXT);
    assert!(page.starts_with("# TYPE d summary\nd{quantile=\"0.5\"} 1\n"), "{page}");
    assert!(page.ends_with("d{quantile=\"0.99\"} 1\nd_sum 10\nd_count 10\n"), "{page}");
}

#[test]
fn no_two_samples_of_a_page_are_alike_and_what_would_be_is_refused_by_reason() {
    let families = families(Shape::Bins);
    let held = Held::of(&[1.0]);
    let all = [
        series("a.b", "", "x.y:1", Point::Count(1.0)),
        series("a_b", "", "x.y:2", Point::Count(1.0)),
        series("a.b", "", "x_y:1", Point::Count(1.0)),
        series("a.b", "", "x_y:2", Point::Count(1.0)),
        series("a.b.total", "", "", Point::Gauge(1.0)),
        series("a.b", "", "", Point::Gauge(1.0)),
        series("h", "", "", held.point()),
        series("h.sum", "", "", Point::Gauge(1.0)),
        series("h.bucket", "", "", Point::Count(1.0)),
        series("c", "", "", Point::Count(-1.0)),
    ];
    let (shown, collision, clash) = (Ok(()), Err(Reason::Collision), Err(Reason::Clash));
    let expected = [shown, collision, collision, shown, clash, clash, shown, clash, clash, Err(Reason::Negative)];
    for _ in 0..2 {
        assert_eq!(take(&families, &all), expected);
    }
    for accept in [TEXT, UTF8, OPEN, "text/plain;escaping=dots", "text/plain;escaping=values"] {
        let page = page(&families, accept);
        let mut names: Vec<_> = page.lines().filter_map(|line| line.rsplit_once(' ')).map(|(name, _)| name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{page}");
    }
}

#[test]
fn silent_series_leave_and_their_names_are_free_again() {
    let families = families(Shape::Bins);
    take(&families, &[series("a", "", "", Point::Count(1.0)), series("b", "", "", Point::Count(1.0))]);
    lock(&families).take(&series("b", "", "", Point::Count(1.0)), 300).unwrap();
    // Zeros are silence.
    lock(&families).take(&series("a", "", "", Point::Count(0.0)), 390).unwrap();
    lock(&families).expire(400);
    assert_eq!(lock(&families).len(), 2);
    let open = Page::new(Arc::clone(&families), Wanted::of(TEXT), style(true));
    lock(&families).expire(401);
    assert_eq!(lock(&families).len(), 2, "no series leaves a page that is being written");
    drop(open);
    lock(&families).expire(401);
    let mut slow = Page::new(Arc::clone(&families), Wanted::of(TEXT), style(true));
    assert_eq!(page(&families, TEXT), "# TYPE b_total counter\nb_total 2\n");
    assert_eq!(take(&families, &[series("a", "", "", Point::Gauge(3.0))]), [Ok(())]);
    assert!(page(&families, TEXT).starts_with("# TYPE a gauge\na 3\n"));
    lock(&families).expire(520);
    assert_eq!(lock(&families).len(), 2);
    lock(&families).expire(700);
    assert_eq!(lock(&families).len(), 0, "a slow reader does not keep series for ever");
    assert_eq!(slow.piece(&mut Vec::new()), Err(TooSlow));
}

#[test]
fn a_page_of_many_series_comes_in_small_pieces_and_new_ones_disturb_nothing() {
    let families = families(Shape::Bins);
    let tags: Vec<_> = (0..20_000).map(|n| format!("number:{n}")).collect();
    let all: Vec<_> = tags.iter().map(|tags| series("many", "", tags, Point::Count(1.0))).collect();
    take(&families, &all);
    take(&families, &[series("zero", "", "", Point::Gauge(1.0))]);
    for accept in [TEXT, OPEN, PROTOBUF] {
        let pieces = pieces(&families, accept);
        assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() < 66_000), "{accept}");
    }
    let mut open = Page::new(Arc::clone(&families), Wanted::of(TEXT), style(true));
    let mut text = Vec::new();
    assert!(open.piece(&mut text).unwrap());
    // One in the same family, one before it and one behind it.
    take(
        &families,
        &["many", "a", "n"]
            .map(|name| Series { tags: Tags::Text(b"new:1"), ..series(name, "", "", Point::Count(1.0)) }),
    );
    while open.piece(&mut text).unwrap() {}
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.matches("# TYPE many_total").count(), 1);
    assert_eq!(text.matches("many_total{number=").count(), 20_000);
    assert_eq!(text.matches("many_total{new=").count(), 1);
    assert_eq!((text.matches("n_total{new").count(), text.matches("\na_total{new").count()), (1, 0));
}

#[test]
fn beyond_the_limit_known_series_go_on() {
    let rules = Rules { limits: Limits { series: 1, bytes: 1 << 20 }, ..rules(Shape::Bins, Looks::default()) };
    let families = Arc::new(Mutex::new(Families::new(rules)));
    let (a, b) = (series("a", "", "", Point::Count(1.0)), series("b", "", "", Point::Count(1.0)));
    assert_eq!(take(&families, &[a, b, a]), [Ok(()), Err(Reason::Full), Ok(())]);
}

#[test]
fn an_empty_page_is_a_page() {
    assert_eq!(page(&families(Shape::Bins), TEXT), "");
    assert_eq!(page(&families(Shape::Bins), OPEN), "# EOF\n");
}

#[test]
fn random_series_are_read_by_another_implementation_as_they_were() {
    let mut random = Random(3);
    let families = families(Shape::Bins);
    let mut expected = Vec::new();
    for number in 0..300 {
        let values: Vec<_> = (0..=random.below(60)).map(|_| random.value()).collect();
        let held = Held::of(&values);
        let at = random.below(3) as usize;
        let point = [Point::Count(values[0].abs()), Point::Gauge(values[0]), held.point()][at];
        let name = ["counter", "a.gauge", "histogram"][at];
        let tags = format!("number:{number}");
        assert_eq!(take(&families, &[series(name, "", &tags, point)]), [Ok(())]);
        let mut buckets = Buckets::default();
        buckets.fill(held.sketch().bins().map(|bin| (bin.key, bin.n.into())));
        let value = [values[0].abs(), values[0], held.sketch().summary().sum][at];
        expected.push((number.to_string(), value.to_bits(), (at == 2).then_some(buckets)));
    }
    let bytes = pieces(&families, PROTOBUF).concat();
    let (mut rest, mut found) = (&bytes[..], Vec::new());
    while !rest.is_empty() {
        let family = exposition::MetricFamily::decode_length_delimited(&mut rest).unwrap();
        let name = family.name.unwrap();
        let kind = ["a.gauge", "counter_total", "histogram"].iter().position(|known| *known == name);
        assert_eq!(family.kind, kind.map(|at| [1, 0, 4][at]), "{name}");
        for metric in family.metric {
            let [label] = &metric.label[..] else { panic!("one label") };
            assert_eq!(label.name.as_deref(), Some("number"));
            let number = metric.counter.as_ref().or(metric.gauge.as_ref()).and_then(|number| number.value);
            let histogram = metric.histogram.as_ref();
            let value = number.or(histogram.and_then(|histogram| histogram.sum)).unwrap();
            let span = |span: &exposition::Span| (span.offset.unwrap_or(0), span.length.unwrap());
            let buckets = histogram.map(|histogram| Buckets {
                zero: histogram.zero_count.unwrap(),
                positive: expand(histogram.positive_span.iter().map(span), &histogram.positive_delta),
                negative: expand(histogram.negative_span.iter().map(span), &histogram.negative_delta),
            });
            found.push((label.value.clone().unwrap(), value.to_bits(), buckets));
        }
    }
    let by_number = |found: &(String, u64, Option<Buckets>)| found.0.parse::<u32>().unwrap();
    found.sort_by_key(by_number);
    assert!(found == expected);
}

#[test]
fn a_mapping_says_how_its_names_look() {
    let mapping = |name: &str, look: Look| {
        Mapping::new("x", MatchType::Wildcard, name, &[]).unwrap().with(Options { look, ..Options::default() })
    };
    let buckets = Look {
        buckets: Some(vec![2.0]),
        observe_as: Some(Observed::Buckets),
        help: Some("a \"text\"".to_owned()),
        ttl: Some(50),
        ..Look::default()
    };
    let summary = Look { observe_as: Some(Observed::Summary), quantiles: Some(vec![0.25]), ..Look::default() };
    let mappings = vec![mapping("b", buckets), mapping("s", summary)];
    let profile = Profile { name: "x".to_owned(), prefix: "*".to_owned(), mappings };
    let rules = rules(Shape::Bins, Looks::new(&[profile], "").unwrap());
    let families = Arc::new(Mutex::new(Families::new(Rules { total_suffix: false, ..rules })));
    let held = Held::of(&[1.0, 3.0]);
    let all = ["b", "s", "native"].map(|name| series(name, "", "", held.point()));
    assert_eq!(take(&families, &all), [Ok(()); 3]);
    assert_eq!(take(&families, &[series("count", "", "", Point::Count(1.0))]), [Ok(())]);
    let text = page(&families, TEXT);
    for part in [
        "# HELP b a \"text\"\n# TYPE b histogram\nb_bucket{le=\"2.0\"} 1\nb_bucket{le=\"+Inf\"} 2\n",
        "# TYPE s summary\ns{quantile=\"0.25\"} 1\n",
        "native_bucket{le=\"0.5\"} 0\n",
        "# TYPE count counter\ncount 1\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let open = page(&families, OPEN);
    assert!(open.contains("# TYPE count counter\ncount_total 1\n# ") && open.contains("# HELP b a \\\"text"), "{open}");
    lock(&families).expire(151);
    assert!(!page(&families, TEXT).contains("b_bucket{"));
}
