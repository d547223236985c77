'use strict';

// Where each nanosecond counts: a context has a number, and a call is that number and a value in two arrays that the addon takes many pairs of
// at a time. Nothing here is shared between isolates.

const native = require('./native');

/** Pairs that wait for the addon. */
const PAIRS = 4096;
/** Contexts that have numbers; when they are all taken and as many calls have missed, they begin anew. */
const CONTEXTS = 4096;
/** Milliseconds that pairs wait; the addon's own flush comes after that. */
const WAIT = 200;

const open = new Set();

/** What waits at the end of the process leaves too. */
function atExit() {
  for (const recorder of open) {
    recorder.isExiting = true;
    recorder.flushNow();
  }
}

class Recorder {
  constructor(options) {
    this.number = native.openRecorder(options);
    this.contexts = new Uint32Array(PAIRS);
    this.values = new Float64Array(PAIRS);
    this.count = 0;
    this.taken = 0;
    this.missed = 0;
    this.roots = new Map();
    this.generation = 0;
    this.pending = () => {
      this.timer = undefined;
      this.drain();
    };
    if (open.size === 0) process.on('exit', atExit);
    open.add(this);
  }

  /** The number of a context, or -1 where there is none left. `spelled` gives its name and tags as they stand on the wire. */
  find(kind, name, tags, spelled) {
    let node = this.roots.get(kind);
    if (node === undefined) this.roots.set(kind, (node = new Map()));
    let next = node.get(name);
    if (next === undefined) return this.#enter(kind, name, tags, spelled);
    for (let i = 0; i < tags.length; i++) {
      next = next.tags?.get(tags[i]);
      if (next === undefined) return this.#enter(kind, name, tags, spelled);
    }
    return next.number === -1 ? this.#enter(kind, name, tags, spelled) : next.number;
  }

  #enter(kind, name, tags, spelled) {
    if (this.taken >= CONTEXTS) {
      if (++this.missed < CONTEXTS || this.isKept) return -1;
      this.drain();
      native.forgetContexts(this.number);
      this.roots = new Map([[kind, new Map()]]);
      this.taken = 0;
      this.missed = 0;
      this.generation++;
    }
    const roots = this.roots.get(kind);
    let node = roots.get(name);
    if (node === undefined) roots.set(name, (node = { number: -1, tags: undefined }));
    for (const tag of tags) {
      node.tags ??= new Map();
      let next = node.tags.get(tag);
      if (next === undefined) node.tags.set(tag, (next = { number: -1, tags: undefined }));
      node = next;
    }
    const [full, all] = spelled(name, tags);
    node.number = native.enterContext(this.number, kind, full, all);
    this.taken++;
    return node.number;
  }

  /** Takes a value of a context. */
  push(context, value) {
    const { count } = this;
    this.contexts[count] = context;
    this.values[count] = value;
    this.count = count + 1;
    if (count === 0) this.#first();
    else if (count === PAIRS - 1) this.drain();
  }

  /** The first pair has somebody see to it; in the handlers of an exit there is no later. */
  #first() {
    if (this.isExiting) this.flushNow();
    else this.timer ??= setTimeout(this.pending, WAIT).unref();
  }

  /** Takes a call, by number where there is one. */
  call(kind, name, value, tags, spelled) {
    if (kind !== 's' && typeof value === 'number') {
      const context = this.find(kind, name, tags, spelled);
      if (context !== -1) return this.push(context, value);
    }
    const [full, all] = spelled(name, tags);
    native.recordCall(this.number, kind, full, typeof value === 'number' && kind !== 's' ? value : String(value), all);
  }

  drain() {
    if (this.count === 0 || this.isClosed) return;
    native.record(this.number, this.contexts, this.values, this.count);
    this.count = 0;
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
    open.delete(this);
    if (open.size === 0) process.removeListener('exit', atExit);
    return native.closeRecorder(this.number);
  }
}

module.exports = Recorder;
