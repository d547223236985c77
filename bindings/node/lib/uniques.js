'use strict';

const { types } = require('util');
const native = require('./native');
const check = require('./arguments');
const { showAs } = require('./shown');
const { read } = require('./states');

class Uniques {
  #native = new native.NativeUniques();

  add(member) {
    if (typeof member === 'string') this.#native.add(member);
    else if (types.isUint8Array(member)) this.#native.add(types.isSharedArrayBuffer(member.buffer) ? Uint8Array.from(member) : member);
    else throw check.wrongType('member', 'a string, a Buffer or a Uint8Array', member);
    return this;
  }

  merge(other) {
    if (!(other instanceof Uniques)) throw check.wrongType('other', 'a Uniques', other);
    // It has what it has counted already.
    if (other !== this) this.#native.merge(other.#native);
    return this;
  }

  clear() {
    this.#native.clear();
    return this;
  }

  get count() {
    return this.#native.count();
  }

  toBuffer() {
    return this.#native.state();
  }

  static fromBuffer(bytes) {
    const uniques = new Uniques();
    uniques.#native = read(bytes, (state) => native.NativeUniques.fromState(state));
    return uniques;
  }
}

showAs(Uniques, ({ count }) => ({ count }));

module.exports = { Uniques };
