//! `/metrics`: the daemon's own counters in Prometheus' text format.

use std::fmt::Write;

use basenji::core::wire::MetricKind;
use basenji::server::Stats;

/// Every counter, those that are 0 too: `basenji.datagrams` by `listener:udp` becomes
/// `basenji_datagrams_total{listener="udp"}`.
pub(super) fn text(stats: &Stats) -> String {
    let mut text = String::new();
    let mut last = "";
    stats.for_each(|number| {
        let (suffix, kind) = match number.kind {
            MetricKind::Gauge => ("", "gauge"),
            _ => ("_total", "counter"),
        };
        let name = format!("{}{suffix}", number.name.replace('.', "_"));
        if number.name != last {
            last = number.name;
            // A `String` takes all.
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", escaped(number.help));
        }
        let label = number.tag.map(|(key, value)| format!("{{{key}=\"{value}\"}}")).unwrap_or_default();
        let _ = writeln!(text, "{name}{label} {}", number.value);
    });
    text
}

/// A help text on one line, without the marks of Rust's documentation.
fn escaped(help: &str) -> String {
    help.replace('\\', "\\\\").replace('\n', " ").replace(['`', '[', ']'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_a_help_a_type_and_its_numbers() {
        let text = text(&Stats::default());
        let expected = "# HELP basenji_kernel_drops_total UDP datagrams that the kernel has dropped";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("\n# TYPE basenji_kernel_drops_total counter\nbasenji_kernel_drops_total 0\n"), "{text}");
        assert!(text.contains("\n# TYPE basenji_contexts gauge\nbasenji_contexts 0\n"), "{text}");
        let datagrams =
            "basenji_datagrams_total{listener=\"udp\"} 0\nbasenji_datagrams_total{listener=\"unix_datagram\"} 0\n";
        assert!(text.contains(datagrams), "{text}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').expect("name and value");
            assert!(value == "0" && name.starts_with("basenji_"), "{line}");
        }
        assert_eq!(text.matches("# HELP").count(), text.matches("# TYPE").count());
        assert!(!text.contains("super::"), "{text}");
    }
}
