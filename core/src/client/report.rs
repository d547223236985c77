//! The numbers of a client's report, and which of them a client library sends.

use super::counters::Counters;
use crate::wire::MetricKind;

/// One number of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// `metrics`
    Metrics,
    /// `metrics_by_type`, with the tag `metrics_type:`.
    MetricsByType(MetricKind),
    /// `events`
    Events,
    /// `service_checks`
    ServiceChecks,
    /// `metric_dropped_on_receive`
    MetricDroppedOnReceive,
    /// `packets_sent`
    PacketsSent,
    /// `packets_dropped`
    PacketsDropped,
    /// `packets_dropped_queue`
    PacketsDroppedQueue,
    /// `packets_dropped_writer`
    PacketsDroppedWriter,
    /// `bytes_sent`
    BytesSent,
    /// `bytes_dropped`
    BytesDropped,
    /// `bytes_dropped_queue`
    BytesDroppedQueue,
    /// `bytes_dropped_writer`
    BytesDroppedWriter,
    /// `aggregated_context`
    AggregatedContext,
    /// `aggregated_context_by_type`, with the tag `metrics_type:`.
    AggregatedContextByType(MetricKind),
}

use Statistic::*;

impl Statistic {
    /// The name of its metric.
    pub const fn name(self) -> &'static str {
        match self {
            Metrics => "datadog.dogstatsd.client.metrics",
            MetricsByType(_) => "datadog.dogstatsd.client.metrics_by_type",
            Events => "datadog.dogstatsd.client.events",
            ServiceChecks => "datadog.dogstatsd.client.service_checks",
            MetricDroppedOnReceive => "datadog.dogstatsd.client.metric_dropped_on_receive",
            PacketsSent => "datadog.dogstatsd.client.packets_sent",
            PacketsDropped => "datadog.dogstatsd.client.packets_dropped",
            PacketsDroppedQueue => "datadog.dogstatsd.client.packets_dropped_queue",
            PacketsDroppedWriter => "datadog.dogstatsd.client.packets_dropped_writer",
            BytesSent => "datadog.dogstatsd.client.bytes_sent",
            BytesDropped => "datadog.dogstatsd.client.bytes_dropped",
            BytesDroppedQueue => "datadog.dogstatsd.client.bytes_dropped_queue",
            BytesDroppedWriter => "datadog.dogstatsd.client.bytes_dropped_writer",
            AggregatedContext => "datadog.dogstatsd.client.aggregated_context",
            AggregatedContextByType(_) => "datadog.dogstatsd.client.aggregated_context_by_type",
        }
    }

    /// The number in `counters`.
    pub fn of(self, counters: &Counters) -> u64 {
        match self {
            Metrics => counters.metrics.total(),
            MetricsByType(kind) => counters.metrics.get(kind),
            Events => counters.events,
            ServiceChecks => counters.service_checks,
            MetricDroppedOnReceive => counters.dropped_on_receive,
            PacketsSent => counters.sent.packets,
            PacketsDropped => counters.dropped().packets,
            PacketsDroppedQueue => counters.dropped_queue.packets,
            PacketsDroppedWriter => counters.dropped_writer.packets,
            BytesSent => counters.sent.bytes,
            BytesDropped => counters.dropped().bytes,
            BytesDroppedQueue => counters.dropped_queue.bytes,
            BytesDroppedWriter => counters.dropped_writer.bytes,
            AggregatedContext => counters.aggregated_contexts.total(),
            AggregatedContextByType(kind) => counters.aggregated_contexts.get(kind),
        }
    }

    pub(super) const fn kind_tag(self) -> Option<&'static [u8]> {
        let (MetricsByType(kind) | AggregatedContextByType(kind)) = self else { return None };
        Some(match kind {
            MetricKind::Count => b"metrics_type:count",
            MetricKind::Gauge => b"metrics_type:gauge",
            MetricKind::Timing => b"metrics_type:timing",
            MetricKind::Histogram => b"metrics_type:histogram",
            MetricKind::Distribution => b"metrics_type:distribution",
            MetricKind::Set => b"metrics_type:set",
        })
    }
}

/// What a client's report holds.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// The numbers, in order.
    pub always: &'static [Statistic],
    /// More of them if the client aggregates.
    pub aggregated: &'static [Statistic],
    /// Whether numbers that are 0 are sent.
    pub zeros: bool,
    /// Whether the client's tags stand in the lines.
    pub client_tags: bool,
    /// Whether the client's `c:` and `card:` stand in the lines.
    pub origin: bool,
}

impl Report {
    /// datadog-go's, which is also ours.
    pub const DATADOG_GO: Report = Report {
        always: &[
            Metrics,
            MetricsByType(MetricKind::Gauge),
            MetricsByType(MetricKind::Count),
            MetricsByType(MetricKind::Histogram),
            MetricsByType(MetricKind::Distribution),
            MetricsByType(MetricKind::Set),
            MetricsByType(MetricKind::Timing),
            Events,
            ServiceChecks,
            MetricDroppedOnReceive,
            PacketsSent,
            PacketsDropped,
            PacketsDroppedQueue,
            PacketsDroppedWriter,
            BytesDropped,
            BytesSent,
            BytesDroppedQueue,
            BytesDroppedWriter,
        ],
        aggregated: &[
            AggregatedContext,
            AggregatedContextByType(MetricKind::Gauge),
            AggregatedContextByType(MetricKind::Set),
            AggregatedContextByType(MetricKind::Count),
            AggregatedContextByType(MetricKind::Histogram),
            AggregatedContextByType(MetricKind::Distribution),
            AggregatedContextByType(MetricKind::Timing),
        ],
        zeros: true,
        client_tags: true,
        origin: true,
    };

    /// datadogpy's.
    pub const DATADOGPY: Report = Report {
        always: &[
            Metrics,
            Events,
            ServiceChecks,
            BytesSent,
            BytesDropped,
            BytesDroppedQueue,
            BytesDroppedWriter,
            PacketsSent,
            PacketsDropped,
            PacketsDroppedQueue,
            PacketsDroppedWriter,
        ],
        aggregated: &[],
        zeros: true,
        client_tags: true,
        origin: false,
    };

    /// hot-shots'.
    pub const HOT_SHOTS: Report = Report {
        always: &[
            Metrics,
            MetricsByType(MetricKind::Count),
            MetricsByType(MetricKind::Gauge),
            MetricsByType(MetricKind::Timing),
            MetricsByType(MetricKind::Histogram),
            MetricsByType(MetricKind::Distribution),
            MetricsByType(MetricKind::Set),
            Events,
            ServiceChecks,
            BytesSent,
            BytesDropped,
            BytesDroppedWriter,
            PacketsSent,
            PacketsDropped,
            PacketsDroppedQueue,
            PacketsDroppedWriter,
        ],
        aggregated: &[],
        zeros: false,
        client_tags: false,
        origin: false,
    };

    /// The numbers of `counters` that are sent, in order.
    pub fn numbers(self, counters: &Counters, aggregates: bool) -> impl Iterator<Item = (Statistic, u64)> {
        let aggregated = if aggregates { self.aggregated } else { &[] };
        let numbers = self.always.iter().chain(aggregated).map(|&statistic| (statistic, statistic.of(counters)));
        numbers.filter(move |&(_, number)| self.zeros || number != 0)
    }
}
