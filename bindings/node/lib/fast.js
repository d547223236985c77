'use strict';

// `profile: 'fast'` of the drop-in: the same calls, aggregated and packed in the background. All lines come from the core, in hot-shots' form, but what no
// server could read is cleaned or refused.

const metrics = require('./metrics');
const Recorder = require('./recorder');
const messages = require('./messages');
const { Own, isSome, merge } = require('./tags');
const { PEER_VERSION } = require('./telemetry');
const { Vocabulary, isText } = require('./vocabulary');
const { cardinality: validated, cleanName, seconds, text } = require('./words');

const NONE = [];

/** Whether the transport and the form of a line can. */
function isPossible(client) {
  if (client.telegraf || client.mock) return false;
  return (client.protocol === 'udp' || client.protocol === 'uds') && client.tagPrefix === '#' && client.tagSeparator === ',';
}

function address({ protocol, host, port, path }) {
  if (protocol === 'uds') return `unixgram://${path || '/var/run/datadog/dsd.socket'}`;
  return `udp://${host?.includes(':') ? `[${host}]` : host || 'localhost'}:${port}`;
}

/** A count by `sign`: the plainest calls take the short way, all others that of the peer. */
const count = (sign, general) =>
  function (stat, value, tags) {
    const by = value === undefined ? 1 : value;
    if (arguments.length <= 3 && typeof by === 'number' && by - by === 0) {
      const series = this.words.find('c', stat, tags === undefined ? NONE : tags);
      if (series !== undefined) {
        if (series.isListed) this.recorder.sums[series.number] += sign * by;
        else this.recorder.add(series, sign * by);
        return;
      }
      if (typeof stat === 'string' && tags !== undefined && isText(tags) && !this.recorder.isClosed) {
        this.words.callByName('c', stat, sign * by, tags);
        return;
      }
    }
    general.apply(this, arguments);
  };

const increment = count(1, metrics.increment);
const decrement = count(-1, metrics.decrement);

/** Tags of a call as a list of clean text, the client's with them. */
const allTags = (client, tags) => (isSome(tags) ? merge(client.globalTags, tags, false) : client.globalTags);

/** A gauge's change, which is sent as it is: added up with its values it would be one of them. */
const CHANGE = /^[+-][\d.]+(e[+-]?\d+)?$/;

/** Counts, gauges and sets are exact whatever the rate; after the end a call fails as the peer's does. */
function sendStat(stat, value, type, sampleRate, tags, timestamp, cardinality, callback) {
  const { recorder } = this;
  const isChange = type === 'g' && typeof value === 'string' && CHANGE.test(value);
  if (recorder.isClosed || isChange) {
    metrics.sendStat.call(this, stat, value, type, sampleRate, tags, timestamp, cardinality, callback);
    return;
  }
  const rate = sampleRate || this.sampleRate;
  const isSampled = rate < 1 && type !== 'c' && type !== 'g' && type !== 's';
  const given = typeof value === 'number' && type !== 's' ? value : text(value);
  if (isSampled || timestamp !== undefined || cardinality !== undefined) {
    const name = this.prefix + cleanName(stat) + this.suffix;
    recorder.callWith(type, name, allTags(this, tags), given, {
      sampleRate: isSampled ? rate : undefined,
      timestamp: seconds(timestamp) || undefined,
      cardinality: validated(cardinality),
    });
  } else {
    const list = isSome(tags) ? (isText(tags) ? tags : merge(NONE, tags, false)) : NONE;
    this.words.call(type, text(stat), given, list);
  }
  callback?.();
}

const told = (value) => (value ? text(value) : undefined);

function event(title, body, options, tags, callback) {
  if (this.recorder.isClosed) {
    messages.event.call(this, title, body, options, tags, callback);
    return;
  }
  const plain = text(title || '');
  this.recorder.event(this.prefix + plain + this.suffix, text(body || plain), allTags(this, tags), {
    timestamp: seconds(options?.date_happened) || undefined,
    host: told(options?.hostname),
    aggregationKey: told(options?.aggregation_key),
    priority: told(options?.priority),
    sourceType: told(options?.source_type_name),
    alertType: told(options?.alert_type),
    cardinality: validated(options?.cardinality),
  });
  messages.last(tags, callback)?.();
}

function check(name, status, options, tags, callback) {
  if (this.recorder.isClosed) {
    messages.check.call(this, name, status, options, tags, callback);
    return;
  }
  this.recorder.check(this.prefix + text(name) + this.suffix, typeof status === 'number' ? status : text(status ?? ''), allTags(this, tags), {
    timestamp: seconds(options?.date_happened) || undefined,
    host: told(options?.hostname),
    message: told(options?.message),
    cardinality: validated(options?.cardinality),
  });
  messages.last(tags, callback)?.();
}

/** Milliseconds as the library takes them: from one to a day. */
const span = (millis) => (millis >= 1 ? Math.min(millis, 86_400_000) : 1);

function start(client) {
  const face = { hotShots: true, externalData: client.externalData, version: PEER_VERSION, isHanded: false };
  return new Recorder(face, {
    address: address(client),
    containerId: client.containerID,
    cardinality: validated(client.cardinality),
    flushInterval: span(client.bufferFlushInterval),
    telemetry: client.includeDatadogTelemetry,
    telemetryInterval: span(client.telemetryFlushInterval ?? 10_000),
  });
}

/** Gives a client the fast profile; a child shares its parent's recorder, unless its messages differ in more than names and tags. */
function apply(client, options) {
  const { recorder } = options;
  if (!recorder && (options.isChild || !isPossible(client))) return;
  client.recorder = recorder ?? start(client);
  if (client.cardinality !== client.recorder.cardinality) return;
  const { prefix, suffix } = client;
  const own = new Own(client.globalTags, '', ',');
  const global = own.with(NONE);
  client.words = new Vocabulary(client.recorder, (name, tags) => [
    prefix + cleanName(name) + suffix,
    tags.length > 0 ? own.with(tags) : global,
  ]);
  // One by one: an object that is assigned to at large is slower in all that it does.
  client.increment = increment;
  client.decrement = decrement;
  client.sendStat = sendStat;
  client.event = event;
  client.check = check;
}

module.exports = { apply };
