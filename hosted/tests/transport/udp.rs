//! Datagrams over UDP.

use std::time::Instant;

use basenji::client::{SendError, Transport, TransportOptions, Udp};

use crate::common::{options, receive, send, send_batch, udp_receiver};

#[test]
fn datagrams_arrive_over_both_families_and_by_the_name_of_this_host() {
    for (address, host) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1"), ("127.0.0.1:0", "localhost")] {
        let (receiver, port) = udp_receiver(address);
        let mut udp = Udp::new(host, port, &options());
        assert_eq!(udp.peer(), None);
        send(&mut udp, "a:1|c").unwrap();
        assert_eq!(receive(&receiver), "a:1|c");
        assert_eq!(udp.peer(), Some(receiver.local_addr().unwrap()));
        assert_eq!(udp.maintain(Instant::now()), None);
    }
}

#[test]
fn a_batch_arrives_in_order_with_and_without_segmentation() {
    for segmentation in [true, false] {
        let (receiver, port) = udp_receiver("127.0.0.1:0");
        let mut udp = Udp::new("127.0.0.1", port, &TransportOptions { segmentation, ..options() });
        let texts: Vec<String> = (0..200).map(|n| format!("{n:0>width$}", width = 3 + n / 50 % 2)).collect();
        let sent = send_batch(&mut udp, &texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((sent.count, sent.error.is_none()), (200, true));
        for text in &texts {
            assert_eq!(receive(&receiver), *text);
        }
    }
}

#[test]
fn the_kernels_buffer_is_made_at_least_as_long_as_asked_for() {
    // What cannot leave at once is refused without waiting; a datagram of the greatest length always leaves.
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let mut udp = Udp::new("127.0.0.1", port, &options());
    let longest = "x".repeat(65_507);
    send(&mut udp, &longest).unwrap();
    assert_eq!(receive(&receiver).len(), 65_507);
}

#[test]
fn a_datagram_that_is_too_long_is_refused_and_the_next_is_sent() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let mut udp = Udp::new("127.0.0.1", port, &options());
    assert!(matches!(send(&mut udp, &"x".repeat(70_000)), Err(SendError::TooLong)));
    send(&mut udp, "b").unwrap();
    assert_eq!(receive(&receiver), "b");
    assert_eq!(udp.counters().connections, 1);
}

#[test]
fn while_nobody_listens_datagrams_are_sent_and_refusals_counted_and_the_first_one_after_arrives() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    let mut udp = Udp::new("127.0.0.1", port, &options());
    send(&mut udp, "before").unwrap();
    let address = receiver.local_addr().unwrap();
    drop(receiver);
    let mut sent = 0;
    // A refusal is told to the next datagram, or to a later one if the machine is busy.
    while udp.counters().refused < 3 {
        send(&mut udp, "lost").unwrap();
        sent += 1;
    }
    assert!(sent > 3);
    let (receiver, _) = udp_receiver(&address.to_string());
    send(&mut udp, "after").unwrap();
    while receive(&receiver) != "after" {}
    assert_eq!(udp.counters().connections, 1);
}

#[test]
fn a_batch_goes_past_refusals() {
    let (receiver, port) = udp_receiver("127.0.0.1:0");
    drop(receiver);
    let mut udp = Udp::new("127.0.0.1", port, &options());
    let sent = send_batch(&mut udp, &["a", "bb", "ccc", "d"]);
    assert_eq!((sent.count, sent.error.is_none()), (4, true));
    // The kernel keeps what it was told within a batch to itself; the last refusal is told to a later datagram.
    while udp.counters().refused == 0 {
        send(&mut udp, "e").unwrap();
    }
    assert_eq!(udp.counters().connections, 1);
}
