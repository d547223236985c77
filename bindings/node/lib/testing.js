'use strict';

// A server for tests that keeps each message as it was sent, and says what it has received when something is missing.
// It throws node:assert's AssertionError, which every test runner shows.

const { AssertionError } = require('assert');
const { isDeepStrictEqual } = require('util');
const check = require('./arguments');
const { Server } = require('./server');

/** Messages kept; the oldest go first. */
const KEPT = 100000;

/** Messages shown in a failure. */
const SHOWN = 20;

const EXPECT = {
  tags: check.strings,
  type: check.string,
  timeout: check.integer(0, 0x7fffffff),
};

class Received {
  #server;
  #messages = [];
  #bad = [];
  #changed = new Set();

  constructor(options) {
    this.#server = new Server({ port: 0, telemetry: false, ...options, messages: true });
    this.#server.unref();
    this.#server.on('message', (message) => this.#add(this.#messages, message));
    this.#server.on('badLine', (error) => this.#add(this.#bad, error));
  }

  #add(list, item) {
    if (list.push(item) > KEPT) list.shift();
    for (const look of this.#changed) look();
  }

  get server() {
    return this.#server;
  }

  get port() {
    return this.#server.port;
  }

  get messages() {
    return [...this.#messages];
  }

  get errors() {
    return [...this.#bad];
  }

  clear() {
    this.#messages = [];
    this.#bad = [];
  }

  async close() {
    await this.#server.close();
  }

  /** Waits until `look` is true; false after `timeout` milliseconds without. */
  #until(look, timeout) {
    return new Promise((resolve) => {
      const end = (found) => {
        clearTimeout(timer);
        this.#changed.delete(again);
        resolve(found);
      };
      const again = () => look() && end(true);
      const timer = setTimeout(end, timeout, false);
      this.#changed.add(again);
      again();
    });
  }

  async assertSent(name, ...rest) {
    check.string('name', name);
    const hasValue = rest.length > 0 && !isOptions(rest[0]);
    const value = hasValue ? rest[0] : undefined;
    const options = check.options(hasValue ? rest[1] : rest[0], EXPECT);
    const ours = () => this.#messages.filter((message) => isMetric(message, name, options));
    const found = () => (value === undefined ? ours().length > 0 : values(ours()).some((each) => same(each, value)));
    if (await this.#until(found, options.timeout ?? 2000)) return;
    const wanted = sentence(name, value, options);
    const got = values(ours());
    const instead = got.length === 0 ? '' : `; ${name} came to ${got.map(check.shown).join(' or ')}`;
    throw this.#failure('assertSent', `${wanted} was not sent${instead}`, got.length === 1 ? got[0] : got, value);
  }

  async assertNotSent(name, options) {
    check.string('name', name);
    const expected = check.options(options, { tags: check.strings, type: check.string });
    await this.#settle();
    if (!this.#messages.some((message) => isMetric(message, name, expected))) return;
    throw this.#failure('assertNotSent', `${sentence(name, undefined, expected)} was sent`);
  }

  async assertEvent(title, options) {
    check.string('title', title);
    const { timeout = 2000, ...fields } = options ?? {};
    const found = () => this.#messages.some((message) => message.kind === 'event' && message.title === title && agrees(message, fields));
    if (await this.#until(found, timeout)) return;
    throw this.#failure('assertEvent', `the event ${check.shown(title)}${fieldsText(fields)} was not sent`);
  }

  async assertServiceCheck(name, status, options) {
    check.string('name', name);
    const { timeout = 2000, ...others } = options ?? {};
    const fields = { ...others, ...(status === undefined ? {} : { status }) };
    const found = () => this.#messages.some((message) => message.kind === 'serviceCheck' && message.name === name && agrees(message, fields));
    if (await this.#until(found, timeout)) return;
    throw this.#failure('assertServiceCheck', `the service check ${check.shown(name)}${fieldsText(fields)} was not sent`);
  }

  /** Waits until everything that has arrived is among the messages. */
  async #settle() {
    await this.#server.flush();
    // What the flush has read was handed over before it ended.
    await new Promise((resolve) => setImmediate(resolve));
  }

  #failure(operator, sentenceText, actual, expected) {
    const lines = this.#messages.slice(-SHOWN).map((message) => `\n  ${line(message)}`);
    const earlier = this.#messages.length - lines.length;
    const bad = this.#bad.slice(-5).map((error) => `\n  ${error.message}`);
    const message =
      `${sentenceText}\nreceived${lines.length === 0 ? ': nothing' : `:${earlier > 0 ? `\n  ... ${earlier} earlier` : ''}${lines.join('')}`}` +
      (bad.length === 0 ? '' : `\nnot understood:${bad.join('')}`);
    const error = new AssertionError({ message, actual, expected, operator });
    error.code = 'ERR_ASSERTION';
    return error;
  }
}

Received.prototype[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] = async function dispose() {
  await this.close();
};

function isOptions(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMetric(message, name, { tags = [], type }) {
  return (
    message.kind === 'metric' &&
    message.name === name &&
    (type === undefined || message.type === type) &&
    tags.every((tag) => message.tags.includes(tag))
  );
}

/** What the messages of one metric can be said to be: the sum of counts, the last gauge, each sample, the members of a set. */
function values(messages) {
  const found = [];
  const counts = messages.filter(({ type }) => type === 'c');
  if (counts.length > 0) {
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    found.push(sum(counts.map(({ values: each, sampleRate }) => sum(each) / sampleRate)));
  }
  const gauges = messages.filter(({ type }) => type === 'g');
  if (gauges.length > 0) found.push(gauges.at(-1).values.at(-1));
  for (const message of messages) if (message.type !== 'c' && message.type !== 'g') found.push(...message.values);
  return found;
}

/** Members of sets are text on the wire. */
function same(sent, expected) {
  return typeof sent === 'string' ? sent === String(expected) : Object.is(sent, expected) || sent === expected;
}

function agrees(message, fields) {
  return Object.entries(fields).every(([name, expected]) =>
    name === 'tags' ? expected.every((tag) => message.tags.includes(tag)) : isDeepStrictEqual(message[name], expected),
  );
}

function sentence(name, value, { tags = [], type }) {
  const typed = type === undefined ? '' : ` of the type ${type}`;
  const tagged = tags.length === 0 ? '' : ` with the tags ${tags.join(', ')}`;
  return `${name}${value === undefined ? '' : ` = ${check.shown(value)}`}${typed}${tagged}`;
}

function fieldsText(fields) {
  return Object.entries(fields).map(([name, value]) => `, ${name} ${check.shown(value)}`).join('');
}

/** A message as it was sent, more or less. */
function line(message) {
  const tags = message.tags.length === 0 ? '' : `|#${message.tags.join(',')}`;
  if (message.kind === 'event') return `event ${check.shown(message.title)} ${check.shown(message.text)}${tags}`;
  if (message.kind === 'serviceCheck') return `service check ${message.name} ${message.status}${tags}`;
  const rate = message.sampleRate === 1 ? '' : `|@${message.sampleRate}`;
  return `${message.name}:${message.values.join(':')}|${message.type}${rate}${tags}`;
}

function dogstatsd(options) {
  return new Received(options);
}

module.exports = { dogstatsd };
