//! Events and service checks.

use crate::common::{text, udp_client, udp_server};
use basenji::core::wire::{Priority, Status};
use basenji::server::{MemorySink, Server};

fn tags(tags: basenji::core::wire::Tags<'_>) -> Vec<String> {
    tags.iter().map(text).collect()
}

#[test]
fn they_come_out_whole_with_what_their_receiver_knows() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| {
            config.telemetry = false;
            config.tags = vec!["zone:1".into()];
        })
        .start(sink.clone())
        .unwrap();
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    udp_client(&server)
        .send(
            b"_e{5,13}:title|line\\nli|ne\\n|p:low|k:key|#b,a,host:tagged,b\n\
              _e{1,0}:x||d:17|h:own|#host:tagged\n\
              _sc|db.up|2|m:it is down|#dd.internal.entity_id:u,q|h:\n\
              _sc|other|0|d:18|c:ci-1",
        )
        .unwrap();
    let stats = server.stop();
    assert_eq!(crate::common::counts(&stats.messages), [("event", 2), ("service_check", 2)]);
    let bucket = sink.buckets().into_iter().find(|bucket| !bucket.is_empty()).unwrap();
    assert_eq!(bucket.len(), 4);

    let events: Vec<_> = bucket.events().collect();
    let first = &events[0];
    assert_eq!(first.text.bytes().collect::<Vec<_>>(), b"line\nli|ne\n");
    assert_eq!((first.priority, first.aggregation_key), (Priority::Low, Some(&b"key"[..])));
    assert_eq!(
        (first.hostname, tags(first.tags)),
        (Some(&b"tagged"[..]), vec!["a".into(), "b".into(), "zone:1".into()])
    );
    assert!(first.timestamp.unwrap() >= before);
    assert_eq!((events[1].timestamp, events[1].hostname), (Some(17), Some(&b"own"[..])));

    let checks: Vec<_> = bucket.service_checks().collect();
    assert_eq!((checks[0].name, checks[0].status), (&b"db.up"[..], Status::Critical));
    assert_eq!((checks[0].message, checks[0].hostname), (Some(&b"it is down"[..]), None));
    assert_eq!(tags(checks[0].tags), ["q", "zone:1"]);
    assert_eq!((checks[1].timestamp, checks[1].origin.local_data), (Some(18), Some(&b"ci-1"[..])));
}

#[test]
fn bad_fields_are_counted_and_the_rest_is_kept() {
    let server = udp_server(&MemorySink::default());
    udp_client(&server).send(b"_e{1,1}:a|b|p:urgent|d:soon\n_sc|x|0|d:soon").unwrap();
    let stats = server.stop();
    assert_eq!((stats.bad_fields, stats.messages.total()), (3, 2));
}

#[test]
fn more_than_their_queue_holds_are_dropped_and_counted() {
    let sink = MemorySink::default();
    let server = Server::builder()
        .udp("127.0.0.1:0")
        .unwrap()
        .config(|config| config.event_bytes = 200)
        .start(sink.clone())
        .unwrap();
    let client = udp_client(&server);
    for _ in 0..10 {
        client.send(b"_e{1,1}:a|b\n_sc|x|0").unwrap();
    }
    let stats = server.stop();
    let kept: usize =
        sink.buckets().iter().map(|bucket| bucket.events().count() + bucket.service_checks().count()).sum();
    assert!(kept > 0);
    assert_eq!(kept as u64 + stats.refused_messages.total(), 20);
}
