//! The recorder of the `metrics` facade. A program of its own, for there is one recorder a process.

use basenji::client::{Client, Environment, Recorder};
use basenji::server::{MemorySink, Point, Server};

#[test]
fn what_the_macros_count_arrives_at_a_server() {
    let sink = MemorySink::default();
    let server = Server::builder().udp("127.0.0.1:0").unwrap().start(sink.clone()).unwrap();
    let client = Client::builder().environment(Environment::default());
    let client = client.to(&format!("udp://127.0.0.1:{}", server.port())).unwrap().build().unwrap();
    Recorder::new(client.clone()).install().unwrap();
    assert!(Recorder::new(client.clone()).install().is_err(), "there is one already");

    metrics::counter!("visits", "page" => "home", "new" => "").increment(2);
    metrics::counter!("visits", "page" => "home", "new" => "").increment(3);
    let total = metrics::counter!("total");
    [7, 5, 9].into_iter().for_each(|value| total.absolute(value));
    let gauge = metrics::gauge!("waiting");
    gauge.set(10.0);
    gauge.increment(2.5);
    metrics::gauge!("waiting").decrement(0.5);
    (1..=4).for_each(|value| metrics::histogram!("render").record(f64::from(value)));
    assert!(client.flush());
    server.stop();

    let mut found = Vec::new();
    for bucket in sink.buckets() {
        for series in bucket.series() {
            let mut tags: Vec<_> = series.tags.iter().map(String::from_utf8_lossy).collect();
            tags.sort();
            let point = match series.point {
                Point::Count(value) => format!("count {value}"),
                Point::Gauge(value) => format!("gauge {value}"),
                Point::Distribution(sketch) => format!("{} samples", sketch.summary().count),
                _ => "another".to_owned(),
            };
            found.push(format!("{} {} {point}", String::from_utf8_lossy(series.name), tags.join(",")));
        }
    }
    for expected in ["visits new,page:home count 5", "total  count 9", "waiting  gauge 12", "render  4 samples"] {
        assert!(found.iter().any(|line| line.starts_with(expected)), "{expected}: {found:?}");
    }
}
