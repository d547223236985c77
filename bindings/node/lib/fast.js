'use strict';

// `profile: 'fast'` of the drop-in: the same calls, aggregated and packed in the background.

const metrics = require('./metrics');
const Recorder = require('./recorder');
const { isSome, merge } = require('./tags');
const { cleanName } = require('./words');

const NONE = [];

/** Whether the options ask for it, and the transport can. */
function isWanted(client, options) {
  const profile = options.profile ?? process.env.BASENJI_PROFILE;
  return profile === 'fast' && !client.telegraf && !client.mock && (client.protocol === 'udp' || client.protocol === 'uds');
}

function address({ protocol, host, port, path }) {
  if (protocol === 'uds') return `unixgram://${path || '/var/run/datadog/dsd.socket'}`;
  return `udp://${host?.includes(':') ? `[${host}]` : host || 'localhost'}:${port}`;
}

/** A count by `sign`: the plainest calls take the short way, all others that of the peer. */
const count = (sign, general) =>
  function (stat, value, tags, ...rest) {
    const isPlain = typeof stat === 'string' && (typeof value === 'number' || value === undefined) && rest.length === 0;
    if (isPlain && (tags === undefined || isText(tags)) && !this.recorder.isClosed) {
      this.record('c', stat, value === undefined ? sign : sign * value, tags ?? NONE);
    } else {
      const values = [stat, value, tags, ...rest];
      general.apply(this, values.slice(0, arguments.length));
    }
  };

function isText(tags) {
  if (!Array.isArray(tags)) return false;
  for (let i = 0; i < tags.length; i++) if (typeof tags[i] !== 'string') return false;
  return true;
}

const METHODS = {
  increment: count(1, metrics.increment),
  decrement: count(-1, metrics.decrement),

  record(kind, name, value, tags) {
    const number = this.contexts.find(kind, name, tags, this.spelled);
    if (number === -1) this.contexts.call(kind, name, value, tags, this.spelled);
    else this.recorder.push(number, value);
  },

  /** Counts, gauges and sets are exact whatever the rate; timestamps, cardinalities and deltas go the peer's way. */
  sendStat(stat, value, type, sampleRate, tags, timestamp, cardinality, callback) {
    const isOdd = type !== 's' && typeof value !== 'number';
    const isSampled = type !== 'c' && type !== 'g' && type !== 's' && (sampleRate || this.sampleRate) < 1;
    if (isOdd || isSampled || timestamp !== undefined || cardinality !== undefined || this.recorder.isClosed) {
      metrics.sendStat.call(this, stat, value, type, sampleRate, tags, timestamp, cardinality, callback);
      return;
    }
    const list = isSome(tags) ? (isText(tags) ? tags : merge(NONE, tags, false)) : NONE;
    this.contexts.call(type, String(stat), value, list, this.spelled);
    callback?.();
  },
};

/** Gives a client the fast profile; a child shares its parent's recorder. */
function apply(client, options) {
  const inherited = options.recorder;
  if (!inherited && (options.isChild || !isWanted(client, options))) return;
  client.recorder =
    inherited ??
    new Recorder({
      address: address(client),
      environment: false,
      dialect: 'hot-shots',
      prefix: '',
      tags: [],
      flushInterval: client.bufferFlushInterval,
      telemetry: false,
      telemetryInterval: 10_000,
    });
  client.contexts = client.recorder.view();
  const { prefix, suffix } = client;
  client.spelled = (name, tags) => {
    const all = tags.length > 0 ? merge(client.globalTags, tags, false) : client.globalTags;
    return [prefix + cleanName(name) + suffix, all];
  };
  Object.assign(client, METHODS);
}

module.exports = { apply };
