//! Events and service checks as series.

use basenji::core::aggregate::Members;
use basenji::core::wire::{AlertType, Event, MetricKind, OriginFields, ServiceCheck, Tags};
use basenji::server::{Point, Series};

/// What events are counted as.
const EVENTS: &[u8] = b"dogstatsd.events";

/// An event as a count of its kind.
pub(in crate::sink) fn event_series<'a>(event: &Event<'a>) -> Series<'a> {
    let tags: &[u8] = match event.alert_type {
        AlertType::Info => b"alert_type:info",
        AlertType::Success => b"alert_type:success",
        AlertType::Warning => b"alert_type:warning",
        AlertType::Error => b"alert_type:error",
    };
    let host = event.hostname.unwrap_or_default();
    series(EVENTS, host, Tags::Text(tags), MetricKind::Count, Point::Count(1.0))
}

/// A service check as its status, from 0 to 3.
pub(in crate::sink) fn check_series<'a>(check: &ServiceCheck<'a>, name: &'a [u8]) -> Series<'a> {
    let host = check.hostname.unwrap_or_default();
    series(name, host, check.tags, MetricKind::Gauge, Point::Gauge(f64::from(check.status as u8)))
}

fn series<'a>(name: &'a [u8], host: &'a [u8], tags: Tags<'a>, kind: MetricKind, point: Point<'a>) -> Series<'a> {
    Series {
        name,
        host,
        kind,
        tags,
        origin: OriginFields::NONE,
        timestamp: 0,
        interval: 1,
        members: Members::NONE,
        point,
    }
}
