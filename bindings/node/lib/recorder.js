'use strict';

// Where each nanosecond counts: a context has a number, and a call is that number and a value in two arrays that the addon takes many pairs of
// at a time; counts are summed up before. Nothing here is shared between isolates.

const exit = require('./exit');
const native = require('./native');

/** Pairs that wait for the addon. */
const PAIRS = 4096;
/** Contexts that have numbers; when they are all taken and as many calls have missed, they begin anew. */
const CONTEXTS = 4096;
/** Milliseconds that pairs wait; the addon's own flush comes after that. */
const WAIT = 200;

class Recorder {
  constructor(options) {
    this.number = native.openRecorder(options);
    this.cardinality = options.cardinality;
    this.generation = 0;
    this.contexts = new Uint32Array(PAIRS);
    this.values = new Float64Array(PAIRS);
    this.count = 0;
    this.listed = [];
    this.taken = 0;
    this.missed = 0;
    this.isClosed = false;
    this.timer = undefined;
    this.pending = () => {
      this.timer = undefined;
      this.drain();
    };
    this.atExit = () => this.flushNow();
    exit.atExit(this.atExit);
  }

  /** A number for a context. */
  enter(kind, name, tags) {
    this.taken++;
    return native.enterContext(this.number, kind, name, tags);
  }

  /** Whether there is a number left; when as many calls have missed as there are numbers, they begin anew. */
  hasRoom() {
    if (this.isClosed) return false;
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
    series.sum += value;
    if (!series.isListed) this.list(series);
  }

  /** Has a count handed over with the next pairs. */
  list(series) {
    series.isListed = true;
    this.listed.push(series);
    this.#due();
  }

  /** Takes a value of a context, in order. */
  push(context, value) {
    const { count } = this;
    this.contexts[count] = context;
    this.values[count] = value;
    this.count = count + 1;
    if (count === 0) this.#due();
    else if (count === PAIRS - 1) this.#hand();
  }

  /** Takes one call by name, for what has no number. */
  call(kind, name, tags, value) {
    if (this.isClosed) return;
    native.recordCall(this.number, kind, name, value, tags);
    if (exit.state.hasBegun) this.flushNow();
  }

  /** What waits has somebody see to it; in the handlers of an exit there is no later. */
  #due() {
    if (exit.state.hasBegun) this.flushNow();
    else this.timer ??= setTimeout(this.pending, WAIT).unref();
  }

  #hand() {
    if (this.count > 0) native.record(this.number, this.contexts, this.values, this.count);
    this.count = 0;
  }

  /** Hands over all that waits. */
  drain() {
    if (this.isClosed) return;
    for (const series of this.listed) {
      if (this.count === PAIRS) this.#hand();
      this.contexts[this.count] = series.number;
      this.values[this.count] = series.sum;
      this.count++;
      series.sum = 0;
      series.isListed = false;
    }
    this.listed.length = 0;
    this.#hand();
  }

  flush() {
    if (this.isClosed) return Promise.resolve(true);
    this.drain();
    return native.flushRecorder(this.number);
  }

  flushNow() {
    if (this.isClosed) return;
    this.drain();
    native.flushRecorderNow(this.number);
  }

  close() {
    if (this.isClosed) return Promise.resolve(true);
    this.drain();
    clearTimeout(this.timer);
    this.isClosed = true;
    // Whoever knows a number forgets it.
    this.generation++;
    exit.forget(this.atExit);
    return native.closeRecorder(this.number);
  }
}

module.exports = Recorder;
