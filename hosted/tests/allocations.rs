//! In steady state a server receives, parses and records without asking the allocator for anything.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicU64, Ordering};

use basenji::server::{Bucket, Server};

/// Counts what is asked of the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const DATAGRAM: &[u8] = b"a:1|c|#x,y\nb:2.5|g|@0.5\nc:1:2:3|d|#z\nd:4|h\ne:5|ms\nf:me|s\nnot a line\na:1|c|#y,x";

#[test]
fn a_known_load_allocates_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    let server = Server::builder()
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
            udp.send(DATAGRAM).unwrap();
            unix.send(DATAGRAM).unwrap();
            expected += 2;
            while server.stats().datagrams.total() < expected {
                std::thread::yield_now();
            }
        }
    };
    // Until every histogram has as many samples as it keeps, and the threads have started.
    send(2000);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    send(1000);
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
    assert_eq!(server.stop().messages.total(), 7 * 6000);
}
