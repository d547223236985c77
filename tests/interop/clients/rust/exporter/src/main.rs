//! What an application does with metrics-exporter-dogstatsd, which aggregates counters and gauges and packs samples; it has no sets, events and
//! service checks.

use std::env;
use std::thread;
use std::time::Duration;

use metrics::{Label, counter, gauge, histogram};
use metrics_exporter_dogstatsd::DogStatsDBuilder;

fn main() {
    let address = match variable("TRANSPORT").as_str() {
        "udp" => format!("{}:{}", variable("DD_AGENT_HOST"), variable("DD_DOGSTATSD_PORT")),
        // To this client `unix:` is a stream.
        "unixgram" => variable("DD_DOGSTATSD_URL").replace("unix:", "unixgram:"),
        _ => variable("DD_DOGSTATSD_URL"),
    };
    let interval = Duration::from_millis(100);
    let builder = |prefix: &str| {
        let builder = DogStatsDBuilder::default().with_remote_address(&address).expect("an address");
        builder
            .set_global_prefix(prefix)
            .with_flush_interval(interval)
            .with_global_labels(vec![Label::new("env", "test")])
    };
    let histograms = builder("histograms").send_histograms_as_distributions(false).with_telemetry(false).build();
    builder("exporter").install().expect("the first recorder");
    calls();
    metrics::with_local_recorder(&histograms.expect("a recorder"), calls);
    // It can neither be flushed nor stopped.
    thread::sleep(10 * interval);
}

fn calls() {
    counter!("views", "page" => "home").increment(1);
    counter!("views", "page" => "home").increment(4);
    gauge!("queue").set(7.0);
    gauge!("queue").decrement(49.5);
    for value in [1.0, 2.0, 3.0, 4.0, 5.0] {
        histogram!("load", "core" => "0").record(value);
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
