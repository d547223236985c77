//! What is missing equals what the counters say is missing.

use basenji::client::{Fault, Lifetime, Lost, Memory, Mishap, Odds, Sender, SenderConfig};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::LONG;

#[test]
fn under_faults_every_datagram_arrives_or_is_accounted_for() {
    for seed in 0..20 {
        let memory = Memory::new();
        let transport = memory.clone();
        let log = Arc::new(Mutex::new(None));
        let keep = Arc::clone(&log);
        let odds = Odds { drop: 50, delay: 50, block: 100, disconnect: 100, truncate: 0 };
        let connect = move || {
            let fault = Fault::seeded(transport.clone(), seed, odds);
            *keep.lock().unwrap() = Some(fault.log());
            Box::new(fault) as _
        };
        let config = SenderConfig { patience: Duration::ZERO, ..SenderConfig::default() };
        let sender = Sender::start(connect, config).unwrap();
        for n in 0..500 {
            sender.push(n.to_string().as_bytes(), Lifetime::Expires);
        }
        assert!(sender.wait_for_pending(LONG));
        let stats = sender.stats();
        let events = log.lock().unwrap().clone().unwrap().events();
        let count = |mishap| events.iter().filter(|(event, _)| *event == mishap).count() as u64;
        assert_eq!(stats.sent.datagrams + stats.lost(Lost::Blocked).datagrams, 500);
        assert!(stats.lost(Lost::Blocked).datagrams > 0, "there is no patience");
        // A datagram that is delayed arrives after the next one, so the last may be left.
        let missing = stats.sent.datagrams - count(Mishap::Drop) - memory.lines().len() as u64;
        assert!(missing == 0 || events.last().unwrap().0 == Mishap::Delay, "{missing}");
    }
}
