//! The messages of other people's protocols, by the numbers of their public definitions, for `prost` to read what our
//! writer has written.

macro_rules! messages {
    ($($(#[$attribute:meta])* $name:ident { $($(#[$field_attribute:meta])+ $field:ident: $type:ty,)* })+) => {
        $(
            $(#[$attribute])*
            #[derive(Clone, PartialEq, prost::Message)]
            pub(crate) struct $name { $($(#[$field_attribute])+ pub(crate) $field: $type,)* }
        )+
    };
}

/// `io.prometheus.client`.
pub(crate) mod exposition {
    messages! {
        Label { #[prost(string, optional, tag = "1")] name: Option<String>, #[prost(string, optional, tag = "2")] value: Option<String>, }
        Timestamp { #[prost(int64, tag = "1")] seconds: i64, #[prost(int32, tag = "2")] nanos: i32, }
        Number { #[prost(double, optional, tag = "1")] value: Option<f64>, #[prost(message, optional, tag = "3")] created: Option<Timestamp>, }
        Quantile { #[prost(double, optional, tag = "1")] quantile: Option<f64>, #[prost(double, optional, tag = "2")] value: Option<f64>, }
        Summary {
            #[prost(uint64, optional, tag = "1")] count: Option<u64>,
            #[prost(double, optional, tag = "2")] sum: Option<f64>,
            #[prost(message, repeated, tag = "3")] quantile: Vec<Quantile>,
            #[prost(message, optional, tag = "4")] created: Option<Timestamp>,
        }
        Bucket { #[prost(uint64, optional, tag = "1")] cumulative: Option<u64>, #[prost(double, optional, tag = "2")] upper: Option<f64>, }
        Span { #[prost(sint32, optional, tag = "1")] offset: Option<i32>, #[prost(uint32, optional, tag = "2")] length: Option<u32>, }
        Histogram {
            #[prost(uint64, optional, tag = "1")] count: Option<u64>,
            #[prost(double, optional, tag = "2")] sum: Option<f64>,
            #[prost(message, repeated, tag = "3")] bucket: Vec<Bucket>,
            #[prost(sint32, optional, tag = "5")] schema: Option<i32>,
            #[prost(double, optional, tag = "6")] zero_threshold: Option<f64>,
            #[prost(uint64, optional, tag = "7")] zero_count: Option<u64>,
            #[prost(message, repeated, tag = "9")] negative_span: Vec<Span>,
            #[prost(sint64, repeated, tag = "10")] negative_delta: Vec<i64>,
            #[prost(message, repeated, tag = "12")] positive_span: Vec<Span>,
            #[prost(sint64, repeated, tag = "13")] positive_delta: Vec<i64>,
            #[prost(message, optional, tag = "15")] created: Option<Timestamp>,
        }
        Metric {
            #[prost(message, repeated, tag = "1")] label: Vec<Label>,
            #[prost(message, optional, tag = "2")] gauge: Option<Number>,
            #[prost(message, optional, tag = "3")] counter: Option<Number>,
            #[prost(message, optional, tag = "4")] summary: Option<Summary>,
            #[prost(message, optional, tag = "7")] histogram: Option<Histogram>,
        }
        MetricFamily {
            #[prost(string, optional, tag = "1")] name: Option<String>,
            #[prost(int32, optional, tag = "3")] kind: Option<i32>,
            #[prost(message, repeated, tag = "4")] metric: Vec<Metric>,
        }
    }
}

/// `prometheus` and `io.prometheus.write.v2`.
pub(crate) mod write {
    messages! {
        Label { #[prost(string, tag = "1")] name: String, #[prost(string, tag = "2")] value: String, }
        Sample { #[prost(double, tag = "1")] value: f64, #[prost(int64, tag = "2")] at: i64, #[prost(int64, tag = "3")] since: i64, }
        Span { #[prost(sint32, tag = "1")] offset: i32, #[prost(uint32, tag = "2")] length: u32, }
        Histogram {
            #[prost(uint64, tag = "1")] count: u64,
            #[prost(double, tag = "3")] sum: f64,
            #[prost(sint32, tag = "4")] schema: i32,
            #[prost(double, tag = "5")] zero_threshold: f64,
            #[prost(uint64, tag = "6")] zero_count: u64,
            #[prost(message, repeated, tag = "8")] negative_spans: Vec<Span>,
            #[prost(sint64, repeated, tag = "9")] negative_deltas: Vec<i64>,
            #[prost(message, repeated, tag = "11")] positive_spans: Vec<Span>,
            #[prost(sint64, repeated, tag = "12")] positive_deltas: Vec<i64>,
            #[prost(int64, tag = "15")] at: i64,
            #[prost(int64, tag = "17")] since: i64,
        }
        TimeSeries {
            #[prost(message, repeated, tag = "1")] labels: Vec<Label>,
            #[prost(message, repeated, tag = "2")] samples: Vec<Sample>,
            #[prost(message, repeated, tag = "4")] histograms: Vec<Histogram>,
        }
        WriteRequest { #[prost(message, repeated, tag = "1")] timeseries: Vec<TimeSeries>, }
        Metadata { #[prost(int32, tag = "1")] kind: i32, #[prost(uint32, tag = "3")] help: u32, }
        TimeSeries2 {
            #[prost(uint32, repeated, tag = "1")] labels: Vec<u32>,
            #[prost(message, repeated, tag = "2")] samples: Vec<Sample>,
            #[prost(message, repeated, tag = "3")] histograms: Vec<Histogram>,
            #[prost(message, optional, tag = "5")] metadata: Option<Metadata>,
        }
        Request2 { #[prost(string, repeated, tag = "4")] symbols: Vec<String>, #[prost(message, repeated, tag = "5")] timeseries: Vec<TimeSeries2>, }
    }
}

/// `opentelemetry.proto`.
pub(crate) mod otlp {
    messages! {
        AnyValue { #[prost(string, optional, tag = "1")] text: Option<String>, }
        KeyValue { #[prost(string, tag = "1")] key: String, #[prost(message, optional, tag = "2")] value: Option<AnyValue>, }
        Resource { #[prost(message, repeated, tag = "1")] attributes: Vec<KeyValue>, }
        Scope { #[prost(string, tag = "1")] name: String, #[prost(string, tag = "2")] version: String, }
        NumberPoint {
            #[prost(fixed64, tag = "2")] start: u64,
            #[prost(fixed64, tag = "3")] time: u64,
            #[prost(double, optional, tag = "4")] value: Option<f64>,
            #[prost(message, repeated, tag = "7")] attributes: Vec<KeyValue>,
        }
        Buckets { #[prost(sint32, tag = "1")] offset: i32, #[prost(uint64, repeated, tag = "2")] counts: Vec<u64>, }
        ExponentialPoint {
            #[prost(message, repeated, tag = "1")] attributes: Vec<KeyValue>,
            #[prost(fixed64, tag = "2")] start: u64,
            #[prost(fixed64, tag = "3")] time: u64,
            #[prost(fixed64, tag = "4")] count: u64,
            #[prost(double, optional, tag = "5")] sum: Option<f64>,
            #[prost(sint32, tag = "6")] scale: i32,
            #[prost(fixed64, tag = "7")] zero_count: u64,
            #[prost(message, optional, tag = "8")] positive: Option<Buckets>,
            #[prost(message, optional, tag = "9")] negative: Option<Buckets>,
            #[prost(double, optional, tag = "12")] min: Option<f64>,
            #[prost(double, optional, tag = "13")] max: Option<f64>,
            #[prost(double, tag = "14")] zero_threshold: f64,
        }
        Gauge { #[prost(message, repeated, tag = "1")] points: Vec<NumberPoint>, }
        Sum {
            #[prost(message, repeated, tag = "1")] points: Vec<NumberPoint>,
            #[prost(int32, tag = "2")] temporality: i32,
            #[prost(bool, tag = "3")] monotonic: bool,
        }
        Exponential { #[prost(message, repeated, tag = "1")] points: Vec<ExponentialPoint>, #[prost(int32, tag = "2")] temporality: i32, }
        Metric {
            #[prost(string, tag = "1")] name: String,
            #[prost(string, tag = "3")] unit: String,
            #[prost(message, optional, tag = "5")] gauge: Option<Gauge>,
            #[prost(message, optional, tag = "7")] sum: Option<Sum>,
            #[prost(message, optional, tag = "10")] exponential: Option<Exponential>,
        }
        ScopeMetrics { #[prost(message, optional, tag = "1")] scope: Option<Scope>, #[prost(message, repeated, tag = "2")] metrics: Vec<Metric>, }
        ResourceMetrics { #[prost(message, optional, tag = "1")] resource: Option<Resource>, #[prost(message, repeated, tag = "2")] scopes: Vec<ScopeMetrics>, }
        MetricsRequest { #[prost(message, repeated, tag = "1")] resources: Vec<ResourceMetrics>, }
        LogRecord {
            #[prost(fixed64, tag = "1")] time: u64,
            #[prost(int32, tag = "2")] severity: i32,
            #[prost(string, tag = "3")] severity_text: String,
            #[prost(message, optional, tag = "5")] body: Option<AnyValue>,
            #[prost(message, repeated, tag = "6")] attributes: Vec<KeyValue>,
            #[prost(fixed64, tag = "11")] observed: u64,
        }
        ScopeLogs { #[prost(message, optional, tag = "1")] scope: Option<Scope>, #[prost(message, repeated, tag = "2")] records: Vec<LogRecord>, }
        ResourceLogs { #[prost(message, optional, tag = "1")] resource: Option<Resource>, #[prost(message, repeated, tag = "2")] scopes: Vec<ScopeLogs>, }
        LogsRequest { #[prost(message, repeated, tag = "1")] resources: Vec<ResourceLogs>, }
    }
}

/// Random numbers that are the same in every run.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A value of any size and sign, sometimes 0.
    pub(crate) fn value(&mut self) -> f64 {
        let exponent = self.below(40) as i32 - 20;
        let sign = [1.0, 1.0, -1.0, 0.0][self.below(4) as usize];
        sign * (1.0 + self.below(1_000_000) as f64 / 1e6) * 10_f64.powi(exponent)
    }

    /// A few tags, some without a colon, some of one key.
    pub(crate) fn tags(&mut self) -> String {
        let tags: Vec<_> = (0..self.below(5))
            .map(|_| {
                ["env:dev", "env:prod", "a.b:\u{e9}", "service:web", "word", "host:h", "zone:", "k\u{1f415}:1"]
                    [self.below(8) as usize]
            })
            .collect();
        let mut tags = tags;
        tags.sort_unstable();
        tags.dedup();
        tags.join(",")
    }
}

/// The counts of spans and deltas by index.
pub(crate) fn expand(spans: impl Iterator<Item = (i32, u32)>, deltas: &[i64]) -> Vec<(i32, u64)> {
    let (mut index, mut count, mut deltas) = (0, 0, deltas.iter());
    let mut buckets = Vec::new();
    for (offset, length) in spans {
        index += offset;
        for _ in 0..length {
            count += deltas.next().expect("as many deltas as buckets");
            if count != 0 {
                buckets.push((index, count as u64));
            }
            index += 1;
        }
    }
    assert!(deltas.next().is_none(), "as many buckets as deltas");
    buckets
}
