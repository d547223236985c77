//! A look into a running server.

use basenji::server::MemorySink;

use crate::common::{udp_client, udp_server};

#[test]
fn a_monitor_sees_counters_and_contexts_and_outlives_the_server() {
    let sink = MemorySink::default();
    let server = udp_server(&sink);
    let monitor = server.monitor();
    assert!(monitor.is_running());
    udp_client(&server).send(b"a:1|c|#x,y\na:1|c|#x\nb:1|g\nb:1|g").unwrap();
    server.flush();
    assert_eq!(monitor.stats().messages.total(), 4);
    let contexts = monitor.contexts(|contexts| {
        let line = |context: basenji::core::aggregate::Context<'_>| {
            format!("{} {}", context.name.escape_ascii(), context.tags.iter().count())
        };
        let mut lines: Vec<_> = contexts.map(line).collect();
        lines.sort();
        lines
    });
    assert_eq!(contexts.unwrap(), ["a 1", "a 2", "b 0"]);
    let stats = server.stop();
    assert_eq!(monitor.stats(), stats);
    assert!(!monitor.is_running());
    assert_eq!(monitor.contexts(|contexts| contexts.count()), None);
}
