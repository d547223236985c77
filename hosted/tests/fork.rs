//! A process that forks while its senders work. In a process of its own: a child inherits the sockets of other tests.
#![cfg(target_os = "linux")]

use std::io::Read;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::time::{Duration, Instant};

use basenji::client::{Lifetime, Sender, SenderConfig, TransportOptions, UnixDatagramTransport};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Runs `child` in a child of this process and returns its exit code, whether it was ended by a signal or not.
fn in_child(child: impl FnOnce() -> bool) -> i32 {
    let (mut near, far) = UnixStream::pair().unwrap();
    // SAFETY: the child runs `child`, which takes no lock that another thread of this process may hold, and exits without
    // running anything of the test runner's.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    if pid == 0 {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(false);
        // SAFETY: ends this process.
        unsafe { libc::_exit(if done { 0 } else { 1 }) };
    }
    drop(far);
    near.set_read_timeout(Some(LONG)).unwrap();
    let ended = near.read(&mut [0]);
    if ended.is_err() {
        // SAFETY: the process is our child, which hangs.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    let mut status = 0;
    // SAFETY: the pointer is that of an integer on this stack.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    assert!(ended.is_ok(), "the child hangs");
    status
}

#[test]
fn parent_and_child_both_go_on_and_nothing_is_doubled_or_lost_or_waits() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dsd.socket");
    let receiver = UnixDatagram::bind(&path).unwrap();
    receiver.set_read_timeout(Some(LONG)).unwrap();
    let config = SenderConfig { patience: LONG, ..SenderConfig::default() };
    let connect = move || Box::new(UnixDatagramTransport::new(&path, &TransportOptions::default())) as _;
    let sender = Sender::start(connect, config).unwrap();
    // More than the socket takes, so that much waits while the process forks, and the thread is at work.
    for n in 0..200 {
        sender.push(format!("parent {n}").as_bytes(), Lifetime::Expires);
    }
    let reader = std::thread::spawn(move || {
        let mut texts = Vec::new();
        let mut buffer = [0; 99];
        while texts.iter().filter(|text: &&String| text.contains("last")).count() < 2 {
            let len = receiver.recv(&mut buffer).unwrap();
            texts.push(String::from_utf8(buffer[..len].to_vec()).unwrap());
        }
        texts
    });
    let begin = Instant::now();
    let status = in_child(|| {
        let stale = sender.is_stale() && !sender.push(b"nobody", Lifetime::Expires);
        let quick = sender.wait_for_pending(Duration::ZERO) && sender.stop(Duration::ZERO);
        let child = sender.after_fork_child().unwrap();
        for n in 0..50 {
            child.push(format!("child {n}").as_bytes(), Lifetime::Expires);
        }
        child.push(b"child last", Lifetime::Expires);
        let sent = child.stop(LONG) && child.stats().sent.datagrams == 51;
        stale && quick && sent && !child.is_stale()
    });
    assert_eq!(status, 0, "the child's exit status");
    assert!(begin.elapsed() < LONG);
    assert!(!sender.is_stale());
    sender.push(b"parent last", Lifetime::Expires);
    assert!(sender.stop(LONG));
    let texts = reader.join().unwrap();
    for (who, count) in [("parent", 200), ("child", 50)] {
        let texts: Vec<_> = texts.iter().filter(|text| text.starts_with(who)).cloned().collect();
        let mut expected: Vec<_> = (0..count).map(|n| format!("{who} {n}")).collect();
        expected.push(format!("{who} last"));
        assert_eq!(texts, expected);
    }
}

#[test]
fn a_sender_that_is_used_all_the_time_never_keeps_a_child_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dsd.socket");
    let _receiver = UnixDatagram::bind(&path).unwrap();
    let connect = move || Box::new(UnixDatagramTransport::new(&path, &TransportOptions::default())) as _;
    let sender = Sender::start(connect, SenderConfig::default()).unwrap();
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                sender.push(b"x", Lifetime::Expires);
            }
        });
        for _ in 0..50 {
            let status = in_child(|| {
                sender.push(b"x", Lifetime::Expires);
                sender.stats();
                let child = sender.after_fork_child().unwrap();
                child.stop(Duration::ZERO);
                sender.stop(LONG)
            });
            assert_eq!(status, 0);
        }
        over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
