'use strict';

// Where each nanosecond counts: a context has a number, and a call is that number and a value in memory that the addon reads, many at a time; counts are
// summed up there. Nothing here is shared between isolates.

const { CONTEXTS, PAIRS, arena } = require('./arena');
const exit = require('./exit');
const native = require('./native');

/** Milliseconds that calls wait; the addon's own flush comes after that. */
const WAIT = 200;
/** Milliseconds that flush and close wait for what is sent, where the caller says nothing. */
const PATIENCE = 1000;

/** Milliseconds in which close does not wait for what a flush has waited for. */
const RECENT = 1000;

/** The addon's numbers of the kinds. */
const KINDS = { c: 0, g: 1, ms: 2, h: 3, d: 4, s: 5 };

const STATS = ['metrics', 'events', 'serviceChecks', 'refused', 'packetsSent', 'bytesSent', 'packetsDropped', 'bytesDropped'];

class Recorder {
  #late = { metrics: 0, events: 0, serviceChecks: 0 };
  #closing;
  /** When a flush last ended with something left. */
  #inVain = -Infinity;
  #last;
  #lastTroubles;

  /** @param transport takes the datagrams instead of an address, where `face` says that they are handed */
  constructor(face, options, transport) {
    const { buffer, counts, sums, values, numbers, listed } = arena();
    this.transport = transport;
    this.number = native.openRecorder(face, options, buffer, () => this.hand());
    // Each call is a line then, and not a part of a sum.
    this.isDirect = options.profile === 'plain' || options.aggregation === 'off';
    this.cardinality = options.cardinality;
    this.generation = 0;
    this.counts = counts;
    this.sums = sums;
    this.values = values;
    this.numbers = numbers;
    this.listedNumbers = listed;
    this.listed = [];
    this.taken = 0;
    this.missed = 0;
    this.isClosed = false;
    this.timer = undefined;
    this.pending = () => {
      this.timer = undefined;
      this.drain();
    };
    this.atExit = {
      start: () => {
        counts[2] = 1;
        this.drain();
        native.startRecorder(this.number);
      },
      finish: () => this.flushNow(),
    };
    exit.atExit(this.atExit);
  }

  /** A number for a context; the tags are joined by commas. */
  enter(kind, name, tags) {
    this.taken++;
    return native.enter(this.number, KINDS[kind], name, tags);
  }

  /** Whether there is a number left; when as many calls have missed as there are numbers, they begin anew. */
  hasRoom() {
    if (this.isClosed || this.isDirect) return false;
    if (this.taken < CONTEXTS) return true;
    if (++this.missed < CONTEXTS) return false;
    this.drain();
    native.forgetContexts(this.number);
    this.taken = 0;
    this.missed = 0;
    this.generation++;
    return true;
  }

  /** Takes a value of a series. */
  take(kind, series, value) {
    if (kind === 'c' && value - value === 0) this.add(series, value);
    else this.push(series.number, value);
  }

  /** Adds a finite number to a count. */
  add(series, value) {
    this.sums[series.number] += value;
    if (!series.isListed) this.list(series);
  }

  /** Lists a count, which is handed over with the next pairs. */
  list(series) {
    series.isListed = true;
    this.listed.push(series);
    this.listedNumbers[this.counts[1]++] = series.number;
    this.#due();
  }

  /** Takes a value of a context, in order. */
  push(context, value) {
    const count = this.counts[0];
    this.numbers[count] = context;
    this.values[count] = value;
    this.counts[0] = count + 1;
    if (count === 0) this.#due();
    else if (count === PAIRS - 1) this.drain();
  }

  /** Takes one call by name, for what has no number: a number or text, the tags joined by commas. */
  call(kind, name, tags, value) {
    if (this.isClosed) {
      this.#late.metrics++;
      return;
    }
    native.record(this.number, KINDS[kind], name, tags, value);
    if (exit.state.hasBegun) this.flushNow();
  }

  /** Takes a call with a rate, a timestamp or a cardinality; the tags are a list. What waits of its context goes before it. */
  callWith(kind, name, tags, value, options) {
    if (this.isClosed) {
      this.#late.metrics++;
      return;
    }
    this.drain();
    native.recordWith(this.number, KINDS[kind], name, tags, value, options);
    if (exit.state.hasBegun) this.flushNow();
  }

  event(title, text, tags, options) {
    if (this.isClosed) {
      this.#late.events++;
      return;
    }
    native.recordEvent(this.number, title, text, tags, options);
    if (exit.state.hasBegun) this.flushNow();
  }

  check(name, status, tags, options) {
    if (this.isClosed) {
      this.#late.serviceChecks++;
      return;
    }
    native.recordCheck(this.number, name, status, tags, options);
    if (exit.state.hasBegun) this.flushNow();
  }

  /** Makes sure that what waits is sent later; in the handlers of an exit there is no later. */
  #due() {
    if (exit.state.hasBegun) this.flushNow();
    else this.timer ??= setTimeout(this.pending, WAIT).unref();
  }

  /** Hands over all that waits. */
  drain() {
    if (this.isClosed) return;
    const { listed } = this;
    for (let i = 0; i < listed.length; i++) listed[i].isListed = false;
    listed.length = 0;
    if (this.counts[0] > 0 || this.counts[1] > 0) native.drain(this.number);
  }

  /** The calls and their outcome; calls after the end are refused. */
  get stats() {
    const stats = {};
    if (!this.isClosed) this.drain();
    const numbers = this.#last ?? native.recorderStats(this.number);
    STATS.forEach((name, at) => (stats[name] = numbers[at]));
    for (const [name, late] of Object.entries(this.#late)) {
      stats[name] += late;
      stats.refused += late;
    }
    return stats;
  }

  /** What was lost and why since the last time. */
  troubles() {
    return this.#lastTroubles?.splice(0) ?? native.takeTroubles(this.number);
  }

  /** Hands the datagrams that wait to the program's own transport. */
  hand() {
    if (this.transport === undefined || this.#last !== undefined) return;
    for (const datagram of native.takeDatagrams(this.number)) {
      try {
        this.transport(datagram);
      } catch {
        // A fault of the transport's own; a metric must not end a program.
      }
    }
  }

  flush(timeout = PATIENCE) {
    if (this.isClosed) return this.#closing;
    this.drain();
    return native.flushRecorder(this.number, timeout).then((isDone) => {
      this.hand();
      this.#inVain = isDone ? -Infinity : performance.now();
      return isDone;
    });
  }

  /** Milliseconds that close waits: none where flush has just waited for nothing. */
  #patience() {
    return performance.now() - this.#inVain < RECENT ? 0 : PATIENCE;
  }

  flushNow() {
    if (this.isClosed) return;
    this.drain();
    native.flushRecorderNow(this.number);
    this.hand();
  }

  close(timeout = this.#patience()) {
    if (this.isClosed) return this.#closing;
    this.drain();
    clearTimeout(this.timer);
    this.isClosed = true;
    // All who hold a number drop it.
    this.generation++;
    exit.forget(this.atExit);
    this.#closing = native.closeRecorder(this.number, timeout).then((isDone) => {
      this.hand();
      this.#lastTroubles = native.takeTroubles(this.number);
      this.#last = native.recorderStats(this.number);
      native.forgetRecorder(this.number);
      return isDone;
    });
    return this.#closing;
  }
}

module.exports = Recorder;
