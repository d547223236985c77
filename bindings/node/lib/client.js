'use strict';

// Our own client: aggregates, packs and sends in the background. Values are numbers, tags a list.

const check = require('./arguments');
const exit = require('./exit');
const { CounterHandle, GaugeHandle, SampleHandle } = require('./handles');
const { version } = require('./native');
const { CLIENT } = require('./options');
const Recorder = require('./recorder');
const { showAs } = require('./shown');
const { Vocabulary, isText } = require('./vocabulary');
const { text } = require('./words');

const NONE = [];

const withoutComma = (tag) => (tag.includes(',') ? tag.replace(/,/g, '_') : tag);

/** The tags joined by commas, of which a tag may have none; all else the addon cleans itself. */
function joined(tags) {
  let all = '';
  for (let i = 0; i < tags.length; i++) all = i === 0 ? withoutComma(tags[0]) : all + (',' + withoutComma(tags[i]));
  return all;
}

const spell = (name, tags) => [name, joined(tags)];

const listed = (tags) => (Array.isArray(tags) ? tags.map(text) : NONE);

const millis = check.between(0, 86_400_000);

class Client {
  #recorder;
  #words;
  #options;
  #untrack;

  /** @param {import('../types/client').ClientOptions} options */
  constructor(options) {
    const given = check.options(options, CLIENT);
    const { transport, ...rest } = given;
    this.#options = given;
    const face = { hotShots: false, version: version(), isHanded: transport !== undefined };
    try {
      this.#recorder = new Recorder(face, rest, transport);
    } catch (error) {
      throw Object.assign(error, { code: 'BASENJI_INVALID_ADDRESS' });
    }
    this.#words = new Vocabulary(this.#recorder, spell);
    this.#untrack = exit.track(this);
  }

  #call(kind, name, value, tags, options) {
    if (options !== undefined) {
      this.#callWith(kind, name, value, tags, options);
      return;
    }
    const known = typeof value === 'number' ? this.#words.find(kind, name, tags) : undefined;
    if (known !== undefined) this.#recorder.take(kind, known, value);
    else this.#byName(kind, name, value, tags);
  }

  /** A call for which no number was found, or whose arguments are not what they should be. */
  #byName(kind, name, value, tags) {
    if (typeof name === 'string' && typeof value === 'number' && isText(tags)) this.#words.callByName(kind, name, value, tags);
    else this.#words.call(kind, text(name), typeof value === 'number' ? value : text(value), listed(tags));
  }

  #callWith(kind, name, value, tags, options) {
    const { sampleRate, timestamp, cardinality } = options ?? NONE;
    this.#recorder.callWith(kind, text(name), listed(tags), typeof value === 'number' ? value : text(value), {
      sampleRate: typeof sampleRate === 'number' ? sampleRate : undefined,
      timestamp: secondsOf(timestamp),
      cardinality: typeof cardinality === 'string' ? cardinality : undefined,
    });
  }

  #count(name, value, tags, options) {
    const isPlain = options === undefined && typeof value === 'number' && value - value === 0;
    const series = isPlain ? this.#words.find('c', name, tags) : undefined;
    if (series === undefined) isPlain ? this.#byName('c', name, value, tags) : this.#call('c', name, value, tags, options);
    else if (series.isListed) this.#recorder.sums[series.number] += value;
    else this.#recorder.add(series, value);
  }

  increment(name, value = 1, tags = NONE, options = undefined) {
    this.#count(name, value, tags, options);
  }

  decrement(name, value = 1, tags = NONE, options = undefined) {
    this.#count(name, typeof value === 'number' ? -value : value, tags, options);
  }

  gauge(name, value, tags = NONE, options = undefined) {
    this.#call('g', name, value, tags, options);
  }

  histogram(name, value, tags = NONE, options = undefined) {
    this.#call('h', name, value, tags, options);
  }

  distribution(name, value, tags = NONE, options = undefined) {
    this.#call('d', name, value, tags, options);
  }

  timing(name, milliseconds, tags = NONE, options = undefined) {
    this.#call('ms', name, milliseconds, tags, options);
  }

  set(name, member, tags = NONE, options = undefined) {
    if (options === undefined) this.#words.call('s', text(name), text(member), listed(tags));
    else this.#callWith('s', name, text(member), tags, options);
  }

  event(title, body, options = undefined) {
    const { tags, timestamp, host, aggregationKey, priority, sourceType, alertType, cardinality } = options ?? NONE;
    this.#recorder.event(text(title), text(body ?? ''), listed(tags), {
      timestamp: secondsOf(timestamp),
      host: maybe(host),
      aggregationKey: maybe(aggregationKey),
      priority: maybe(priority),
      sourceType: maybe(sourceType),
      alertType: maybe(alertType),
      cardinality: maybe(cardinality),
    });
  }

  serviceCheck(name, status, options = undefined) {
    const { tags, timestamp, host, message, cardinality } = options ?? NONE;
    this.#recorder.check(text(name), typeof status === 'number' ? status : text(status), listed(tags), {
      timestamp: secondsOf(timestamp),
      host: maybe(host),
      message: maybe(message),
      cardinality: maybe(cardinality),
    });
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

  get stats() {
    return this.#recorder.stats;
  }

  troubles() {
    return this.#recorder.troubles();
  }

  flush(timeout = undefined, callback = undefined) {
    const [limit, done] = ending(timeout, callback);
    return told(this.#recorder.flush(limit), done);
  }

  close(timeout = undefined, callback = undefined) {
    const [limit, done] = ending(timeout, callback);
    this.#untrack();
    return told(this.#recorder.close(limit), done);
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close();
  }

  static {
    showAs(Client, (client) => ({ ...client.#options, isClosed: client.#recorder.isClosed }));
  }
}

const maybe = (value) => (value === undefined || value === null ? undefined : text(value));

/** Seconds since 1970 of a Date or a number of seconds. */
function secondsOf(timestamp) {
  if (timestamp instanceof Date) return timestamp.getTime() / 1000;
  return typeof timestamp === 'number' ? timestamp : undefined;
}

/** A time of the caller's in milliseconds, undefined for the default, and the callback, which may stand in its place as with the drop-in. */
function ending(timeout, callback) {
  if (typeof timeout === 'function') return [undefined, timeout];
  if (timeout !== undefined) millis('timeout', timeout);
  if (callback !== undefined) check.fn('callback', callback);
  return [timeout, callback];
}

/** Calls back too, with no error, and whether nothing is left. What a callback throws is nobody's promise. */
function told(promise, callback) {
  if (callback !== undefined) promise.then((isDone) => process.nextTick(callback, undefined, isDone));
  return promise;
}

module.exports = { Client };
