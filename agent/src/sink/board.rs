//! All sinks: what the server has flushed for each, and the outcome of that.

use std::fmt::Write;
use std::sync::Arc;

use basenji::server::{Amount, Monitor, SinkStats};
use serde_json::{Map, Value, json};
use tracing::warn;

use super::{Health, Installed, Reason, State, Tally};

/// The sinks of a daemon.
#[derive(Clone, Default)]
pub(crate) struct Board {
    sinks: Vec<(&'static str, Arc<dyn Health>)>,
}

/// One place of one sink. `shown + restored = delivered + waiting + dropped`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sink: &'static str,
    pub(crate) target: String,
    pub(crate) state: State,
    /// What was flushed while the sink was there.
    pub(crate) shown: Amount,
    /// What waits for the sink, in it, and on disk.
    pub(crate) waiting: Amount,
    /// What the sink has counted, with what the server had to drop before it.
    pub(crate) tally: Tally,
}

impl Board {
    /// Everything that was built.
    pub(crate) fn new(installed: &[Installed]) -> Board {
        Board { sinks: installed.iter().map(|sink| (sink.name, Arc::clone(&sink.health))).collect() }
    }

    /// A line for each place of each sink.
    pub(crate) fn lines(&self, monitor: &Monitor) -> Vec<Line> {
        let feeds = monitor.sinks();
        let feed = |name| feeds.iter().find(|feed| feed.name == name);
        let lines = self.sinks.iter().flat_map(|(name, health)| {
            health.rows().into_iter().map(|row| {
                let mut line = Line {
                    sink: name,
                    target: row.target,
                    state: row.state,
                    shown: row.tally.taken,
                    waiting: row.tally.held,
                    tally: row.tally,
                };
                feed(*name).inspect(|feed| line.add(feed));
                line
            })
        });
        lines.collect()
    }

    /// Prepares every sink for the stop of the daemon.
    pub(crate) fn prepare_stop(&self) {
        self.sinks.iter().for_each(|(_, health)| health.prepare_stop());
    }

    /// What keeps the daemon from being ready, a sentence each.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        for (name, health) in &self.sinks {
            for row in health.rows().into_iter().filter(|row| row.state == State::Failed) {
                let why = row.tally.last_error.unwrap_or_default();
                troubles.push(format!("{}: {why}", place(name, &row.target)));
            }
        }
        troubles
    }
}

impl Line {
    /// Adds what the server has dropped or still holds before the sink.
    fn add(&mut self, feed: &SinkStats) {
        self.shown = feed.shown;
        self.waiting += feed.waiting();
        self.tally.lose(Reason::Queue, feed.dropped);
        if !feed.is_running && feed.waiting() != Amount::default() {
            self.state = State::Failed;
        }
    }

    /// The sink and the place.
    pub(crate) fn place(&self) -> String {
        place(self.sink, &self.target)
    }

    /// An object of `/status`.
    pub(crate) fn json(&self) -> Value {
        let dropped: Map<_, _> =
            self.tally.dropped.iter().map(|(reason, amount)| (reason.word().to_owned(), object(*amount))).collect();
        json!({
            "sink": self.sink,
            "target": self.target,
            "state": self.state.word(),
            "shown": object(self.shown),
            "restored": object(self.tally.restored),
            "delivered": object(self.tally.delivered),
            "waiting": object(self.waiting),
            "retried": self.tally.retried,
            "dropped": dropped,
            "last_error": self.tally.last_error,
        })
    }
}

fn place(sink: &str, target: &str) -> String {
    match target {
        "" => sink.to_owned(),
        target => format!("{sink} {target}"),
    }
}

fn object(amount: Amount) -> Value {
    json!({"series": amount.series, "events": amount.events, "service_checks": amount.checks})
}

/// What of an amount is not 0, in words.
pub(crate) fn words(amount: Amount) -> String {
    let parts = [
        (amount.series, "series", "series"),
        (amount.events, "event", "events"),
        (amount.checks, "service check", "service checks"),
    ];
    let mut words = String::new();
    for (count, one, many) in parts.into_iter().filter(|(count, ..)| *count > 0) {
        let comma = if words.is_empty() { "" } else { ", " };
        // A `String` takes all.
        let _ = write!(words, "{comma}{count} {}", if count == 1 { one } else { many });
    }
    words
}

/// Warns of what was dropped between two checks, one warning for each place and reason. What the settings leave out is
/// no loss.
pub(crate) fn warn_of(before: &[Line], now: &[Line]) {
    for line in now {
        let earlier = before.iter().find(|other| (other.sink, &other.target) == (line.sink, &line.target));
        for (reason, amount) in line.tally.dropped.iter().filter(|(reason, _)| *reason != Reason::SwitchedOff) {
            let risen = *amount - earlier.map_or(Amount::default(), |earlier| earlier.tally.dropped_for(*reason));
            if risen != Amount::default() {
                warn!("{}: {} dropped {}", line.place(), words(risen), reason.sentence());
            }
        }
    }
}

/// A family of `/metrics`: its name, kind, help, and of what its samples are.
type Family = (&'static str, &'static str, &'static str, fn(&Line) -> Vec<(String, u64)>);

/// Every family: labels beside sink and target, and values.
const FAMILIES: [Family; 7] = [
    ("basenji_sink_shown_total", "counter", "What was flushed for the sink.", |line| kinds(line.shown)),
    ("basenji_sink_restored_total", "counter", "What an earlier run has left on disk.", |line| {
        kinds(line.tally.restored)
    }),
    ("basenji_sink_delivered_total", "counter", "What has arrived.", |line| kinds(line.tally.delivered)),
    ("basenji_sink_waiting", "gauge", "What waits, in memory and on disk.", |line| kinds(line.waiting)),
    ("basenji_sink_dropped_total", "counter", "What will never arrive, by reason.", |line| {
        let dropped = line.tally.dropped.iter().flat_map(|(reason, amount)| {
            let samples = kinds(*amount).into_iter().filter(|(_, value)| *value > 0);
            samples.map(|(kind, value)| (format!("{kind},reason=\"{}\"", reason.word()), value))
        });
        dropped.collect()
    }),
    ("basenji_sink_retried_total", "counter", "Attempts that have to be made again.", |line| {
        vec![(String::new(), line.tally.retried)]
    }),
    ("basenji_sink_up", "gauge", "1 while what is sent arrives.", |line| {
        vec![(String::new(), u64::from(line.state == State::Ok))]
    }),
];

fn kinds(amount: Amount) -> Vec<(String, u64)> {
    let kinds = [("series", amount.series), ("event", amount.events), ("service_check", amount.checks)];
    kinds.map(|(kind, value)| (format!(",kind=\"{kind}\""), value)).into()
}

/// `/metrics`: every line in Prometheus' text format.
pub(crate) fn metrics(lines: &[Line]) -> String {
    let mut text = String::new();
    for (name, kind, help, samples) in FAMILIES {
        let mut is_first = true;
        for line in lines {
            for (labels, value) in samples(line) {
                // A `String` takes all.
                if std::mem::take(&mut is_first) {
                    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
                }
                let (sink, target) = (line.sink, escaped(&line.target));
                let _ = writeln!(text, "{name}{{sink=\"{sink}\",target=\"{target}\"{labels}}} {value}");
            }
        }
    }
    text
}

/// A label's value.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        let mut tally = Tally { delivered: Amount { series: 3, events: 0, checks: 1 }, ..Tally::default() };
        tally.lose(Reason::Refused, Amount { series: 2, events: 1, checks: 0 });
        let shown = Amount { series: 9, events: 1, checks: 1 };
        let waiting = shown - tally.delivered - tally.dropped_in_all();
        Line { sink: "datadog", target: "a \"b\"".to_owned(), state: State::Retrying, shown, waiting, tally }
    }

    #[test]
    fn a_line_is_an_object_and_samples_with_the_same_numbers() {
        let object = line().json();
        assert_eq!(object["waiting"]["series"], 4);
        assert_eq!(object["dropped"], json!({"refused": {"series": 2, "events": 1, "service_checks": 0}}));
        let text = metrics(&[line()]);
        for sample in [
            r#"basenji_sink_shown_total{sink="datadog",target="a \"b\"",kind="series"} 9"#,
            r#"basenji_sink_waiting{sink="datadog",target="a \"b\"",kind="series"} 4"#,
            r#"basenji_sink_dropped_total{sink="datadog",target="a \"b\"",kind="event",reason="refused"} 1"#,
            r#"basenji_sink_up{sink="datadog",target="a \"b\""} 0"#,
        ] {
            assert!(text.lines().any(|found| found == sample), "{sample} in {text}");
        }
        assert_eq!(metrics(&[]), "");
    }

    #[test]
    fn the_dashboard_asks_for_counters_that_there_are() {
        let mut known: Vec<String> = FAMILIES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        basenji::server::Stats::default().for_each(|number| {
            let total = if number.kind == basenji::core::wire::MetricKind::Gauge { "" } else { "_total" };
            known.push(format!("{}{total}", number.name.replace('.', "_")));
        });
        let dashboard: Value = serde_json::from_str(include_str!("../../deploy/grafana/basenji.json")).unwrap();
        let targets =
            dashboard["panels"].as_array().unwrap().iter().flat_map(|panel| panel["targets"].as_array().unwrap());
        let mut count = 0;
        for expression in targets.map(|target| target["expr"].as_str().unwrap()) {
            let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            for name in expression.split(|letter| !is_letter(letter)).filter(|name| name.starts_with("basenji_")) {
                assert!(known.iter().any(|known| known == name), "{name} of {expression}");
                count += 1;
            }
        }
        assert!(count >= 10);
    }

    #[test]
    fn an_amount_in_words_has_its_parts_that_are_not_0() {
        assert_eq!(words(Amount { series: 2, events: 1, checks: 3 }), "2 series, 1 event, 3 service checks");
        assert_eq!(words(Amount::CHECK), "1 service check");
    }
}
