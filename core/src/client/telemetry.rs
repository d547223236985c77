//! Telemetry: a client's counters as metrics, `datadog.dogstatsd.client.*`, named and tagged as the official clients do.
//!
//! Each line is a count of what came since the last report, which is due each ten seconds. The lines carry no prefix and are not counted as
//! metrics themselves. Which of them a client sends, and in which order, is a [`Report`] of its dialect.

use super::call::{Identity, MetricCall, Value};
use super::counters::Counters;
use super::dialect::Dialect;
use super::line;
use super::report::{Report, Statistic};
use crate::Time;
use crate::wire::{MetricKind, OriginFields, Tags, WriteError, Writer};

/// The tags by which a report names its client, in text of the caller's type; an empty one is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientTags<T> {
    /// `client:` and the client's name.
    pub client: T,
    /// `client_version:` and its version.
    pub version: T,
    /// `client_transport:` and `udp`, `uds`, `uds-stream` or `named_pipe`.
    pub transport: T,
}

impl<T: AsRef<[u8]>> ClientTags<T> {
    /// Writes the line of one number of a report.
    ///
    /// # Errors
    ///
    /// `Full`: the line does not fit.
    pub fn write(
        &self,
        dialect: &Dialect,
        identity: &Identity<'_>,
        (statistic, number): (Statistic, u64),
        writer: &mut Writer<'_>,
    ) -> Result<(), WriteError> {
        let mut tags = heapless::Vec::<&[u8], 4>::new();
        let ClientTags { client, version, transport } = self;
        let kind = statistic.kind_tag().unwrap_or_default();
        for tag in [client.as_ref(), version.as_ref(), transport.as_ref(), kind] {
            // There is room for all four.
            if !tag.is_empty() && tags.push(tag).is_err() {
                break;
            }
        }
        let Report { client_tags, origin, .. } = dialect.report;
        let identity = Identity {
            tags: if client_tags { identity.tags } else { Tags::NONE },
            origin: if origin { OriginFields { external_data: None, ..identity.origin } } else { OriginFields::NONE },
            ..Identity::NONE
        };
        let call = MetricCall {
            tags: Tags::List(&tags),
            ..MetricCall::new(statistic.name().as_bytes(), MetricKind::Count, Value::U64(number))
        };
        line::metric(dialect, &identity, &call, writer)
    }
}

/// When the next report is due, and what the last one told.
#[derive(Debug, Clone)]
pub struct Telemetry {
    interval_millis: u64,
    due: Option<Time>,
    told: Counters,
}

impl Telemetry {
    /// Milliseconds between two reports of the official clients.
    pub const INTERVAL_MILLIS: u64 = 10_000;

    /// Telemetry that is off, with an interval of at least one millisecond.
    pub fn new(interval_millis: u64) -> Self {
        Telemetry { interval_millis: interval_millis.max(1), due: None, told: Counters::default() }
    }

    /// Turns reports on, the first one due in an interval about what comes from now on, or off.
    pub fn switch(&mut self, on: bool, counters: &Counters, now: Time) {
        self.due = on.then(|| now.plus_millis(self.interval_millis));
        self.told = *counters;
    }

    /// When the next report is due; `None` while reports are off.
    pub fn deadline(&self) -> Option<Time> {
        self.due
    }

    /// What came to `counters` since the last report, if one is due: the [numbers](Report::numbers) to send. Late calls skip the reports
    /// that they missed; a clock that goes back delays the next one by an interval at most.
    pub fn poll(&mut self, counters: &Counters, now: Time) -> Option<Counters> {
        let due = self.due?;
        let next = now.plus_millis(self.interval_millis);
        if now < due {
            self.due = Some(due.min(next));
            return None;
        }
        // The next report keeps the rhythm, unless one was missed.
        let beat = due.plus_millis(self.interval_millis);
        self.due = Some(if beat > now { beat } else { next });
        let news = counters.since(&self.told);
        self.told = *counters;
        Some(news)
    }
}

#[cfg(test)]
mod tests {
    use super::super::counters::Traffic;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn lines(dialect: &Dialect, identity: &Identity<'_>, counters: &Counters, client: &str) -> Vec<String> {
        let tags = |key: &str| std::format!("client{key}");
        let (client, version, transport) = (tags(client), tags("_version:1.2"), tags("_transport:udp"));
        let tags =
            ClientTags { client: client.as_bytes(), version: version.as_bytes(), transport: transport.as_bytes() };
        let mut buffer = [0; 256];
        let write = |number| {
            let mut writer = Writer::new(&mut buffer);
            tags.write(dialect, identity, number, &mut writer).unwrap();
            String::from_utf8(writer.written().to_vec()).unwrap()
        };
        dialect.report.numbers(counters, true).map(write).collect()
    }

    fn counters() -> Counters {
        let mut counters = Counters { events: 3, service_checks: 4, dropped_on_receive: 5, ..Counters::default() };
        for (count, kind) in (1..).zip(MetricKind::ALL) {
            counters.metrics.add(kind, count);
            counters.aggregated_contexts.add(kind, 10 * count);
        }
        for datagram in [&b"abc"[..], b"de"] {
            counters.sent.count(datagram);
        }
        counters.dropped_queue.count(b"f");
        counters.dropped_writer.count(b"gh");
        counters
    }

    fn identity() -> Identity<'static> {
        Identity {
            prefix: b"ns.",
            tags: Tags::Text(b"g:1"),
            origin: OriginFields { local_data: Some(b"ci-1"), external_data: Some(b"pu-1"), cardinality: Some(b"low") },
            ..Identity::NONE
        }
    }

    #[test]
    fn datadog_go_tells_all_numbers_with_its_tags_first() {
        let lines = lines(&Dialect::DATADOG_GO, &identity(), &counters(), ":go");
        assert_eq!(lines.len(), 25);
        let tags = "#g:1,client:go,client_version:1.2,client_transport:udp";
        let line = |name: &str, number: u64, more: &str| {
            std::format!("datadog.dogstatsd.client.{name}:{number}|c|{tags}{more}|c:ci-1|card:low\n")
        };
        for (at, expected) in [
            (0, line("metrics", 21, "")),
            (1, line("metrics_by_type", 2, ",metrics_type:gauge")),
            (6, line("metrics_by_type", 3, ",metrics_type:timing")),
            (7, line("events", 3, "")),
            (9, line("metric_dropped_on_receive", 5, "")),
            (10, line("packets_sent", 2, "")),
            (11, line("packets_dropped", 2, "")),
            (12, line("packets_dropped_queue", 1, "")),
            (14, line("bytes_dropped", 3, "")),
            (15, line("bytes_sent", 5, "")),
            (17, line("bytes_dropped_writer", 2, "")),
            (18, line("aggregated_context", 210, "")),
            (24, line("aggregated_context_by_type", 30, ",metrics_type:timing")),
        ] {
            assert_eq!(lines[at], expected);
        }
    }

    #[test]
    fn datadogpy_tells_eleven_numbers_zeros_too() {
        let lines = lines(&Dialect::DATADOGPY, &identity(), &Counters::default(), ":py");
        let names = [
            "metrics",
            "events",
            "service_checks",
            "bytes_sent",
            "bytes_dropped",
            "bytes_dropped_queue",
            "bytes_dropped_writer",
            "packets_sent",
            "packets_dropped",
            "packets_dropped_queue",
            "packets_dropped_writer",
        ];
        let expected = names.map(|name| {
            std::format!("datadog.dogstatsd.client.{name}:0|c|#client:py,client_version:1.2,client_transport:udp,g:1\n")
        });
        assert_eq!(lines, expected);
    }

    #[test]
    fn hot_shots_tells_no_zeros_and_no_tags_of_its_user() {
        let mut counters = Counters { events: 1, service_checks: 1, ..Counters::default() };
        counters.metrics.add(MetricKind::Gauge, 1);
        counters.metrics.add(MetricKind::Count, 1);
        counters.sent.count(&[0; 50]);
        let lines = lines(&Dialect::HOT_SHOTS, &identity(), &counters, ":nodejs");
        let expected = [
            ("metrics:2", ""),
            ("metrics_by_type:1", ",metrics_type:count"),
            ("metrics_by_type:1", ",metrics_type:gauge"),
            ("events:1", ""),
            ("service_checks:1", ""),
            ("bytes_sent:50", ""),
            ("packets_sent:1", ""),
        ];
        let tags = "client:nodejs,client_version:1.2,client_transport:udp";
        assert_eq!(lines, expected.map(|(is, more)| std::format!("datadog.dogstatsd.client.{is}|c|#{tags}{more}\n")));
    }

    #[test]
    fn a_report_tells_what_came_since_the_last_one() {
        let (mut counters, mut telemetry) = (counters(), Telemetry::new(10));
        let at = Time::from_millis;
        assert_eq!((telemetry.deadline(), telemetry.poll(&counters, at(50))), (None, None));
        telemetry.switch(true, &counters, at(100));
        counters.events += 7;
        assert_eq!((telemetry.poll(&counters, at(109)), telemetry.deadline()), (None, Some(at(110))));
        assert_eq!(telemetry.poll(&counters, at(113)), Some(Counters { events: 7, ..Counters::default() }));
        assert_eq!((telemetry.poll(&counters, at(119)), telemetry.deadline()), (None, Some(at(120))));
        counters.sent.count(b"abc");
        let sent = Traffic { packets: 1, bytes: 3 };
        assert_eq!(telemetry.poll(&counters, at(175)), Some(Counters { sent, ..Counters::default() }));
        assert_eq!(telemetry.deadline(), Some(at(185)));
        telemetry.switch(false, &counters, at(180));
        assert_eq!((telemetry.poll(&counters, at(999)), telemetry.deadline()), (None, None));
    }

    #[test]
    fn a_clock_that_goes_back_delays_a_report_by_an_interval() {
        let mut telemetry = Telemetry::new(10);
        telemetry.switch(true, &Counters::default(), Time::from_millis(1000));
        assert_eq!(telemetry.poll(&Counters::default(), Time::from_millis(5)), None);
        assert_eq!(telemetry.deadline(), Some(Time::from_millis(15)));
    }
}
