'use strict';

const { EventEmitter } = require('events');
const native = require('./native');
const check = require('./arguments');
const { encoded } = require('./fields');
const { deal, decode } = require('./parse');
const { Inbox } = require('./inbox');
const { SERVER } = require('./options');
const { showAs } = require('./shown');
const { wrapSeries } = require('./sketch');

/** Series that wait for `waitFor`, which has not asked for them yet. */
const KEPT = 10000;

/** Milliseconds between two flushes of a `waitFor`. */
const AGAIN = 10;

const WAIT = {
  timeout: check.integer(0, 0x7fffffff),
  tags: check.strings,
  where: check.fn,
};

class Server extends EventEmitter {
  #native;
  #flushing = new Set();
  #pending = new Map();
  #numbers = 0;
  #referenced = true;
  #inboxes = new Set();
  #seen = [];
  #stats;
  #closing;

  constructor(options) {
    super();
    const given = check.options(options, SERVER);
    const { host = '127.0.0.1', socketPath, streamPath, messages = false } = given;
    const port = given.port ?? (socketPath === undefined && streamPath === undefined ? 8125 : undefined);
    const address = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    this.#native = new native.NativeServer(
      { udp: port === undefined ? [] : [`${address}:${port}`], socketPath, streamPath, messages },
      given,
      () => this.#wake(messages),
    );
  }

  get port() {
    return this.#native.port();
  }

  get addresses() {
    return this.#native.addresses();
  }

  get stats() {
    return this.#native.stats() ?? this.#stats;
  }

  #wake(shown) {
    if (shown) this.#takeMessages();
    this.#takeBucket();
    for (const number of this.#native.finished()) {
      const resolve = this.#pending.get(number);
      this.#pending.delete(number);
      this.#keepAlive();
      resolve();
    }
  }

  /** Starts what native threads do, and resolves when it has ended; until then the process is kept alive. */
  #wait(start) {
    this.#numbers += 1;
    const number = this.#numbers;
    return new Promise((resolve) => {
      this.#pending.set(number, resolve);
      this.#keepAlive();
      start(number);
      this.#takeBucket();
    });
  }

  #keepAlive() {
    this.#native.keepAlive(this.#pending.size > 0 || (this.#referenced && !this.#closing));
  }

  #takeMessages() {
    const datagrams = this.#native.takeDatagrams();
    if (datagrams.length === 0) return;
    const refused = [];
    const good = deal(decode(datagrams), (error) => refused.push(error));
    for (const message of good) this.emit('message', message);
    for (const error of refused) this.emit('badLine', error);
  }

  /**
   * Takes the bucket that waits, unless one who reads the series has not come to the end of the last one. Where somebody waits for a flush or for the end
   * it is taken all the same: it may be the reader.
   */
  #takeBucket() {
    if (this.#pending.size === 0) for (const inbox of this.#inboxes) if (inbox.length > 0) return;
    const bucket = this.#native.take();
    if (!bucket) return;
    wrapSeries(bucket.series);
    bucket.events = encoded(bucket.events);
    bucket.serviceChecks = encoded(bucket.serviceChecks);
    this.#seen.push(...bucket.series.filter(({ kind, value }) => kind !== 'count' || value !== 0).slice(-KEPT));
    if (this.#seen.length > KEPT) this.#seen.splice(0, this.#seen.length - KEPT);
    for (const inbox of this.#inboxes) inbox.push(bucket.series);
    for (const series of bucket.series) this.emit('series', series);
    for (const event of bucket.events) this.emit('event', event);
    for (const serviceCheck of bucket.serviceChecks) this.emit('serviceCheck', serviceCheck);
    this.emit('flush', bucket);
  }

  async flush() {
    if (this.#closing) return;
    const flushing = this.#wait((number) => this.#native.flush(number));
    this.#flushing.add(flushing);
    await flushing;
    this.#flushing.delete(flushing);
  }

  async waitFor(name, options) {
    check.string('name', name);
    const { timeout = 5000, tags = [], where } = check.options(options, WAIT);
    const matches = (series) =>
      series.name === name && tags.every((tag) => series.tags.includes(tag)) && (!where || where(series));
    const end = performance.now() + timeout;
    for (;;) {
      await this.flush();
      const at = this.#seen.findIndex(matches);
      if (at >= 0) return this.#seen.splice(at, 1)[0];
      if (this.#closing) throw this.#missing(`before the server was closed`, name, options);
      const left = end - performance.now();
      if (left <= 0) throw this.#missing(`within ${timeout} ms`, name, options);
      await new Promise((resolve) => setTimeout(resolve, Math.min(AGAIN, left)));
    }
  }

  #missing(when, name, { tags = [] } = {}) {
    const wanted = tags.length > 0 ? `${name} with the tags ${tags.join(', ')}` : name;
    const others = this.#seen.slice(-20).map((series) => `\n  ${describe(series)}`);
    const instead = others.length > 0 ? `; what did:${others.join('')}` : '; nothing else did either';
    return check.fail(Error, 'ETIMEDOUT', `${wanted} did not arrive ${when}${instead}`);
  }

  [Symbol.asyncIterator]() {
    const inbox = new Inbox(() => this.#takeBucket(), () => this.#inboxes.delete(inbox));
    if (this.#closing) inbox.end();
    else this.#inboxes.add(inbox);
    return inbox;
  }

  close() {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close() {
    await Promise.all(this.#flushing);
    this.#stats = this.#native.stats();
    await this.#wait((number) => this.#native.stop(number));
    this.#stats = this.#native.stats();
    for (const inbox of this.#inboxes) inbox.end();
    this.#inboxes.clear();
    this.#native.release();
    this.emit('close');
    return this.#stats;
  }

  static {
    showAs(Server, (server) => ({ addresses: server.addresses, isClosed: server.#closing !== undefined }));
  }

  ref() {
    this.#referenced = true;
    this.#keepAlive();
    return this;
  }

  unref() {
    this.#referenced = false;
    this.#keepAlive();
    return this;
  }
}

Server.prototype[Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')] = async function dispose() {
  await this.close();
};

/** A series in an error's message. */
function describe(series) {
  const value = series.value ?? `count ${series.count}, sum ${series.sum}`;
  const tags = series.tags.length > 0 ? ` #${series.tags.join(',')}` : '';
  return `${series.name} (${series.kind}) ${value}${tags}`;
}

module.exports = { Server };
