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

/** Deals out what is no error; the errors go to `onError`, or the first is thrown, and says what else there was. */
function deal(fields, onError) {
  const messages = [];
  const errors = [];
  for (const object of objects(fields)) {
    if (object.kind === 'error') errors.push(new ParseError(object));
    else messages.push(object);
  }
  if (onError) errors.forEach((error) => onError(error));
  else if (errors.length > 0) throw Object.assign(errors[0], { errors, messages });
  return messages;
}

function parse(datagram, options) {
  const { onError } = check.options(options, { onError: check.fn });
  return deal(native.parse(check.bytes(datagram)), onError);
}

module.exports = { ParseError, deal, parse };
