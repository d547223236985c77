//! `cargo xtask bench sinks`: what each encoding costs a series, and what of it goes over the wire.
//!
//! A sink of one's own is a row of [`ENCODINGS`].

use std::hint::black_box;
use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use basenji::core::Time;
use basenji::core::aggregate::{Aggregator, Settings as Aggregation, Source};
use basenji::core::wire::Metric;
use basenji::server::{Bucket, Growing, Memory};

use super::{clickhouse, datadog, otlp, prometheus, remote_write};

/// What an encoding has made of a bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Made {
    /// Requests, or pages.
    pub(super) requests: usize,
    /// Their bytes.
    pub(super) bytes: usize,
}

impl Made {
    /// Counts a request.
    pub(super) fn add(&mut self, bytes: usize) {
        self.requests += 1;
        self.bytes += bytes;
    }
}

/// Counts what is written.
#[derive(Debug, Default)]
pub(super) struct Counter(pub(super) usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What encodes buckets, the same series again and again.
pub(crate) type Encode = Box<dyn FnMut(&Bucket) -> Made>;

/// A name, and what makes an encoder.
pub(super) type Encoding = (&'static str, fn() -> Encode);

const TEXT: Option<&str> = Some("text/plain;version=0.0.4");
const OPEN_METRICS: Option<&str> = Some("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8");
const PROTOBUF: Option<&str> = Some(
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8",
);

/// Every encoding, each first as it is and then compressed. Remote write is always compressed.
pub(super) const ENCODINGS: &[Encoding] = &[
    ("datadog v2", || datadog::bench("none", true)),
    ("datadog v2, zstd", || datadog::bench("zstd", true)),
    ("datadog v2, zlib", || datadog::bench("zlib", true)),
    ("datadog v1", || datadog::bench("none", false)),
    ("prometheus: taking in", || prometheus::bench(None, false)),
    ("text 0.0.4", || prometheus::bench(TEXT, false)),
    ("text 0.0.4, gzip", || prometheus::bench(TEXT, true)),
    ("OpenMetrics", || prometheus::bench(OPEN_METRICS, false)),
    ("OpenMetrics, gzip", || prometheus::bench(OPEN_METRICS, true)),
    ("protobuf", || prometheus::bench(PROTOBUF, false)),
    ("protobuf, gzip", || prometheus::bench(PROTOBUF, true)),
    ("remote write 1.0, snappy", || remote_write::bench(false)),
    ("remote write 2.0, snappy", || remote_write::bench(true)),
    ("otlp delta", || otlp::bench("delta", "none")),
    ("otlp delta, gzip", || otlp::bench("delta", "gzip")),
    ("otlp cumulative", || otlp::bench("cumulative", "none")),
    ("clickhouse", || clickhouse::bench("none")),
    ("clickhouse, zstd", || clickhouse::bench("zstd")),
];

/// A kind of series, and the most instructions that a series of it may take without compression.
const KINDS: [(&str, f64); 3] = [("count", 500.0), ("gauge", 500.0), ("distribution", 3_000.0)];

/// How many series instructions are counted of.
const COUNTED_SERIES: usize = 1_000;

/// Few series and what they take in instructions, and nothing of time and memory.
const SHORT: &str = "BASENJI_BENCH_SHORT";

/// Names encoding, kind and series, for the process that runs under callgrind.
const COUNTED: &str = "BASENJI_BENCH_COUNTED";

/// A flush of so many series of a kind, each with five tags; a distribution has 60 bins. Names and tags are those of `text`,
/// by the number of the series.
pub(super) fn bucket(kind: &str, series: usize, text: fn(usize) -> [String; 2]) -> Bucket {
    let code = match kind {
        "count" => "1|c",
        "gauge" => "1.5|g",
        _ => "|d",
    };
    let bins: Vec<_> = (0..60).map(|bin| format!("{:.3}", 1.05_f64.powi(bin))).collect();
    let value = if code == "|d" { format!("{}|d", bins.join(":")) } else { code.to_owned() };
    let budget = Memory { contexts: series, bytes: 1 << 30, cells: 1 << 30 };
    let mut aggregator = Aggregator::new(Growing::new(budget), Aggregation::default());
    for number in 0..series {
        let [name, tags] = text(number);
        let line = format!("{name}:{value}|#{tags}");
        let metric = Metric::parse(line.as_bytes()).expect("the line is good");
        aggregator.record(&metric, &Source::default(), Time::from_secs(1)).expect("there is room");
    }
    let mut bucket = Bucket::default();
    bucket.extend(aggregator.flush_all(Time::from_secs(2)));
    assert_eq!(bucket.series().len(), series);
    bucket
}

/// Series of one name and one resource.
pub(super) fn alike(number: usize) -> [String; 2] {
    let tags = format!(
        "env:prod,service:checkout,version:1.0.2,endpoint:/api/v{}/items,pod:checkout-{number:05x}",
        number % 9
    );
    ["http.request.duration".to_owned(), tags]
}

/// What callgrind counts; it finds this function by its name.
#[inline(never)]
fn counted(encode: &mut Encode, bucket: &Bucket) -> Made {
    black_box(encode(black_box(bucket)))
}

/// Instructions of one pass, if there is valgrind.
fn instructions(name: &str, kind: &str, series: usize) -> Option<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*sink::bench::counted*"]);
    valgrind.arg(std::env::current_exe().ok()?);
    valgrind.args(["--ignored", "--exact", "sink::bench::every_encoding", "--nocapture", "--test-threads=1"]);
    let output = valgrind.env(COUNTED, format!("{name};{kind};{series}")).output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(' ').next()?.trim().parse().ok()
}

#[test]
#[ignore = "a bench: cargo xtask bench sinks"]
fn every_encoding() {
    if let Ok(counted_one) = std::env::var(COUNTED) {
        let parts: Vec<_> = counted_one.split(';').collect();
        let (_, encode) = ENCODINGS.iter().find(|(name, _)| *name == parts[0]).expect("an encoding");
        let bucket = bucket(parts[1], parts[2].parse().expect("a number"), alike);
        // What happens only once is not counted.
        let mut encode = encode();
        black_box(encode(&bucket));
        counted(&mut encode, &bucket);
        return;
    }
    println!("a series has a name of 21 bytes, five tags of 88 bytes together; a distribution has 60 bins");
    println!(
        "{:<26}{:<14}{:>10}{:>14}{:>8}{:>9}{:>10}",
        "encoding", "kind", "series", "instructions", "ns", "bytes", "requests"
    );
    let is_short = std::env::var_os(SHORT).is_some();
    let mut rows = Vec::new();
    for (kind, most) in KINDS {
        let sizes = match kind {
            _ if is_short => &[COUNTED_SERIES][..],
            // A gauge is written as a count is.
            "gauge" => &[10_000],
            // A million distributions of 60 bins are a gigabyte of bins; a hundred thousand tell the same.
            "distribution" => &[10_000, 100_000],
            _ => &[10_000, 1_000_000],
        };
        let mut counted = Vec::new();
        for &series in sizes {
            let bucket = bucket(kind, series, alike);
            for &(name, encode) in ENCODINGS {
                let mut encode = encode();
                black_box(encode(&bucket));
                let start = Instant::now();
                let made = black_box(encode(black_box(&bucket)));
                let time = start.elapsed().as_nanos() as f64 / series as f64;
                let count = (series == sizes[0]).then(|| instructions(name, kind, COUNTED_SERIES)).flatten();
                let each = count.map(|count| count / COUNTED_SERIES as f64);
                let shown = each.map_or_else(|| "-".to_owned(), |each| format!("{each:.0}"));
                let bytes = made.bytes as f64 / series as f64;
                println!("{name:<26}{kind:<14}{series:>10}{shown:>14}{time:>8.0}{bytes:>9.1}{:>10}", made.requests);
                counted.extend(each.filter(|_| !is_compressed(name)).map(|each| (name, each)));
            }
        }
        let within = counted.iter().filter(|(_, each)| *each <= most).count();
        let all: Vec<_> = counted.iter().map(|(name, each)| format!("{name} {each:.0}")).collect();
        let said =
            if within == counted.len() { "met".to_owned() } else { format!("met by {within} of {}", counted.len()) };
        rows.push(format!(
            "| fewer than {most} instructions a {kind} before compression | {} | {said} |",
            all.join(", ")
        ));
    }
    println!("\nfor the table of aims:\n{}", rows.join("\n"));
}

/// Whether another encoding is the same without compression.
pub(super) fn is_compressed(name: &str) -> bool {
    name.ends_with("zip") || name.ends_with("zstd") || name.ends_with("zlib")
}
