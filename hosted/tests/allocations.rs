//! In steady state a server receives, parses and records without asking the allocator for anything.
#![cfg(target_os = "linux")]

#[path = "support/counting.rs"]
mod counting;

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;

use basenji::core::wire::Cardinality;
use basenji::server::{Bucket, Builder, Entity, Server, SharedTags, TagTable};
use counting::allocations;

const DATAGRAM: &[u8] = b"a:1|c|#x,y\nb:2.5|g|@0.5\nc:1:2:3|d|#z\nd:4|h\ne:5|ms\nf:me|s\nnot a line\na:1|c|#y,x";

/// The same number of messages, which claim to be from several places.
const CLAIMS: &[u8] = b"a:1|c|#x,y|c:ci-1\nb:2|g|c:ci-2\nc:1|d|#z\nd:4|h|e:pu-p\ne:5|ms|card:high\nf:me|s|card:none\nnot a line\na:1|c|#y,dd.internal.entity_id:p";

#[test]
fn a_known_load_allocates_nothing() {
    check(Server::builder(), DATAGRAM);
    let mut table = TagTable::default();
    table.insert(Entity::Pod(b"p"), Cardinality::Low, "kube_namespace:shop");
    table.insert(Entity::Container(b"1"), Cardinality::High, "container_id:1");
    let tags = SharedTags::default();
    tags.replace(table);
    let detecting = Server::builder().tagger(tags).config(|config| {
        config.origin_detection = true;
        config.origin.client = true;
        config.origin.unified = true;
    });
    check(detecting, CLAIMS);
}

fn check(builder: Builder, datagram: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = builder
        .udp("127.0.0.1:0")
        .unwrap()
        .unix_datagram(&path)
        // One bucket for the whole test.
        .config(|config| config.aggregation.bucket_secs = 86400)
        .start(|_: &Bucket| {})
        .unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.connect(("127.0.0.1", server.port())).unwrap();
    let unix = UnixDatagram::unbound().unwrap();
    unix.connect(&path).unwrap();
    let mut expected = 0;
    let mut send = |times: u64| {
        for _ in 0..times {
            udp.send(datagram).unwrap();
            unix.send(datagram).unwrap();
            expected += 2;
            while server.stats().datagrams.total() < expected {
                std::thread::yield_now();
            }
        }
    };
    // Until every histogram has as many samples as it keeps, and the threads have started.
    send(2000);
    let before = allocations();
    send(1000);
    assert_eq!(allocations() - before, 0);
    assert_eq!(server.stop().messages.total(), 7 * 6000);
}
