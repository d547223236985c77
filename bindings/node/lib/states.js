'use strict';

// Sketches and counts of members as bytes: what is handed in, and what is refused.

const { types } = require('util');
const check = require('./arguments');

/** In the order of the core's. */
const FORMS = ['compact', 'agent', 'otlp', 'prometheus', 'clickhouse'];
const isForm = check.oneOf(FORMS);

/** Bytes that are no sketch of a form, or no count of members. */
class StateError extends Error {
  constructor({ message, code, reason, offset }) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.offset = offset;
  }

  get name() {
    return 'StateError';
  }
}

/** The number of a form. */
function placeOf(form) {
  isForm('form', form);
  return FORMS.indexOf(form);
}

/** What `native` makes of bytes. */
function read(bytes, native) {
  if (!types.isUint8Array(bytes)) throw check.wrongType('bytes', 'a Buffer or a Uint8Array', bytes);
  const made = native(check.own(bytes));
  if (made.reason !== undefined) throw new StateError(made);
  return made;
}

module.exports = { StateError, placeOf, read };
