//! Messages and series as text, bit by bit: the same on the device, and in the test that compares its output with what a large machine makes.

use core::fmt::{Result, Write};

use basenji_core::Time;
use basenji_core::aggregate::{Aggregator, Point, Series, Settings, Source, StaticStorage};
use basenji_core::wire::number::{NumberBuffer, Style, format};
use basenji_core::wire::{Message, Messages, OriginFields, Tags};

/// When everything is received.
const NOW: Time = Time::from_secs(1_000_000_000);

/// What a record of the table says of its datagram.
pub const EOL_REQUIRED: u8 = 1;
/// The receive buffer cut it.
pub const TRUNCATED: u8 = 2;

/// A receiver that tells what it understands.
pub struct Receiver {
    aggregator: Aggregator<StaticStorage<2048, 131_072, 16_384>>,
}

impl Receiver {
    /// One that has received nothing.
    pub fn new() -> Self {
        Receiver { aggregator: Aggregator::new(StaticStorage::new(), Settings::new()) }
    }

    /// Shows each message of a datagram, and takes in the metrics.
    pub fn datagram(&mut self, flags: u8, datagram: &[u8], out: &mut impl Write) -> Result {
        let messages = Messages::new(datagram).require_eol(flags & EOL_REQUIRED != 0);
        for message in messages.truncated(flags & TRUNCATED != 0) {
            match message {
                Ok(message) => self.message(&message, out)?,
                Err(error) => write!(out, "error {} {}", error.kind.name(), error.offset)?,
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Shows all series, and forgets their values.
    pub fn flush(&mut self, out: &mut impl Write) -> Result {
        self.aggregator.flush_all(NOW).try_for_each(|series| show_series(&series, out))?;
        let stats = self.aggregator.stats();
        writeln!(out, "{} contexts, {} bytes, {} refused", stats.contexts, stats.bytes, stats.refused_contexts)
    }

    fn message(&mut self, message: &Message<'_>, out: &mut impl Write) -> Result {
        match message {
            Message::Metric(metric) => {
                write!(out, "metric {} {}", metric.name.escape_ascii(), metric.kind.code())?;
                metric.values.iter().try_for_each(|value| show_number(value, out))?;
                let member = metric.values.member().unwrap_or_default().escape_ascii();
                write!(out, " {member} @{:x} T{:?}", metric.sample_rate.to_bits(), metric.timestamp)?;
                show_shared(metric.tags, metric.origin, out)?;
                match self.aggregator.record(metric, &Source::default(), NOW) {
                    Ok(()) => Ok(()),
                    Err(full) => write!(out, " {full}"),
                }
            }
            Message::Event(event) => {
                write!(out, "event ")?;
                let texts = [event.title, event.text];
                texts
                    .into_iter()
                    .flat_map(|text| text.chunks())
                    .try_for_each(|text| write!(out, "{} ", text.escape_ascii()))?;
                write!(out, "{:?} {} {}", event.timestamp, event.priority.name(), event.alert_type.name())?;
                for field in [event.hostname, event.aggregation_key, event.source_type] {
                    write!(out, " {}", field.unwrap_or_default().escape_ascii())?;
                }
                show_shared(event.tags, event.origin, out)
            }
            Message::ServiceCheck(check) => {
                write!(out, "check {} {} {:?}", check.name.escape_ascii(), check.status.name(), check.timestamp)?;
                for field in [check.hostname, check.message] {
                    write!(out, " {}", field.unwrap_or_default().escape_ascii())?;
                }
                show_shared(check.tags, check.origin, out)
            }
        }
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Receiver::new()
    }
}

/// The bits of a number, and its text in every style.
fn show_number(value: f64, out: &mut impl Write) -> Result {
    write!(out, " {:x}", value.to_bits())?;
    [Style::Plain, Style::Python, Style::JavaScript, Style::Go].into_iter().try_for_each(|style| {
        let mut buffer = NumberBuffer::new();
        write!(out, " {}", format(value, style, &mut buffer).escape_ascii())
    })
}

fn show_shared(tags: Tags<'_>, origin: OriginFields<'_>, out: &mut impl Write) -> Result {
    tags.iter().try_for_each(|tag| write!(out, " #{}", tag.escape_ascii()))?;
    for field in [origin.local_data, origin.external_data, origin.cardinality] {
        write!(out, " {}", field.unwrap_or(b"-").escape_ascii())?;
    }
    Ok(())
}

fn show_series(series: &Series<'_>, out: &mut impl Write) -> Result {
    let (name, host) = (series.name.escape_ascii(), series.host.escape_ascii());
    write!(out, "series {name} {host} {} {}", series.kind.code(), series.timestamp)?;
    show_shared(series.tags, series.origin, out)?;
    match series.point {
        Point::Count(value) | Point::Gauge(value) => write!(out, " {:x}", value.to_bits())?,
        Point::Set(members) => write!(out, " {members}")?,
        Point::Histogram(histogram) => {
            histogram
                .aggregates()
                .try_for_each(|(aggregate, value)| write!(out, " {aggregate}={:x}", value.to_bits()))?;
        }
        Point::Distribution(sketch) => {
            let summary = sketch.summary();
            write!(out, " {} {:x} {:x}", summary.count, summary.sum.to_bits(), summary.avg.to_bits())?;
            sketch.keys().zip(sketch.counts()).try_for_each(|(key, count)| write!(out, " {key}:{count}"))?;
        }
        Point::Samples(_) | Point::Member(_) => {}
    }
    writeln!(out)
}
