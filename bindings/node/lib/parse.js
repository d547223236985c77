'use strict';

const native = require('./native');
const check = require('./arguments');
const { messages: objects } = require('./fields');

/** A line that is no message. */
class ParseError extends Error {
  constructor(refused) {
    super(`${refused.message}: ${check.shown(refused.line)}`);
    this.code = refused.code;
    this.reason = refused.reason;
    this.offset = refused.offset;
    this.line = refused.line;
  }

  get name() {
    return 'ParseError';
  }
}

/** Room for the numbers of a datagram; those of a longer one get an array of their own. */
const ROOM = new Float64Array(4096);

/** What is in a datagram, text or a `Uint8Array`: messages and errors, in order. */
function decode(datagram) {
  const needed = native.decode(datagram, ROOM);
  const isApart = needed < 0;
  const count = isApart ? -1 - needed : needed;
  let numbers = ROOM;
  if (count > ROOM.length) native.decodedNumbers((numbers = new Float64Array(count)));
  let text = typeof datagram === 'string' ? datagram : undefined;
  if (!isApart) return objects(numbers, count, text ?? latin1(datagram));
  text ??= latin1(datagram);
  return objects(numbers, count, isAscii(text) ? text + native.decodedText() : native.decodedText());
}

const { latin1Slice } = Buffer.prototype;

/** The text of a datagram that may be ASCII, a unit a byte; the array's own bytes, whatever its properties say. */
const latin1 = (datagram) => latin1Slice.call(datagram);

// eslint-disable-next-line no-control-regex
const isAscii = (text) => /^[\0-\x7f]*$/.test(text);

const OPTIONS = { onError: check.fn };
const NONE = {};

const isError = (object) => object.kind === 'error';

/** Deals out what is no error; the errors go to `onError`, or the first is thrown, and says what else there was. */
function deal(all, onError) {
  if (!all.some(isError)) return all;
  const errors = all.filter(isError).map((error) => new ParseError(error));
  const messages = all.filter((object) => !isError(object));
  if (onError === undefined) throw Object.assign(errors[0], { errors, messages });
  errors.forEach((error) => onError(error));
  return messages;
}

function parse(datagram, options) {
  const { onError } = options === undefined ? NONE : check.options(options, OPTIONS);
  return deal(decode(typeof datagram === 'string' ? datagram : check.bytes(datagram)), onError);
}

module.exports = { ParseError, deal, decode, parse };
