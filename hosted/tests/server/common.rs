//! What the tests of the server share.

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;

use basenji::core::ErrorKind;
use basenji::server::{Address, Bucket, By, Kind, MemorySink, Point, Server, StartError, Stats};

/// A server without series of its own on one UDP port of the loopback.
pub(crate) fn udp_server(sink: &MemorySink) -> Server {
    Server::builder().udp("127.0.0.1:0").unwrap().config(|config| config.telemetry = false).start(sink.clone()).unwrap()
}

/// A client that sends to the first listener of `server`.
pub(crate) fn udp_client(server: &Server) -> UdpSocket {
    let Address::Udp(address) = server.listeners()[0].address else { panic!("the first listener is not UDP") };
    let client = UdpSocket::bind(SocketAddr::new(address.ip(), 0)).unwrap();
    client.connect(address).unwrap();
    client
}

/// Name, tags and value of every count and gauge over all buckets, added up.
pub(crate) fn sums(sink: &MemorySink) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for bucket in sink.buckets() {
        for series in bucket.series() {
            let tags: Vec<_> = series.tags.iter().map(text).collect();
            let value = match series.point {
                Point::Count(value) | Point::Gauge(value) => value,
                Point::Set(members) => members as f64,
                Point::Histogram(histogram) => histogram.summary.sum,
                Point::Distribution(sketch) => sketch.summary().sum,
            };
            *sums.entry(format!("{}#{}", text(series.name), tags.join(","))).or_default() += value;
        }
    }
    sums
}

/// The sums as a literal is written.
pub(crate) fn expected<const N: usize>(sums: [(&str, f64); N]) -> BTreeMap<String, f64> {
    sums.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The counts that are not 0, by name.
pub(crate) fn counts<K: Kind>(counts: &By<K>) -> Vec<(&'static str, u64)> {
    counts.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.name(), count)).collect()
}

/// Waits until the server's counters are as `look` wants them.
pub(crate) fn wait_for(server: &Server, look: impl Fn(&Stats) -> bool) -> Stats {
    loop {
        let stats = server.stats();
        if look(&stats) {
            return stats;
        }
        std::thread::yield_now();
    }
}

/// Why a server does not start.
pub(crate) fn start_error(builder: basenji::server::Builder) -> StartError {
    builder.start(|_: &Bucket| {}).unwrap_err()
}

/// A path in a directory that goes with the value.
pub(crate) struct Place {
    _directory: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        Place { path: directory.path().join("dsd.socket"), _directory: directory }
    }
}

/// How many lines were refused for this reason.
pub(crate) fn refused(stats: &Stats, kind: ErrorKind) -> u64 {
    stats.parse_errors.get(kind)
}
