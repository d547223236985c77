'use strict';

// The calls for metrics. Each takes one name or several, then a value, then `sampleRate, tags, callback` of which any may be left out, or one object
// of options.

const { named } = require('./call');
const debug = require('./debug');
const exit = require('./exit');
const words = require('./words');

const { cleanName, seconds } = words;

/** The value of a line. What is no number must not begin a second line. */
const text = (value) => (typeof value === 'number' ? String(value) : words.oneLine(words.text(value)));

/** Calls back once, when all of several names were sent or one failed. */
function gather(client, count, callback) {
  let [sent, bytes, isDone] = [0, 0, false];
  return (error, size) => {
    sent++;
    if (isDone) return;
    if (error) {
      isDone = Boolean(callback || client.errorHandler);
      (callback || client.errorHandler)?.(error);
      return;
    }
    bytes += size || 0;
    if (sent === count) callback?.(null, bytes);
  };
}

function sendAll(stat, value, type, sampleRate, tags, callback) {
  const call = named(sampleRate, tags, callback);
  if (!Array.isArray(stat)) {
    this.sendStat(stat, value, type, call.sampleRate, call.tags, call.timestamp, call.cardinality, call.callback);
    return;
  }
  const send = (name, done) => this.sendStat(name, value, type, call.sampleRate, call.tags, call.timestamp, call.cardinality, done);
  const each = gather(this, stat.length, call.callback);
  for (const name of stat) send(name, each);
}

/** Whether client-side aggregation takes this call. */
function isAggregated(client, type, value, sampleRate, timestamp) {
  if (!client.aggregator || client.aggregator.closed || exit.state.hasBegun || timestamp !== undefined || sampleRate < 1) return false;
  return type === 's' || ((type === 'c' || type === 'g') && typeof value === 'number' && !Number.isNaN(value));
}

/** The name as it stands on the wire. */
function nameOf(client, stat) {
  const known = client.names.get(stat);
  if (known !== undefined && known.prefix === client.prefix && known.suffix === client.suffix) return known.name;
  const { prefix, suffix } = client;
  const name = prefix + cleanName(stat) + suffix;
  if (typeof stat === 'string') client.names.offer(stat, { prefix, suffix, name });
  return name;
}

function sendStat(stat, value, type, sampleRate, tags, timestamp, cardinality, callback) {
  this.telemetry?.recordMetric(type);
  const name = nameOf(this, stat);
  // A rate of 0 and NaN name none; only a rate of the call itself keeps it from being aggregated.
  if (isAggregated(this, type, value, sampleRate || 1, timestamp)) {
    if (this.aggregator.record(this, name, value, type, tags, cardinality)) {
      debug?.('hot-shots sendStat: aggregating - stat=%s, type=%s', name, type);
      return callback?.();
    }
  }
  let message = name + (':' + text(value) + '|' + type);
  const rate = sampleRate || this.sampleRate;
  if (rate < 1) {
    if (!(Math.random() < rate)) {
      debug?.('hot-shots sendStat: sampled out - stat=%s, type=%s, sampleRate=%s', name, type, rate);
      return callback?.();
    }
    message += `|@${rate}`;
  }
  if (timestamp !== undefined && !this.telegraf) {
    const at = seconds(timestamp);
    if (at) message += `|T${at}`;
  }
  if (type === 'g' && this.aggregator && !this.aggregator.closed) {
    this.aggregator.flushContext(this, name, type, tags, cardinality);
  }
  debug?.('hot-shots sendStat: sending message=%s, tags=%j', message, tags);
  this.send(message, tags, cardinality, callback);
}

/** What `calculate` makes of a value, NaN where there is no calculating with it. */
function number(calculate) {
  try {
    return calculate();
  } catch {
    return NaN;
  }
}

/** A count by `sign`; the value may be left out before tags or a callback. */
const count = (sign) =>
  function (stat, value, sampleRate, tags, callback) {
    const isLeftOut = arguments.length < 3 || (typeof sampleRate === 'function' && tags === undefined);
    if (typeof value !== 'number' && isLeftOut) {
      [callback, tags, sampleRate, value] = [sampleRate, value, undefined, undefined];
    }
    const by = value ?? 1;
    this.sendAll(stat, sign < 0 ? number(() => -by) : by, 'c', sampleRate, tags, callback);
  };

const metric = (type) =>
  function (stat, value, sampleRate, tags, callback) {
    this.sendAll(stat, value, type, sampleRate, tags, callback);
  };

const set = metric('s');

module.exports = {
  sendAll,
  sendStat,
  text,
  increment: count(1),
  decrement: count(-1),
  gauge: metric('g'),
  gaugeDelta(stat, value, sampleRate, tags, callback) {
    const isUp = number(() => value >= 0) === true;
    const size = typeof value === 'bigint' ? (isUp ? value : -value) : number(() => Math.abs(value));
    this.sendAll(stat, `${isUp ? '+' : '-'}${size}`, 'g', sampleRate, tags, callback);
  },
  histogram: metric('h'),
  distribution: metric('d'),
  set,
  unique: set,
  timing(stat, time, sampleRate, tags, callback) {
    this.sendAll(stat, time instanceof Date ? new Date() - time : time, 'ms', sampleRate, tags, callback);
  },
};
