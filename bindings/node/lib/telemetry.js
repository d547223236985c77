'use strict';

// The client's own counters: `datadog.dogstatsd.client.*`, counters that are not 0, every interval.

const debug = require('./debug');
const { guarded } = require('./report');

/** The version whose behaviour this is, which the Agent's dashboards show. */
const PEER_VERSION = '17.1.1';

const TYPES = { c: 'count', g: 'gauge', ms: 'timing', h: 'histogram', d: 'distribution', s: 'set' };

const NAMES = [
  ['metrics', 'metrics'],
  ['events', 'events'],
  ['serviceChecks', 'service_checks'],
  ['bytesSent', 'bytes_sent'],
  ['bytesDropped', 'bytes_dropped'],
  ['bytesDroppedWriter', 'bytes_dropped_writer'],
  ['packetsSent', 'packets_sent'],
  ['packetsDropped', 'packets_dropped'],
  ['packetsDroppedQueue', 'packets_dropped_queue'],
  ['packetsDroppedWriter', 'packets_dropped_writer'],
];

class Telemetry {
  constructor(client, flushInterval) {
    this.client = client;
    this.flushInterval = flushInterval;
    this.telemetryTags = ['client:nodejs', `client_version:${PEER_VERSION}`, `client_transport:${client.protocol}`];
    this.resetCounters();
  }

  resetCounters() {
    for (const [counter] of NAMES) this[counter] = 0;
    this.metricsByType = Object.fromEntries(Object.values(TYPES).map((type) => [type, 0]));
  }

  start() {
    const flush = () => guarded(this.client, 'telemetry flush interval', () => this.flush());
    this.intervalHandle = setInterval(flush, this.flushInterval).unref();
  }

  stop() {
    clearInterval(this.intervalHandle);
  }

  recordMetric(type) {
    this.metrics++;
    if (Object.hasOwn(TYPES, type)) this.metricsByType[TYPES[type]]++;
  }

  recordEvent() {
    this.events++;
  }

  recordServiceCheck() {
    this.serviceChecks++;
  }

  recordBytesSent(bytes) {
    this.bytesSent += bytes;
    this.packetsSent++;
  }

  recordBytesDroppedWriter(bytes) {
    this.bytesDropped += bytes;
    this.bytesDroppedWriter += bytes;
    this.packetsDropped++;
    this.packetsDroppedWriter++;
  }

  formatMetric(name, value, extra = []) {
    const { tagPrefix, tagSeparator } = this.client;
    return `datadog.dogstatsd.client.${name}:${value}|c|${tagPrefix}${[...this.telemetryTags, ...extra].join(tagSeparator)}`;
  }

  flush(callback) {
    const lines = [];
    for (const [counter, name] of NAMES) {
      if (this[counter] > 0) lines.push(this.formatMetric(name, this[counter]));
      if (counter !== 'metrics') continue;
      for (const [type, count] of Object.entries(this.metricsByType)) {
        if (count > 0) lines.push(this.formatMetric('metrics_by_type', count, [`metrics_type:${type}`]));
      }
    }
    this.resetCounters();
    debug?.('hot-shots telemetry: flushing %d telemetry metrics', lines.length);
    if (lines.length === 0) return callback?.();
    this.client.sendMessage(lines.join('\n'), callback, true);
  }
}

Telemetry.PEER_VERSION = PEER_VERSION;

module.exports = Telemetry;
