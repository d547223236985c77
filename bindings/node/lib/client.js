'use strict';

// Our own client: aggregates, packs and sends in the background. Values are numbers, tags a list.

const { CounterHandle, GaugeHandle, SampleHandle } = require('./handles');
const Recorder = require('./recorder');

const NONE = [];
/** The addon cleans name and tags itself. */
const asIs = (name, tags) => [name, tags];

function invalid(what) {
  return Object.assign(new TypeError(`basenji: ${what}`), { code: 'BASENJI_INVALID_ARGUMENT' });
}

class Client {
  #recorder;

  /** @param {import('../types/client').OwnClientOptions} options */
  constructor(options = {}) {
    const { url, prefix = '', tags = NONE, flushInterval = 2000, telemetry = true, telemetryInterval = 10_000 } = options;
    if (!Array.isArray(tags)) throw invalid('tags are a list of text');
    try {
      this.#recorder = new Recorder({
        address: url,
        environment: true,
        dialect: 'basenji',
        prefix: prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`,
        tags: tags.map(String),
        flushInterval,
        telemetry,
        telemetryInterval,
      });
    } catch (error) {
      throw Object.assign(error, { code: 'BASENJI_INVALID_ADDRESS' });
    }
  }

  #call(kind, name, value, tags) {
    if (!this.#recorder.isClosed) this.#recorder.call(kind, String(name), value, Array.isArray(tags) ? tags.map(String) : NONE, asIs);
  }

  #fast(kind, name, value, tags) {
    const recorder = this.#recorder;
    if (recorder.isClosed) return;
    const number = typeof value === 'number' ? recorder.find(kind, name, tags, asIs) : -1;
    if (number === -1) this.#call(kind, name, value, tags);
    else recorder.push(number, value);
  }

  increment(name, value = 1, tags = NONE) {
    this.#fast('c', name, value, tags);
  }

  decrement(name, value = 1, tags = NONE) {
    this.#fast('c', name, -value, tags);
  }

  gauge(name, value, tags = NONE) {
    this.#fast('g', name, value, tags);
  }

  histogram(name, value, tags = NONE) {
    this.#fast('h', name, value, tags);
  }

  distribution(name, value, tags = NONE) {
    this.#fast('d', name, value, tags);
  }

  timing(name, millis, tags = NONE) {
    this.#fast('ms', name, millis, tags);
  }

  set(name, member, tags = NONE) {
    this.#call('s', name, member, tags);
  }

  counter(name, tags = NONE) {
    return new CounterHandle(this.#recorder, 'c', String(name), tags.map(String), asIs);
  }

  gaugeHandle(name, tags = NONE) {
    return new GaugeHandle(this.#recorder, 'g', String(name), tags.map(String), asIs);
  }

  histogramHandle(name, tags = NONE) {
    return new SampleHandle(this.#recorder, 'h', String(name), tags.map(String), asIs);
  }

  distributionHandle(name, tags = NONE) {
    return new SampleHandle(this.#recorder, 'd', String(name), tags.map(String), asIs);
  }

  timingHandle(name, tags = NONE) {
    return new SampleHandle(this.#recorder, 'ms', String(name), tags.map(String), asIs);
  }

  flush() {
    return this.#recorder.flush();
  }

  close() {
    return this.#recorder.close();
  }

  [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    return this.close();
  }
}

module.exports = { Client };
