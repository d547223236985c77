//! Rules: other names and tags, left out, twice, and changed while the server runs.

use std::sync::Arc;

use basenji::core::aggregate::Aggregate;
use basenji::core::wire::{Metric, Tags};
use basenji::server::{Change, Config, Editor, MemorySink, Point, Rules, Server};

use crate::common::udp_client;

/// One bucket a test, and nothing in it but what is sent.
fn quiet(config: &mut Config) {
    config.telemetry = false;
    config.aggregation.bucket_secs = 86400;
}

/// Puts a word in front of names, adds a tag, and leaves out names that begin with `out`.
struct Prefix(&'static str);

struct Prefixed {
    prefix: &'static str,
    name: Vec<u8>,
}

impl Rules for Prefix {
    fn editor(&self) -> Box<dyn Editor> {
        Box::new(Prefixed { prefix: self.0, name: Vec::new() })
    }

    fn shows(&self, name: &[u8], aggregate: Aggregate) -> bool {
        name != b"p.h" || aggregate != Aggregate::Max
    }
}

impl Editor for Prefixed {
    fn edit<'a>(&'a mut self, metric: &Metric<'a>) -> Option<Metric<'a>> {
        if metric.name.starts_with(b"out") {
            return None;
        }
        self.name.clear();
        self.name.extend_from_slice(self.prefix.as_bytes());
        self.name.extend_from_slice(metric.name);
        Some(Metric { name: &self.name, tags: Tags::Text(b"by:rule"), ..*metric })
    }
}

/// Name, tags and timestamp of every series, sorted.
fn shown(sink: &MemorySink) -> Vec<String> {
    let mut series = Vec::new();
    for bucket in sink.buckets() {
        series.extend(bucket.series().map(|series| {
            let tags: Vec<_> = series.tags.iter().map(|tag| tag.escape_ascii().to_string()).collect();
            let point = match series.point {
                Point::Count(sum) => sum.to_string(),
                Point::Histogram(histogram) => histogram
                    .aggregates
                    .iter()
                    .map(|(aggregate, _)| aggregate.to_string())
                    .collect::<Vec<_>>()
                    .join(" "),
                Point::Distribution(sketch) => format!("sketch of {}", sketch.summary().count),
                _ => String::new(),
            };
            format!("{} [{}] {point}", series.name.escape_ascii(), tags.join(" "))
        }));
    }
    series.sort();
    series
}

#[test]
fn metrics_are_recorded_as_the_rules_say() {
    let sink = MemorySink::default();
    let server =
        Server::builder().udp("127.0.0.1:0").unwrap().config(quiet).rules(Prefix("p.")).start(sink.clone()).unwrap();
    udp_client(&server).send(b"a:1|c|#x\nout.of:1|c\nh:1:2|h\n_sc|check|0").unwrap();
    let stats = server.stop();
    assert_eq!((stats.filtered_messages.total(), stats.messages.total()), (1, 4));
    assert_eq!(shown(&sink), ["p.a [by:rule] 1", "p.h [by:rule] median avg count 95percentile"]);
}

#[test]
fn histograms_are_repeated_as_distributions() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            quiet(config);
            config.copy_histograms = Some("dist.".to_owned());
        })
        .start(sink.clone())
        .unwrap();
    udp_client(&server).send(b"h:1:2|h|@0.5|#x\nt:3|ms\nd:4|d\nc:5|c").unwrap();
    server.stop();
    assert_eq!(
        shown(&sink),
        [
            "c [] 5",
            "d [] sketch of 1",
            "dist.h [x] sketch of 4",
            "dist.t [] sketch of 1",
            "h [x] max median avg count 95percentile",
            "t [] max median avg count 95percentile",
        ]
    );
}

#[test]
fn timestamps_do_not_count_where_they_are_not_wanted() {
    for wanted in [true, false] {
        let sink = MemorySink::default();
        let server = Server::builder()
            .udp("127.0.0.1:0")
            .unwrap()
            .config(|config| {
                quiet(config);
                config.timestamps = wanted;
            })
            .start(sink.clone())
            .unwrap();
        udp_client(&server).send(b"a:1|c|T1\na:1|c|T2|#\na:1|c\nb:1|c|#x|T0\nb:T|c|T|T1|#x").unwrap();
        let stats = server.stop();
        let buckets = sink.buckets();
        let timestamps: Vec<_> =
            buckets.iter().flat_map(|bucket| bucket.series()).map(|series| series.timestamp).collect();
        if wanted {
            assert_eq!((stats.parse_errors.total(), &timestamps[1..]), (2, &[1, 2][..]));
        } else {
            assert_eq!((stats.parse_errors.total(), stats.messages.total()), (1, 4));
            assert_eq!(shown(&sink), ["a [] 3", "b [x] 1"]);
        }
    }
}

#[test]
fn tags_and_rules_change_while_the_server_runs() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            quiet(config);
            config.workers = 2;
        })
        .start(sink.clone())
        .unwrap();
    let client = udp_client(&server);
    let send = |expected: u64| {
        client.send(b"a:1|c").unwrap();
        while server.stats().messages.total() < expected {
            std::thread::yield_now();
        }
    };
    send(1);
    server.change(Change { tags: vec!["env:two".to_owned()], rules: Some(Arc::new(Prefix("two."))) }).unwrap();
    send(2);
    server.change(Change { tags: vec!["env:three".to_owned()], rules: None }).unwrap();
    send(3);
    assert!(server.change(Change { tags: vec!["a,b".to_owned()], rules: None }).is_err());
    send(4);
    server.stop();
    assert_eq!(shown(&sink), ["a [] 1", "a [env:three] 2", "two.a [by:rule env:two] 1"]);
}
