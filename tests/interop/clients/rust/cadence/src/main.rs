//! What an application does with cadence, which has metrics only, and no transport for a Unix stream.

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::panic::RefUnwindSafe;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use std::{env, io};

use cadence::prelude::*;
use cadence::{BufferedUdpMetricSink, BufferedUnixMetricSink, MetricSink, QueuingMetricSink};
use cadence::{StatsdClient, UdpMetricSink, UnixMetricSink};

fn main() {
    let (alive, ended) = channel();
    let (plain, queued) = if variable("TRANSPORT") == "udp" {
        let address = (variable("DD_AGENT_HOST"), variable("DD_DOGSTATSD_PORT").parse().expect("a port"));
        let socket = || UdpSocket::bind("0.0.0.0:0").expect("a socket");
        (
            client("cadence.", UdpMetricSink::from(address.clone(), socket()).expect("an address")),
            queued(BufferedUdpMetricSink::from(address, socket()).expect("an address"), alive),
        )
    } else {
        let (path, socket) = (variable("DD_DOGSTATSD_SOCKET"), || UnixDatagram::unbound().expect("a socket"));
        let sink = BufferedUnixMetricSink::from(&path, socket());
        (client("cadence.", UnixMetricSink::from(&path, socket())), queued(sink, alive))
    };
    calls(&plain).expect("sent");
    calls(&queued).expect("queued");
    drop(queued);
    // The thread of the queue has ended when it drops what it sends to.
    let _ = ended.recv();
}

fn client(prefix: &str, sink: impl MetricSink + Sync + Send + RefUnwindSafe + 'static) -> StatsdClient {
    StatsdClient::builder(prefix, sink).with_tag("env", "test").with_tag_value("canary").build()
}

fn queued(sink: impl MetricSink + Sync + Send + RefUnwindSafe + 'static, alive: Sender<()>) -> StatsdClient {
    client("cadence.queued", QueuingMetricSink::from(Watched { sink, _alive: alive }))
}

/// Flushes by being dropped, and says so.
struct Watched<S> {
    sink: S,
    _alive: Sender<()>,
}

impl<S: MetricSink> MetricSink for Watched<S> {
    fn emit(&self, metric: &str) -> io::Result<usize> {
        self.sink.emit(metric)
    }
}

fn calls(client: &StatsdClient) -> cadence::MetricResult<()> {
    client.incr_with_tags("views").with_tag("page", "home").try_send()?;
    client.count_with_tags("views", 4).with_tag("page", "home").try_send()?;
    client.decr_with_tags("views").with_tag("page", "home").try_send()?;
    client.count_with_tags("sampled", 3).with_sampling_rate(0.25).try_send()?;
    client.gauge("queue", 7u64)?;
    client.gauge("queue", 42.5)?;
    client.histogram_with_tags("size", vec![1u64, 2, 3, 4, 10, 10]).with_tag("unit", "kb").try_send()?;
    client.distribution("load", vec![1.0, 2.0, 3.0, 4.0, 5.0])?;
    client.time("time", Duration::from_millis(320))?;
    [1, 2, 1].into_iter().try_for_each(|user| client.set("users", user).map(drop))?;
    client.gauge_with_tags("past", 9u64).with_timestamp(1_700_000_000).try_send()?;
    client.count_with_tags("past", 4).with_timestamp(1_700_000_010).with_container_id("ci-1").try_send()?;
    Ok(())
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|error| panic!("{name}: {error}"))
}
