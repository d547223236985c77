'use strict';

// Our own client: aggregates, packs and sends in the background. Values are numbers, tags a list.

const { CounterHandle, GaugeHandle, SampleHandle } = require('./handles');
const { version } = require('./native');
const Recorder = require('./recorder');
const { Vocabulary } = require('./vocabulary');
const { text } = require('./words');

const NONE = [];
/** The addon cleans name and tags itself. */
const asIs = (name, tags) => [name, tags];

const listed = (tags) => (Array.isArray(tags) ? tags.map(text) : NONE);

function invalid(what) {
  return Object.assign(new TypeError(`basenji: ${what}`), { code: 'BASENJI_INVALID_ARGUMENT' });
}

function checked({ url, prefix = '', tags = NONE, flushInterval = 2000, telemetry = true, telemetryInterval = 10_000 }) {
  if (url !== undefined && typeof url !== 'string') throw invalid('url is text');
  if (typeof prefix !== 'string') throw invalid('prefix is text');
  if (!Array.isArray(tags)) throw invalid('tags are a list of text');
  for (const [name, value] of [['flushInterval', flushInterval], ['telemetryInterval', telemetryInterval]]) {
    if (typeof value !== 'number' || !(value > 0)) throw invalid(`${name} is a number of milliseconds above 0`);
  }
  return {
    address: url,
    environment: true,
    dialect: 'basenji',
    prefix: prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`,
    tags: tags.map(text),
    flushInterval,
    telemetry: Boolean(telemetry),
    telemetryInterval,
    version: version(),
  };
}

class Client {
  #recorder;
  #words;

  /** @param {import('../types/client').OwnClientOptions} options */
  constructor(options) {
    const all = checked(options ?? {});
    try {
      this.#recorder = new Recorder(all);
    } catch (error) {
      throw Object.assign(error, { code: 'BASENJI_INVALID_ADDRESS' });
    }
    this.#words = new Vocabulary(this.#recorder, asIs);
  }

  #call(kind, name, value, tags) {
    const known = typeof value === 'number' ? this.#words.find(kind, name, tags) : undefined;
    if (known !== undefined) this.#recorder.take(kind, known, value);
    else this.#words.call(kind, text(name), typeof value === 'number' ? value : text(value), listed(tags));
  }

  #count(name, value, tags) {
    const series = typeof value === 'number' && value - value === 0 ? this.#words.find('c', name, tags) : undefined;
    if (series === undefined) this.#call('c', name, value, tags);
    else if (series.isListed) series.sum += value;
    else this.#recorder.add(series, value);
  }

  increment(name, value = 1, tags = NONE) {
    this.#count(name, value, tags);
  }

  decrement(name, value = 1, tags = NONE) {
    this.#count(name, typeof value === 'number' ? -value : value, tags);
  }

  gauge(name, value, tags = NONE) {
    this.#call('g', name, value, tags);
  }

  histogram(name, value, tags = NONE) {
    this.#call('h', name, value, tags);
  }

  distribution(name, value, tags = NONE) {
    this.#call('d', name, value, tags);
  }

  timing(name, millis, tags = NONE) {
    this.#call('ms', name, millis, tags);
  }

  set(name, member, tags = NONE) {
    this.#words.call('s', text(name), text(member), listed(tags));
  }

  counter(name, tags = NONE) {
    return new CounterHandle(this.#words, 'c', text(name), listed(tags));
  }

  gaugeHandle(name, tags = NONE) {
    return new GaugeHandle(this.#words, 'g', text(name), listed(tags));
  }

  histogramHandle(name, tags = NONE) {
    return new SampleHandle(this.#words, 'h', text(name), listed(tags));
  }

  distributionHandle(name, tags = NONE) {
    return new SampleHandle(this.#words, 'd', text(name), listed(tags));
  }

  timingHandle(name, tags = NONE) {
    return new SampleHandle(this.#words, 'ms', text(name), listed(tags));
  }

  flush() {
    return this.#recorder.flush();
  }

  close() {
    return this.#recorder.close();
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }
}

module.exports = { Client };
