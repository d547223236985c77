//! Dialects: what differs between clients on the wire, as data.
//!
//! No two clients agree on the order of fields, the text of numbers, what is cleaned or where a datagram ends. A [`Dialect`] says all of that,
//! and [`line`](super::line) writes by it.
//!
//! [`Dialect::BASENJI`] is safe: whatever the bytes of a call, the line is one message with the cleaned parts, or the call is refused. The
//! other dialects give the bytes of their peer: datadogpy 0.56, hot-shots 17.1, datadog-go 5.9. A line of theirs can be one that no server
//! accepts, as the peer's can. It is only ever one line: where a peer's bytes would tear a line apart, ours differ.
//!
//! | peer | case | the peer | the dialect |
//! | --- | --- | --- | --- |
//! | all | a newline in a name, value, host, key, source type, priority, alert type or origin field | two lines | `_` |
//! | hot-shots, datadog-go | a newline in an event's title | two lines | `\n`, escaped as in the text |
//! | hot-shots | a newline in a service check's message | two lines | `\n`, escaped |
//! | hot-shots | lengths of an event that is not ASCII | UTF-16 units, so the event is malformed | bytes |
//! | hot-shots | a timestamp below 0 | written, so the metric is refused | left out |
//! | datadogpy | a whole rate that is a float, other than 1.0 | `@2.0` | `@2`, as for a whole number |
//! | datadogpy | one empty tag of the client on a metric without tags of its own | no tags | `#` |
//! | datadogpy | text that is not UTF-8 | nothing is sent | sent, in a tag as `_` |
//! | datadogpy | a letter of a tag that is newer than Unicode 14 | kept by the Pythons that know it | `_` |
//! | datadog-go | an event or check of the second 0 | `d:0`, the time of receipt | left out, the same |
//! | datadog-go | a timing of 2^64 ms and more | all digits of the double | the digits that matter, then zeros |

use super::clean::{Rule, rule};
use super::report::Report;
use super::sampling::Rates;
use super::tags::{TagOrder, TagStyle};
use crate::wire::MetricKind;
use crate::wire::number::Style;

/// A field behind the head of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `@`: a metric's sample rate.
    Rate,
    /// `T`: a metric's timestamp.
    Timestamp,
    /// `d:`: the timestamp of an event or check.
    Date,
    /// `h:`
    Hostname,
    /// `k:`
    AggregationKey,
    /// `p:`
    Priority,
    /// `s:`
    SourceType,
    /// `t:`
    AlertType,
    /// `#`
    Tags,
    /// `m:`
    Message,
    /// `c:`
    LocalData,
    /// `e:`
    ExternalData,
    /// `card:`
    Cardinality,
}

/// What becomes of a timestamp that is not a whole number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seconds {
    /// It is written as it is.
    AsGiven,
    /// Its fraction is cut.
    Truncated,
    /// It is rounded to the nearest second, a half upwards.
    Rounded,
}

/// How one client writes its lines. A dialect of one's own is another with some members replaced.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Its name: `basenji`, or the client's.
    pub name: &'static str,
    /// Whether lines are kept from being refused by a server: what cannot be cleaned is refused here (an empty name, a value that is no
    /// number, NaN and the infinities), an unknown status is 3, a timestamp that is no number is left out.
    pub safe: bool,
    /// Whether a datagram ends in a newline.
    pub final_newline: bool,
    /// The style of values, rates and timestamps.
    pub numbers: Style,
    /// Whether timings that are doubles have six decimals.
    pub six_decimals: bool,
    /// Which rates mean sampling, and which are written.
    pub rates: Rates,
    /// The fields of a metric, in order.
    pub metric: &'static [Field],
    /// The fields of an event, in order.
    pub event: &'static [Field],
    /// The fields of a service check, in order.
    pub check: &'static [Field],
    /// The kinds of metrics that can carry a timestamp.
    pub timestamped: &'static [MetricKind],
    /// The seconds of a metric's timestamp.
    pub metric_seconds: Seconds,
    /// The seconds of an event's date.
    pub event_seconds: Seconds,
    /// The seconds of a check's date.
    pub check_seconds: Seconds,
    /// How tags are cleaned and put together.
    pub tags: TagStyle,
    /// What stands before the tags of metrics and events; it holds no newline.
    pub tag_prefix: &'static [u8],
    /// What stands between the tags of metrics and events; it holds no newline.
    pub tag_separator: &'static [u8],
    /// Whether a metric's tags are part of its name, `name,key=value`, as Telegraf reads them; then [`Field::Tags`] is no field of metrics.
    pub tags_in_name: bool,
    /// Whether prefix and suffix stand around an event's title.
    pub prefix_events: bool,
    /// Whether prefix and suffix stand around a check's name.
    pub prefix_checks: bool,
    /// The rule of prefix and suffix.
    pub affix: Rule,
    /// The rule of a metric's name.
    pub metric_name: Rule,
    /// The rule of a check's name.
    pub check_name: Rule,
    /// The rule of a value that is text.
    pub value: Rule,
    /// The rule of an event's title.
    pub title: Rule,
    /// The rule of an event's text.
    pub text: Rule,
    /// The rule of a check's message.
    pub message: Rule,
    /// The rule of all other fields.
    pub field: Rule,
    /// What the client tells of itself.
    pub report: Report,
}

/// [`Dialect::BASENJI`] as a type: a client of it is compiled without the code of the others, which is worth it in firmware.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ours;

impl AsRef<Dialect> for Ours {
    #[inline(always)]
    fn as_ref(&self) -> &Dialect {
        // One place for all, so that the compiler sees that they are the same.
        static OURS: Dialect = Dialect::BASENJI;
        &OURS
    }
}

impl AsRef<Dialect> for Dialect {
    #[inline(always)]
    fn as_ref(&self) -> &Dialect {
        self
    }
}

use Field::*;

impl Dialect {
    /// Ours: safe, the fewest digits, the tags of the call first, the prefix on metrics only.
    pub const BASENJI: Dialect = Dialect {
        name: "basenji",
        safe: true,
        final_newline: true,
        numbers: Style::Plain,
        six_decimals: false,
        rates: Rates::Proper,
        metric: &[Rate, Tags, LocalData, ExternalData, Cardinality, Timestamp],
        event: &[
            Date,
            Hostname,
            AggregationKey,
            Priority,
            SourceType,
            AlertType,
            Tags,
            LocalData,
            ExternalData,
            Cardinality,
        ],
        check: &[Date, Hostname, Tags, Message, LocalData, ExternalData, Cardinality],
        timestamped: &MetricKind::ALL,
        metric_seconds: Seconds::Truncated,
        event_seconds: Seconds::Truncated,
        check_seconds: Seconds::Truncated,
        tags: TagStyle {
            order: TagOrder::CallFirst,
            tag: rule::tag,
            value: None,
            joined: Some(rule::tags),
            skip_empty: true,
        },
        tag_prefix: b"#",
        tag_separator: b",",
        tags_in_name: false,
        prefix_events: false,
        prefix_checks: false,
        affix: rule::name,
        metric_name: rule::name,
        check_name: rule::field,
        value: rule::field,
        title: rule::line_ends,
        text: rule::line_ends,
        message: rule::message,
        field: rule::field,
        report: Report::DATADOG_GO,
    };

    /// A peer that changes nothing but what tears a line apart.
    const PEER: Dialect = Dialect {
        safe: false,
        affix: rule::line,
        metric_name: rule::line,
        check_name: rule::line,
        value: rule::line,
        title: rule::escaped,
        text: rule::escaped,
        message: rule::official_message,
        field: rule::line,
        ..Dialect::BASENJI
    };

    /// datadogpy: Python's numbers, tags reduced to `\w` and `-:/.`, timestamps of counts and gauges only, no `e:` on events and checks.
    pub const DATADOGPY: Dialect = Dialect {
        name: "datadogpy",
        numbers: Style::Python,
        rates: Rates::AllButOne,
        event: &[Date, Hostname, AggregationKey, Priority, SourceType, AlertType, Tags, LocalData, Cardinality],
        check: &[Date, Hostname, Tags, Message, LocalData, Cardinality],
        timestamped: &[MetricKind::Count, MetricKind::Gauge],
        metric_seconds: Seconds::AsGiven,
        check_seconds: Seconds::AsGiven,
        tags: TagStyle { tag: rule::python_tag, joined: None, skip_empty: false, ..Dialect::BASENJI.tags },
        report: Report::DATADOGPY,
        ..Dialect::PEER
    };

    /// hot-shots: JavaScript's numbers, tags with keys replaced and sorted to the front, prefix and suffix everywhere, no newline at a
    /// datagram's end.
    pub const HOT_SHOTS: Dialect = Dialect {
        name: "hot-shots",
        final_newline: false,
        numbers: Style::JavaScript,
        rates: Rates::UpToOne,
        metric: &[Rate, Timestamp, Tags, LocalData, ExternalData, Cardinality],
        check: &[Date, Hostname, Tags, LocalData, ExternalData, Cardinality, Message],
        metric_seconds: Seconds::Rounded,
        event_seconds: Seconds::Rounded,
        check_seconds: Seconds::Rounded,
        tags: TagStyle {
            order: TagOrder::CallReplaces,
            tag: rule::javascript_key,
            value: Some(rule::javascript_value),
            joined: None,
            skip_empty: false,
        },
        prefix_events: true,
        prefix_checks: true,
        metric_name: rule::name,
        message: rule::escaped,
        report: Report::HOT_SHOTS,
        ..Dialect::PEER
    };

    /// hot-shots for Telegraf: tags in the name, no timestamps, no origin. It has neither events nor checks, which is for the caller to refuse.
    pub const HOT_SHOTS_TELEGRAF: Dialect = Dialect {
        name: "hot-shots-telegraf",
        metric: &[Rate],
        tags: TagStyle { tag: rule::telegraf_key, value: Some(rule::telegraf_value), ..Dialect::HOT_SHOTS.tags },
        tags_in_name: true,
        ..Dialect::HOT_SHOTS
    };

    /// datadog-go: Go's numbers, timings with six decimals, the client's tags first, newlines left out of tags.
    pub const DATADOG_GO: Dialect = Dialect {
        name: "datadog-go",
        numbers: Style::Go,
        six_decimals: true,
        rates: Rates::BelowOne,
        metric: &[Rate, Tags, LocalData, ExternalData, Timestamp, Cardinality],
        tags: TagStyle {
            order: TagOrder::ClientFirst,
            tag: rule::go_tag,
            value: None,
            joined: None,
            skip_empty: false,
        },
        ..Dialect::PEER
    };

    /// This dialect, kept from writing what no server can read: values that are no number are refused, and in every text whatever would break
    /// its line or end its field is replaced. What is harmless stays as the peer writes it.
    ///
    /// # Example
    ///
    /// ```
    /// use basenji_core::client::{Dialect, MetricCall, Value, line};
    /// use basenji_core::wire::{MetricKind, Writer};
    ///
    /// let call = MetricCall::new(b"a|b", MetricKind::Count, Value::I64(1));
    /// let written = |dialect: &Dialect| {
    ///     let mut buffer = [0; 32];
    ///     let mut writer = Writer::new(&mut buffer);
    ///     line::metric(dialect, &Default::default(), &call, &mut writer).unwrap();
    ///     writer.written().to_vec()
    /// };
    /// assert_eq!(written(&Dialect::DATADOGPY), b"a|b:1|c\n");
    /// assert_eq!(written(&Dialect::DATADOGPY.made_safe()), b"a_b:1|c\n");
    /// ```
    #[must_use]
    pub fn made_safe(self) -> Dialect {
        let is_official = matches!(self.name, "datadogpy" | "datadog-go");
        let whole = |seconds| if matches!(seconds, Seconds::AsGiven) { Seconds::Truncated } else { seconds };
        let tag = if self.name == "datadog-go" { rule::go_strict_tag } else { self.tags.tag };
        Dialect {
            safe: true,
            affix: rule::name,
            metric_name: rule::name,
            check_name: rule::field,
            value: rule::field,
            title: rule::line_ends,
            text: rule::line_ends,
            message: if is_official { rule::official_strict_message } else { rule::message },
            field: rule::field,
            // In a name the first `:` stands before the value.
            tags: TagStyle { tag, value: if self.tags_in_name { Some(tag) } else { self.tags.value }, ..self.tags },
            metric_seconds: whole(self.metric_seconds),
            event_seconds: whole(self.event_seconds),
            check_seconds: whole(self.check_seconds),
            ..self
        }
    }

    /// Every dialect.
    pub const ALL: [&'static Dialect; 5] = [
        &Dialect::BASENJI,
        &Dialect::DATADOGPY,
        &Dialect::HOT_SHOTS,
        &Dialect::HOT_SHOTS_TELEGRAF,
        &Dialect::DATADOG_GO,
    ];
}
