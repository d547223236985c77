'use strict';

const native = require('./native');
const check = require('./arguments');
const { encoded } = require('./fields');
const { AGGREGATOR } = require('./options');
const { deal } = require('./parse');
const { showAs } = require('./shown');
const { wrapSeries } = require('./sketch');

const TYPES = ['c', 'g', 'ms', 'h', 'd', 's'];

class Aggregator {
  #native;
  #settings;

  constructor(options) {
    const series = check.options(options, AGGREGATOR);
    this.#native = new native.NativeAggregator(series);
    this.#settings = JSON.stringify({ ...series, tags: undefined, contexts: undefined });
  }

  record(input, options) {
    const { now = Date.now(), onError } = check.options(options, { now: check.time, onError: check.fn });
    if (typeof input === 'object' && input !== null && input.kind === 'metric') return this.#metric(input, now);
    return deal(encoded(this.#native.record(check.bytes(input), now)), onError);
  }

  #metric(metric, now) {
    const { name, type, values, sampleRate = 1, tags: own = [], timestamp = null } = metric;
    check.string('metric.name', name);
    if (name === '') throw check.outOfRange('metric.name', 'at least one character', name);
    if (!TYPES.includes(type)) throw check.outOfRange('metric.type', `one of ${TYPES.join(', ')}`, type);
    const member = type === 's';
    if (!Array.isArray(values) || values.length === 0 || (member && values.length > 1)) {
      throw check.wrongType('metric.values', member ? 'an array of one string' : 'an array of numbers', values);
    }
    values.forEach((value, at) => (member ? check.string : check.number)(`metric.values[${at}]`, value));
    check.number('metric.sampleRate', sampleRate);
    check.strings('metric.tags', own);
    if (timestamp !== null) check.integer(1, Number.MAX_SAFE_INTEGER)('metric.timestamp', timestamp);
    this.#native.recordMetric(
      { name, type, numbers: member ? [] : values, member: member ? values[0] : undefined, sampleRate, tags: own, timestamp: timestamp ?? undefined },
      now,
    );
    return [];
  }

  flush(now = Date.now()) {
    check.time('now', now);
    return wrapSeries(this.#native.flush(now, false));
  }

  flushAll(now = Date.now()) {
    check.time('now', now);
    return wrapSeries(this.#native.flush(now, true));
  }

  nextFlushAt(now = Date.now()) {
    check.time('now', now);
    return this.#native.nextFlushAt(now);
  }

  merge(other) {
    if (!(other instanceof Aggregator)) throw check.wrongType('other', 'an Aggregator', other);
    if (other === this) throw check.wrongType('other', 'another Aggregator', other);
    if (other.#settings !== this.#settings) {
      throw check.fail(TypeError, 'ERR_INVALID_ARG_VALUE', 'aggregators to be merged must have equal options');
    }
    this.#native.merge(other.#native);
    return this;
  }

  get stats() {
    return this.#native.stats();
  }
}

showAs(Aggregator, (aggregator) => aggregator.stats);

module.exports = { Aggregator };
