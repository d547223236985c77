'use strict';

// What callers hand in, checked: errors as Node's own, a TypeError with `ERR_INVALID_ARG_TYPE` or a RangeError with `ERR_OUT_OF_RANGE`.

// Kinds of bytes are told by what they are, not by `instanceof`: test runners have realms of their own.

const { inspect, types } = require('util');

function fail(Kind, code, message) {
  const error = new Kind(message);
  error.code = code;
  return error;
}

/** An argument of a type that it must not have. */
function wrongType(name, expected, value) {
  return fail(TypeError, 'ERR_INVALID_ARG_TYPE', `${name} must be ${expected}, it is ${shown(value)}`);
}

/** A number outside its range. */
function outOfRange(name, expected, value) {
  return fail(RangeError, 'ERR_OUT_OF_RANGE', `${name} must be ${expected}, it is ${shown(value)}`);
}

/** A value in an error's message: short, on one line. */
function shown(value) {
  const text = inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, customInspect: false });
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}

const type = (check, expected) => (name, value) => {
  if (!check(value)) throw wrongType(name, expected, value);
};

const string = type((value) => typeof value === 'string', 'a string');
const boolean = type((value) => typeof value === 'boolean', 'a boolean');
const fn = type((value) => typeof value === 'function', 'a function');
const number = type((value) => typeof value === 'number', 'a number');
const isStrings = type((value) => Array.isArray(value) && value.every((item) => typeof item === 'string'), 'an array of strings');

function strings(name, value) {
  // One tag is not a list of its letters, nor of one.
  if (typeof value === 'string') throw wrongType(name, 'an array of strings: put [ ] around it', value);
  isStrings(name, value);
}

/** A check for whole numbers from `least` to `most`. */
const integer = (least, most) => (name, value) => {
  number(name, value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(name, `a whole number from ${least} to ${most}`, value);
  }
};

/** A check for numbers above `least`, up to `most`. */
const between = (least, most) => (name, value) => {
  number(name, value);
  if (!(value > least && value <= most)) throw outOfRange(name, `a number above ${least}, up to ${most}`, value);
};

/** A check for numbers from `least` to `most`. */
const within = (least, most) => (name, value) => {
  number(name, value);
  if (!(value >= least && value <= most)) throw outOfRange(name, `a number from ${least} to ${most}`, value);
};

/** A check for one of several texts. */
const oneOf = (choices) => (name, value) => {
  string(name, value);
  if (!choices.includes(value)) {
    throw fail(TypeError, 'ERR_INVALID_ARG_VALUE', `${name} must be one of ${choices.join(', ')}, it is ${shown(value)}${meant(value, choices)}`);
  }
};

/** How many letters must be changed, added, left out or swapped with the next one to make one word of another. */
function distance(one, other) {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[one.length][other.length];
}

/** The word that was meant, for the end of a sentence: the nearest one, if a third of its letters or less is wrong, or one is the other's beginning. */
function meant(word, words) {
  const lower = String(word).toLowerCase();
  const isNear = ([known, far]) => far <= Math.max(1, known.length / 3) || (lower.length > 2 && known.toLowerCase().startsWith(lower));
  const near = words.map((known) => [known, distance(lower, known.toLowerCase())]).filter(isNear).sort((a, b) => a[1] - b[1])[0];
  return near === undefined ? '' : `; did you mean '${near[0]}'?`;
}

/** A time in milliseconds since 1970. */
const time = integer(0, Number.MAX_SAFE_INTEGER);

/**
 * An object of options, each checked by the function of its name; `undefined` is an option left out.
 * An unknown option is an error, so that a typing error is noticed.
 */
function options(given, checks) {
  if (given === undefined) return {};
  if (given === null || typeof given !== 'object' || Array.isArray(given)) throw wrongType('options', 'an object', given);
  const taken = {};
  for (const name of Object.keys(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) {
      const known = Object.keys(checks);
      const hint = meant(name, known) || `; there are ${known.join(', ')}`;
      throw fail(TypeError, 'ERR_INVALID_ARG_VALUE', `there is no option ${shown(name)}${hint}`);
    }
    if (given[name] === undefined) continue;
    check(`options.${name}`, given[name]);
    taken[name] = given[name];
  }
  return taken;
}

/** The buffer of a typed array, whatever a property of that name says. */
const { get: bufferOf } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'buffer');

/** A typed array as it is, but a copy of what another thread may write. */
function own(array) {
  if (!types.isSharedArrayBuffer(bufferOf.call(array))) return array;
  return types.isFloat64Array(array) ? new Float64Array(array) : new Uint8Array(array);
}

/** The bytes of a datagram: a string as UTF-8, where a lone surrogate is U+FFFD; a view or a buffer as it is, but a copy of what another thread may write. */
function bytes(datagram) {
  if (typeof datagram === 'string') return Buffer.from(datagram);
  return own(view(datagram));
}

function view(datagram) {
  if (types.isUint8Array(datagram)) return datagram;
  if (ArrayBuffer.isView(datagram)) return new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (types.isAnyArrayBuffer(datagram)) return new Uint8Array(datagram);
  throw wrongType('datagram', 'a string, a Buffer or a Uint8Array', datagram);
}

module.exports = { between, boolean, bytes, fail, fn, integer, number, oneOf, options, outOfRange, own, shown, string, strings, time, within, wrongType };
