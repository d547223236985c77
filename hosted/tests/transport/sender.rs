//! The queue and its thread.

use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use basenji::client::{
    Lifetime, Lost, Memory, Null, Overflow, Retry, Sender, SenderConfig, SenderStats, Tally, Transport,
    TransportOptions, Trouble, TroubleHook, Udp, UnixDatagramTransport, UnixStreamTransport,
};

use crate::common::{LONG, Place, receive, udp_receiver};

fn start(transport: impl Fn() -> Box<dyn Transport> + Send + Sync + 'static, config: SenderConfig) -> Sender {
    Sender::start(transport, config).unwrap()
}

fn unix(place: &Place) -> impl Fn() -> Box<dyn Transport> + Send + Sync + 'static {
    let path = place.path.clone();
    let millis = Duration::from_millis;
    let retry = Retry { first: millis(1), most: millis(5) };
    let options = TransportOptions { retry, ..TransportOptions::default() };
    move || Box::new(UnixDatagramTransport::new(&path, &options))
}

/// What must hold at every moment.
fn check(stats: &SenderStats) {
    let mut sum = stats.sent;
    for part in [stats.lost_in_all(), stats.pending] {
        sum.datagrams += part.datagrams;
        sum.bytes += part.bytes;
    }
    assert_eq!(stats.pushed, sum, "{stats:?}");
}

fn tally(datagrams: u64, bytes: u64) -> Tally {
    let mut tally = Tally::default();
    (tally.datagrams, tally.bytes) = (datagrams, bytes);
    tally
}

#[test]
fn datagrams_of_many_threads_arrive_each_threads_in_order() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let sender =
        start(move || Box::new(Udp::new("127.0.0.1", port, &TransportOptions::default())), SenderConfig::default());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sender = &sender;
            scope.spawn(move || {
                for n in 0..50 {
                    assert!(sender.push(format!("{thread}:{n}").as_bytes(), Lifetime::Expires));
                }
            });
        }
    });
    assert!(sender.wait_for_pending(LONG));
    let mut next = [0; 4];
    for _ in 0..200 {
        let text = receive(&receiver);
        let (thread, n) = text.split_once(':').unwrap();
        let next = &mut next[thread.parse::<usize>().unwrap()];
        assert_eq!(n.parse::<usize>().unwrap(), *next);
        *next += 1;
    }
    let stats = sender.stats();
    assert_eq!((stats.sent.datagrams, stats.pending.datagrams), (200, 0));
    assert_eq!(stats.transport.connections, 1);
    check(&stats);
}

#[test]
fn what_is_pushed_while_there_is_no_server_is_sent_when_there_is_one() {
    let place = Place::new();
    let sender = start(unix(&place), SenderConfig::default());
    for n in 0..5 {
        sender.push(n.to_string().as_bytes(), Lifetime::Expires);
    }
    assert!(!sender.wait_for_pending(Duration::ZERO));
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    assert!(sender.wait_for_pending(LONG));
    let mut buffer = [0; 9];
    for n in 0..5 {
        let len = receiver.recv(&mut buffer).unwrap();
        assert_eq!(buffer[..len], *n.to_string().as_bytes());
    }
}

#[test]
fn a_server_that_reads_late_gets_everything_that_a_queue_holds() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let config = SenderConfig { patience: LONG, ..SenderConfig::default() };
    let sender = start(unix(&place), config);
    for n in 0..3000_u32 {
        sender.push(&n.to_le_bytes(), Lifetime::Expires);
    }
    while sender.stats().blocked == 0 {
        std::thread::yield_now();
    }
    check(&sender.stats());
    let mut buffer = [0; 9];
    for n in 0..3000_u32 {
        let len = receiver.recv(&mut buffer).unwrap();
        assert_eq!(buffer[..len], n.to_le_bytes());
    }
    assert!(sender.wait_for_pending(LONG));
    assert_eq!(sender.stats().sent, tally(3000, 12_000));
}

#[test]
fn a_socket_that_stays_full_costs_datagrams_that_are_counted() {
    let place = Place::new();
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    let config = SenderConfig { patience: Duration::from_millis(5), ..SenderConfig::default() };
    let sender = start(unix(&place), config);
    for _ in 0..20 {
        sender.push(b"x", Lifetime::Expires);
    }
    assert!(sender.wait_for_pending(LONG));
    let stats = sender.stats();
    receiver.set_nonblocking(true).unwrap();
    let arrived = (0..).take_while(|_| receiver.recv(&mut [0]).is_ok()).count() as u64;
    assert_eq!(stats.sent.datagrams, arrived);
    assert_eq!(stats.lost(Lost::Blocked), tally(20 - arrived, 20 - arrived));
    assert!(stats.lost(Lost::Blocked).datagrams > 0);
    check(&stats);
}

#[test]
fn a_full_queue_drops_by_its_policy_and_counts() {
    for (overflow, kept) in [(Overflow::DropOldest, "later"), (Overflow::DropNewest, "first")] {
        let place = Place::new();
        let (tell, told) = channel();
        let trouble = Some(TroubleHook::new(move |_| tell.send(()).unwrap_or_default()));
        let config = SenderConfig { queue_bytes: 100, overflow, trouble, ..SenderConfig::default() };
        let sender = start(unix(&place), config);
        // The thread has this one, cannot send it, and takes no other before.
        sender.push(b"first", Lifetime::Expires);
        told.recv_timeout(LONG).unwrap();
        for _ in 0..50 {
            sender.push(b"first", Lifetime::Expires);
        }
        for _ in 0..50 {
            sender.push(b"later", Lifetime::Expires);
        }
        let stats = sender.stats();
        check(&stats);
        assert!(stats.lost(Lost::Overflow).datagrams >= 100 - 20, "{stats:?}");
        let receiver = UnixDatagram::bind(&place.path).unwrap();
        receiver.set_nonblocking(true).unwrap();
        let mut texts = Vec::new();
        let mut buffer = [0; 9];
        while !sender.wait_for_pending(Duration::ZERO) {
            while let Ok(len) = receiver.recv(&mut buffer) {
                texts.push(String::from_utf8(buffer[..len].to_vec()).unwrap());
            }
        }
        while let Ok(len) = receiver.recv(&mut buffer) {
            texts.push(String::from_utf8(buffer[..len].to_vec()).unwrap());
        }
        assert_eq!(texts.last().map(String::as_str), Some(kept), "{overflow:?}");
        assert_eq!(texts.len() as u64, sender.stats().sent.datagrams);
        check(&sender.stats());
    }
}

#[test]
fn what_waits_too_long_expires_and_what_has_a_timestamp_does_not() {
    let place = Place::new();
    let config = SenderConfig { expiry: Some(Duration::from_millis(20)), ..SenderConfig::default() };
    let sender = start(unix(&place), config);
    sender.push(b"old", Lifetime::Expires);
    sender.push(b"stamped", Lifetime::Unlimited);
    while sender.stats().lost(Lost::Expired).datagrams == 0 {
        std::thread::yield_now();
    }
    let receiver = UnixDatagram::bind(&place.path).unwrap();
    assert!(sender.wait_for_pending(LONG));
    let mut buffer = [0; 9];
    let len = receiver.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..len], b"stamped");
    assert_eq!(sender.stats().lost(Lost::Expired), tally(1, 3));
    check(&sender.stats());
}

#[test]
fn one_datagram_that_is_too_long_is_lost_alone() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let sender =
        start(move || Box::new(Udp::new("127.0.0.1", port, &TransportOptions::default())), SenderConfig::default());
    for datagram in [&b"a"[..], &[b'x'; 70_000], b"b", b""] {
        assert!(sender.push(datagram, Lifetime::Expires));
    }
    assert!(sender.wait_for_pending(LONG));
    assert_eq!([receive(&receiver), receive(&receiver)], ["a", "b"]);
    assert_eq!(sender.stats().lost(Lost::TooLong), tally(1, 70_000));
    check(&sender.stats());
}

#[test]
fn stopping_sends_what_waits_and_counts_what_comes_after() {
    let memory = Memory::new();
    let transport = memory.clone();
    let sender = start(move || Box::new(transport.clone()), SenderConfig::default());
    for _ in 0..1000 {
        sender.push(b"x", Lifetime::Expires);
    }
    assert!(sender.stop(LONG));
    assert_eq!(memory.lines().len(), 1000);
    assert!(!sender.push(b"late", Lifetime::Expires));
    assert!(sender.stop(Duration::ZERO) || sender.stats().lost(Lost::Stopped).datagrams == 1);
    assert_eq!(sender.stats().lost(Lost::Stopped), tally(1, 4));
    check(&sender.stats());
}

#[test]
fn stopping_without_a_server_is_bounded_and_counts_what_is_left() {
    let place = Place::new();
    let sender = start(unix(&place), SenderConfig::default());
    for _ in 0..100 {
        sender.push(b"xx", Lifetime::Expires);
    }
    let begin = Instant::now();
    assert!(!sender.stop(Duration::from_millis(20)));
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert_eq!(sender.stats().lost(Lost::Stopped), tally(100, 200));
    assert!(!sender.wait_for_pending(Duration::ZERO) || sender.stats().pending == Tally::default());
    check(&sender.stats());
}

#[test]
fn dropping_a_sender_sends_what_waits() {
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(LONG)).unwrap();
    let port = receiver.local_addr().unwrap().port();
    let sender =
        start(move || Box::new(Udp::new("127.0.0.1", port, &TransportOptions::default())), SenderConfig::default());
    sender.push(b"last", Lifetime::Expires);
    drop(sender);
    assert_eq!(receive(&receiver), "last");
}

#[test]
fn a_stream_is_flushed_to_its_last_byte() {
    use std::io::Read;
    let place = Place::new();
    let listener = std::os::unix::net::UnixListener::bind(&place.path).unwrap();
    let path = place.path.clone();
    let config = SenderConfig { queue_bytes: 16 << 20, patience: LONG, ..SenderConfig::default() };
    let sender = start(move || Box::new(UnixStreamTransport::new(&path, &TransportOptions::default())), config);
    let frame = [b'x'; 8000];
    for _ in 0..500 {
        sender.push(&frame, Lifetime::Expires);
    }
    let reader = std::thread::spawn(move || {
        let mut bytes = vec![0; 500 * 8004];
        listener.accept().unwrap().0.read_exact(&mut bytes).unwrap();
    });
    assert!(sender.wait_for_pending(LONG));
    reader.join().unwrap();
    assert_eq!(sender.stats().sent, tally(500, 500 * 8000));
}

#[test]
fn trouble_is_told_once_by_reason_and_a_hook_that_panics_stops_nothing() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let place = Place::new();
    let log = Arc::clone(&told);
    let hook = TroubleHook::new(move |trouble: &Trouble| {
        log.lock().unwrap().push(trouble.to_string());
        std::panic::resume_unwind(Box::new("a hook's own fault"));
    });
    let config = SenderConfig { trouble: Some(hook), ..SenderConfig::default() };
    let sender = start(unix(&place), config);
    sender.push(b"abc", Lifetime::Unlimited);
    let wait_for = |count| {
        while told.lock().unwrap().len() < count {
            std::thread::yield_now();
        }
    };
    wait_for(1);
    assert!(!sender.stop(Duration::ZERO));
    wait_for(2);
    let told = told.lock().unwrap();
    let expected = ["there is no connection: No such file or directory", "1 datagrams with 3 bytes were lost: stopped"];
    assert_eq!(*told, expected);
}

#[test]
fn ten_thousand_senders_leave_no_thread_and_no_descriptor_behind() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    drop(start(|| Box::new(Null), SenderConfig::default()));
    let before = descriptors();
    for n in 0..10_000 {
        let sender = start(|| Box::new(Null), SenderConfig::default());
        if n % 100 == 0 {
            sender.push(b"x", Lifetime::Expires);
        }
    }
    // Other tests of this process have sockets, too, but not thousands.
    assert!(descriptors() < before + 1000);
}
