//! cadence: buffered, with and without its queue and thread, and a datagram a call.

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::thread;
use std::time::Duration;

use cadence::{
    BufferedUdpMetricSink, BufferedUnixMetricSink, Counted, MetricSink, NopMetricSink, QueuingMetricSink, StatsdClient,
    UdpMetricSink, UnixMetricSink,
};

use crate::contexts::{NAME, TAGS};
use crate::subject::{Group, Running, Start, Subject, Target};

pub(crate) fn subjects() -> Vec<Subject> {
    let subject = |name, group, null, start| Subject { name, ours: false, group, null, start: Start::Here(start) };
    vec![
        subject("cadence, queued and buffered", Group::Lines, false, queued),
        subject("cadence, buffered", Group::Lines, true, buffered),
        subject("cadence, plain", Group::Plain, true, plain),
    ]
}

fn udp() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").expect("a socket")
}

fn unix() -> UnixDatagram {
    UnixDatagram::unbound().expect("a socket")
}

fn queued(target: &Target) -> Box<dyn Running> {
    let queue = match target {
        Target::Null => QueuingMetricSink::from(NopMetricSink),
        Target::Udp(port) => QueuingMetricSink::from(
            BufferedUdpMetricSink::with_capacity(("127.0.0.1", *port), udp(), target.payload()).expect("an address"),
        ),
        Target::Unix(path) => {
            QueuingMetricSink::from(BufferedUnixMetricSink::with_capacity(path, unix(), target.payload()))
        }
    };
    Box::new(Cadence { client: StatsdClient::from_sink("", queue.clone()), queue: Some(queue) })
}

fn buffered(target: &Target) -> Box<dyn Running> {
    match target {
        Target::Null => direct(NopMetricSink),
        Target::Udp(port) => direct(
            BufferedUdpMetricSink::with_capacity(("127.0.0.1", *port), udp(), target.payload()).expect("an address"),
        ),
        Target::Unix(path) => direct(BufferedUnixMetricSink::with_capacity(path, unix(), target.payload())),
    }
}

fn plain(target: &Target) -> Box<dyn Running> {
    match target {
        Target::Null => direct(NopMetricSink),
        Target::Udp(port) => direct(UdpMetricSink::from(("127.0.0.1", *port), udp()).expect("an address")),
        Target::Unix(path) => direct(UnixMetricSink::from(path, unix())),
    }
}

fn direct(sink: impl MetricSink + Sync + Send + std::panic::RefUnwindSafe + 'static) -> Box<dyn Running> {
    Box::new(Cadence { client: StatsdClient::from_sink("", sink), queue: None })
}

struct Cadence {
    client: StatsdClient,
    queue: Option<QueuingMetricSink>,
}

impl Running for Cadence {
    fn calls(&self, count: usize) {
        for call in 0..count {
            let [one, two] = TAGS[call % 4];
            self.client.count_with_tags(NAME, 1).with_tag(one.0, one.1).with_tag(two.0, two.1).send();
        }
    }

    fn finish(&self) {
        while self.queue.as_ref().is_some_and(|queue| queue.queued() > 0) {
            thread::sleep(Duration::from_millis(5));
        }
        // The last line that was taken out of the queue may be on its way to the buffer.
        thread::sleep(Duration::from_millis(20));
        self.client.flush().expect("there is a reader");
    }
}
