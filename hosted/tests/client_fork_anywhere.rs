//! Forks at each moment at which threads of the program that begin or end allocate or free memory, whatever locks the standard library holds then. In a
//! process of its own: its allocator forks.
#![cfg(target_os = "linux")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering::SeqCst};
use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};

use basenji::client::{Client, Environment};
use basenji::server::{MemorySink, Server};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// How many calls of the allocator are left until it forks.
static LEFT: AtomicIsize = AtomicIsize::new(isize::MAX);

/// The client whose life goes on in the children.
static CLIENT: OnceLock<Client> = OnceLock::new();

struct Forks;

#[global_allocator]
static FORKS: Forks = Forks;

// SAFETY: it passes on what it is asked.
unsafe impl GlobalAlloc for Forks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        fork_if_it_is_time();
        // SAFETY: as the caller has promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        fork_if_it_is_time();
        // SAFETY: as the caller has promised.
        unsafe { System.dealloc(memory, layout) }
    }
}

fn fork_if_it_is_time() {
    if LEFT.load(SeqCst) == isize::MAX || LEFT.fetch_sub(1, SeqCst) != 0 {
        return;
    }
    // SAFETY: the child uses nothing but clients and servers, and ends at once; the pointer is that of an integer on this stack.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            LEFT.store(isize::MAX, SeqCst);
            libc::_exit(i32::from(!does_all_work()));
        }
        let mut status = 0;
        assert_eq!((libc::waitpid(pid, &raw mut status, 0), status), (pid, 0));
    }
}

/// Whether the client sends by a thread of its own and ends it, and a server lives.
fn does_all_work() -> bool {
    let started = Instant::now();
    let client = CLIENT.get().unwrap();
    client.count("name", 1, &[]);
    let is_closed = client.close_within(LONG);
    let server = Server::builder().udp("127.0.0.1:0").unwrap().start(MemorySink::default()).unwrap();
    server.stop();
    is_closed && client.stats().sent.packets == 1 && started.elapsed() < LONG / 2
}

#[test]
fn a_child_can_start_and_end_threads_whatever_other_threads_did_at_the_fork() {
    let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let builder = Client::builder().environment(Environment::default()).telemetry(false).origin_detection(false);
    let builder = builder.flush_interval(LONG * 60).to(&format!("udp://{}", receiver.local_addr().unwrap())).unwrap();
    CLIENT.set(builder.build().unwrap()).unwrap();
    // So many that the standard library's list of threads needs more memory and gives some back.
    let barrier = Barrier::new(16);
    let mut forks = 0;
    loop {
        LEFT.store(forks, SeqCst);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                std::thread::Builder::new().name("named".to_owned()).spawn_scoped(scope, || barrier.wait()).unwrap();
            }
        });
        if LEFT.swap(isize::MAX, SeqCst) >= 0 {
            break;
        }
        forks += 1;
    }
    assert!(forks > 32, "{forks}");
}
