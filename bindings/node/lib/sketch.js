'use strict';

const { types } = require('util');
const native = require('./native');
const check = require('./arguments');
const { showAs } = require('./shown');
const { placeOf, read } = require('./states');
const { Uniques } = require('./uniques');

const BINS = 4096;
/** The most that is counted, and the sums that JSON has no numbers for. */
const MOST = 2n ** 63n - 1n;
const ENDLESS = ['Infinity', '-Infinity', 'NaN'];
const KEY = check.integer(-32768, 32767);
const COUNT = check.integer(1, 0xffffffff);

/** How a native sketch is handed to the constructor. */
const wrapped = Symbol('wrapped');

class Sketch {
  #native;

  constructor(options) {
    if (options !== undefined && options !== null && Object.hasOwn(options, wrapped)) {
      this.#native = options[wrapped];
      return;
    }
    const { bins = BINS } = check.options(options, { bins: check.integer(1, BINS) });
    this.#native = new native.NativeSketch(bins);
  }

  add(values, weight = 1) {
    check.number('weight', weight);
    if (!(weight >= 1)) throw check.outOfRange('weight', '1 or more', weight);
    if (typeof values === 'number') this.#native.add(values, weight);
    else if (types.isFloat64Array(values)) this.#native.addAll(check.own(values), weight);
    else if (Array.isArray(values) || types.isTypedArray(values)) {
      this.#native.addAll(numbers(values), weight);
    } else throw check.wrongType('values', 'a number, an array of numbers or a typed array', values);
    return this;
  }

  merge(other) {
    if (!(other instanceof Sketch)) throw check.wrongType('other', 'a Sketch', other);
    if (other === this) this.#native.double();
    else this.#native.merge(other.#native);
    return this;
  }

  quantile(q) {
    check.number('q', q);
    if (!(q >= 0 && q <= 1)) throw check.outOfRange('q', 'from 0 to 1', q);
    return this.#native.quantile(q);
  }

  clear() {
    this.#native.clear();
    return this;
  }

  get count() {
    return this.#native.summary()[0];
  }

  get sum() {
    return this.#native.summary()[1];
  }

  get min() {
    return this.#native.summary()[2];
  }

  get max() {
    return this.#native.summary()[3];
  }

  get avg() {
    return this.#native.summary()[4];
  }

  get keys() {
    return this.#native.keys();
  }

  get counts() {
    return this.#native.counts();
  }

  toJSON() {
    const [count, sum, min, max, avg] = this.#native.summary();
    return {
      bins: this.#native.limit(),
      count: Number.isSafeInteger(count) ? count : this.#native.count(),
      sum: Number.isFinite(sum) ? sum : String(sum),
      min,
      max,
      avg,
      k: [...this.keys],
      n: [...this.counts],
    };
  }

  static fromJSON(json) {
    if (typeof json === 'string') json = JSON.parse(json);
    if (json === null || typeof json !== 'object') throw check.wrongType('json', 'what toJSON returns, or its text', json);
    const { bins = BINS, count, sum, min, max, avg, k, n } = json;
    check.integer(1, BINS)('json.bins', bins);
    const counted = whole('json.count', count);
    if (!ENDLESS.includes(sum)) finite('json.sum', sum);
    for (const [name, value] of Object.entries({ min, max, avg })) finite(`json.${name}`, value);
    if (!Array.isArray(k) || !Array.isArray(n) || k.length !== n.length || k.length > bins) {
      throw check.fail(TypeError, 'ERR_INVALID_ARG_VALUE', `json.k and json.n must be arrays of one length, at most ${bins}`);
    }
    k.forEach((key, at) => KEY(`json.k[${at}]`, key));
    n.forEach((times, at) => COUNT(`json.n[${at}]`, times));
    const summary = Float64Array.of(Number(sum), min, max, avg);
    const made = native.NativeSketch.fromColumns(bins, counted, summary, Int32Array.from(k), Uint32Array.from(n));
    return Sketch.of(made);
  }

  toBuffer(form = 'compact') {
    return this.#native.state(placeOf(form));
  }

  static fromBuffer(bytes, form = 'compact') {
    const place = placeOf(form);
    return Sketch.of(read(bytes, (state) => native.NativeSketch.fromState(state, place)));
  }

  /** The sketch of a native one. */
  static of(made) {
    return new Sketch({ [wrapped]: made });
  }
}

/** A count as decimal digits: a number, or the digits of one that a number has not all of. */
function whole(name, count) {
  if (typeof count === 'string' ? /^\d{1,19}$/.test(count) : Number.isInteger(count)) {
    const exact = BigInt(count);
    if (exact >= 0n && exact <= MOST) return String(exact);
  } else if (typeof count !== 'string') check.number(name, count);
  throw check.outOfRange(name, `a whole number from 0 to ${MOST}, or its digits`, count);
}

function finite(name, value) {
  check.number(name, value);
  if (!Number.isFinite(value)) throw check.outOfRange(name, 'a finite number', value);
}

/** Numbers in a form that native code reads in place. */
function numbers(values) {
  if (!Array.isArray(values)) {
    if (typeof values[0] === 'bigint') throw check.wrongType('values[0]', 'a number', values[0]);
    return Float64Array.from(values);
  }
  for (let at = 0; at < values.length; at += 1) check.number(`values[${at}]`, values[at]);
  return Float64Array.from(values);
}

/** Members as a property that is not enumerable: the value is what is compared, and what JSON has. */
function offerUniques(series) {
  const value = Uniques.of(series.members);
  delete series.members;
  Object.defineProperty(series, 'uniques', { value, enumerable: false });
}

/** Series as users see them: what is native in them is wrapped. */
function wrapSeries(series) {
  for (const each of series) {
    if (each.sketch) each.sketch = Sketch.of(each.sketch);
    if (each.members) offerUniques(each);
  }
  return series;
}

showAs(Sketch, ({ count, sum, min, max, avg }) => ({ count, sum, min, max, avg }));

module.exports = { Sketch, wrapSeries };
