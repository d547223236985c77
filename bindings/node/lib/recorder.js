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

/** From names and tags, as a user says them, to numbers of contexts. */
class Vocabulary {
  constructor(recorder) {
    this.recorder = recorder;
    this.generation = 0;
    this.roots = new Map();
  }

  /** The number of a context, or -1 where there is none left. `spelled` gives its name and tags as they stand on the wire. */
  find(kind, name, tags, spelled) {
    if (this.generation === this.recorder.generation) {
      let node = this.roots.get(kind)?.get(name);
      for (let i = 0; i < tags.length && node !== undefined; i++) node = node.tags?.get(tags[i]);
      if (node !== undefined && node.number !== -1) return node.number;
    }
    return this.#enter(kind, name, tags, spelled);
  }

  #enter(kind, name, tags, spelled) {
    if (!this.recorder.hasRoom()) return -1;
    if (this.generation !== this.recorder.generation) {
      this.roots.clear();
      this.generation = this.recorder.generation;
    }
    const named = child(this.roots, kind, () => new Map());
    let node = child(named, name, leaf);
    for (const tag of tags) node = child((node.tags ??= new Map()), tag, leaf);
    node.number = this.recorder.enter(kind, ...spelled(name, tags));
    return node.number;
  }

  /** Takes a call, by number where there is one. */
  call(kind, name, value, tags, spelled) {
    const isNumber = kind !== 's' && typeof value === 'number';
    const context = isNumber ? this.find(kind, name, tags, spelled) : -1;
    if (context !== -1) this.recorder.push(context, value);
    else native.recordCall(this.recorder.number, kind, spelled(name, tags)[0], isNumber ? value : String(value), spelled(name, tags)[1]);
  }
}

const leaf = () => ({ number: -1, tags: undefined });

function child(map, key, make) {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

class Recorder {
  constructor(options) {
    this.number = native.openRecorder(options);
    this.contexts = new Uint32Array(PAIRS);
    this.values = new Float64Array(PAIRS);
    this.count = 0;
    this.taken = 0;
    this.missed = 0;
    this.generation = 0;
    this.words = this.view();
    this.pending = () => {
      this.timer = undefined;
      this.drain();
    };
    if (open.size === 0) process.on('exit', atExit);
    open.add(this);
  }

  /** A vocabulary of its own, for a user of this recorder that spells names in its own way. */
  view() {
    return new Vocabulary(this);
  }

  find(kind, name, tags, spelled) {
    return this.words.find(kind, name, tags, spelled);
  }

  call(kind, name, value, tags, spelled) {
    this.words.call(kind, name, value, tags, spelled);
  }

  /** A number for a context, or -1 where there is none left. */
  enter(kind, name, tags) {
    const number = native.enterContext(this.number, kind, name, tags);
    this.taken++;
    return number;
  }

  /** Whether there is a number left; when as many calls have missed as there are numbers, they begin anew. */
  hasRoom() {
    if (this.taken < CONTEXTS) return true;
    if (++this.missed < CONTEXTS) return false;
    this.drain();
    native.forgetContexts(this.number);
    this.taken = 0;
    this.missed = 0;
    this.generation++;
    return true;
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
