'use strict';

// In a worker thread: what is buffered and aggregated, handed to the addon as it comes. A worker that is terminated runs no more JavaScript; the addon sends
// what waits when its environment ends. The main thread has its exit handlers, and hands over nothing.

const { isMainThread } = require('worker_threads');
const native = require('./native');

/** Stands for a value while a line is put together; no line has one. */
const MARK = '\0';

class Will {
  constructor(limit) {
    this.number = native.openWill(limit);
  }

  /** What it is sent through: a transport that sends at once, or none. */
  through(transport) {
    native.willThrough(this.number, transport?.number?.() ?? -1);
  }

  /** A line came to the buffer. */
  line(line) {
    native.willLine(this.number, line);
  }

  /** The buffer has been sent. */
  sent() {
    native.willSent(this.number);
  }

  /** A context came to be aggregated, `make` its line for a text of a value; its place. */
  context(make) {
    const line = make(MARK);
    const at = line.indexOf(MARK);
    return at < 0 ? native.willContext(this.number, line, '') : native.willContext(this.number, line.slice(0, at), line.slice(at + 1));
  }

  /** The value of a context; undefined when it has been sent. */
  value(place, value) {
    native.willValue(this.number, place, value);
  }

  /** All contexts have been sent. */
  flushed() {
    native.willFlushed(this.number);
  }

  close() {
    native.closeWill(this.number);
  }
}

/** A will where one is needed. */
const write = (limit) => (isMainThread ? undefined : new Will(limit));

module.exports = { write };
