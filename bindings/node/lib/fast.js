'use strict';

// `profile: 'fast'` of the drop-in: the same calls, aggregated and packed in the background.

const metrics = require('./metrics');
const Recorder = require('./recorder');
const { isSome, merge } = require('./tags');
const { PEER_VERSION } = require('./telemetry');
const { Vocabulary, isText } = require('./vocabulary');
const { cleanName, text } = require('./words');

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
        if (series.isListed) series.sum += sign * by;
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

/** Counts, gauges and sets are exact whatever the rate; timestamps, cardinalities and deltas go the peer's way. */
function sendStat(stat, value, type, sampleRate, tags, timestamp, cardinality, callback) {
  const isOdd = type !== 's' && typeof value !== 'number';
  const isSampled = type !== 'c' && type !== 'g' && type !== 's' && (sampleRate || this.sampleRate) < 1;
  if (isOdd || isSampled || timestamp !== undefined || cardinality !== undefined || this.recorder.isClosed) {
    metrics.sendStat.call(this, stat, value, type, sampleRate, tags, timestamp, cardinality, callback);
    return;
  }
  const list = isSome(tags) ? (isText(tags) ? tags : merge(NONE, tags, false)) : NONE;
  this.words.call(type, text(stat), value, list);
  callback?.();
}

function start(client) {
  return new Recorder({
    address: address(client),
    environment: false,
    dialect: 'hot-shots',
    prefix: '',
    tags: [],
    containerId: client.containerID,
    externalData: client.externalData,
    cardinality: client.cardinality,
    flushInterval: client.bufferFlushInterval,
    telemetry: client.includeDatadogTelemetry,
    telemetryInterval: client.telemetryFlushInterval ?? 10_000,
    version: PEER_VERSION,
  });
}

/** Gives a client the fast profile; a child shares its parent's recorder, unless its messages differ in more than names and tags. */
function apply(client, options) {
  const { recorder } = options;
  if (!recorder && (options.isChild || !isPossible(client))) return;
  client.recorder = recorder ?? start(client);
  if (client.cardinality !== client.recorder.cardinality) return;
  const { prefix, suffix } = client;
  client.words = new Vocabulary(client.recorder, (name, tags) => {
    const all = tags.length > 0 ? merge(client.globalTags, tags, false) : client.globalTags;
    return [prefix + cleanName(name) + suffix, all];
  });
  // One by one: an object that is assigned to at large is slower in all that it does.
  client.increment = increment;
  client.decrement = decrement;
  client.sendStat = sendStat;
}

module.exports = { apply };
