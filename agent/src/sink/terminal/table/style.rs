//! Colours, where they are wanted.

use basenji::core::wire::MetricKind;

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// The head of the table.
    Head,
    /// What matters most in a row.
    Strong,
    /// What matters least.
    Faint,
    /// The kind of a series, or its sparkline.
    Kind(MetricKind),
    /// What should not be.
    Alarm,
}

impl Style {
    /// The parameters of the terminal's SGR sequence: the eight colours that every palette has, for dark and light
    /// screens.
    fn code(self) -> &'static str {
        match self {
            Style::Head => "2;4",
            Style::Strong => "1",
            Style::Faint => "2",
            Style::Kind(MetricKind::Count) => "32",
            Style::Kind(MetricKind::Gauge) => "36",
            Style::Kind(MetricKind::Set) => "34",
            Style::Kind(MetricKind::Histogram | MetricKind::Timing) => "33",
            Style::Kind(MetricKind::Distribution) => "35",
            Style::Alarm => "31",
        }
    }

    /// The text in this style, or as it is.
    pub(super) fn paint(self, text: &str, colours: bool) -> String {
        if colours { format!("\x1b[{}m{text}\x1b[0m", self.code()) } else { text.to_owned() }
    }
}
