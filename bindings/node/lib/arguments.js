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
const strings = type((value) => Array.isArray(value) && value.every((item) => typeof item === 'string'), 'an array of strings');

/** A check for whole numbers from `least` to `most`. */
const integer = (least, most) => (name, value) => {
  number(name, value);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw outOfRange(name, `a whole number from ${least} to ${most}`, value);
  }
};

/** A time in milliseconds since 1970. */
const time = integer(0, Number.MAX_SAFE_INTEGER);

/**
 * An object of options, each checked by the function of its name; `undefined` is an option left out.
 * One that nobody knows is an error, so that a slip of the pen is seen.
 */
function options(given, checks) {
  if (given === undefined) return {};
  if (given === null || typeof given !== 'object' || Array.isArray(given)) throw wrongType('options', 'an object', given);
  const taken = {};
  for (const name of Object.keys(given)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (!check) {
      const known = Object.keys(checks).join(', ');
      throw fail(TypeError, 'ERR_INVALID_ARG_VALUE', `there is no option ${shown(name)}; there are ${known}`);
    }
    if (given[name] === undefined) continue;
    check(`options.${name}`, given[name]);
    taken[name] = given[name];
  }
  return taken;
}

/** The bytes of a datagram: a string as UTF-8, where a lone surrogate is U+FFFD; a view or a buffer as it is. */
function bytes(datagram) {
  if (typeof datagram === 'string') return Buffer.from(datagram);
  if (types.isUint8Array(datagram)) return datagram;
  if (ArrayBuffer.isView(datagram)) return new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  if (types.isAnyArrayBuffer(datagram)) return new Uint8Array(datagram);
  throw wrongType('datagram', 'a string, a Buffer or a Uint8Array', datagram);
}

module.exports = { boolean, bytes, fail, fn, integer, number, options, outOfRange, shown, string, strings, time, wrongType };
