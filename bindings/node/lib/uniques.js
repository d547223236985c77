'use strict';

const { types } = require('util');
const native = require('./native');
const check = require('./arguments');
const { showAs } = require('./shown');
const { read } = require('./states');

const REGISTERS = native.registerCount();

class Uniques {
  /** Of a set of a bucket, as long as nobody asks for registers: these take more memory. */
  #members;
  #made;

  /** In memory of V8's, which is given back when it is garbage, however many there are in one turn. */
  get #registers() {
    return (this.#made ??= this.#members ? native.registersOfSet(this.#members) : new Uint8Array(REGISTERS));
  }

  add(member) {
    if (typeof member !== 'string' && !types.isUint8Array(member)) throw check.wrongType('member', 'a string, a Buffer or a Uint8Array', member);
    const registers = this.#registers;
    const place = native.registerOf(typeof member === 'string' ? member : check.own(member), registers.length);
    const [at, rank] = [place >>> 8, place & 0xff];
    if (registers[at] < rank) registers[at] = rank;
    return this;
  }

  merge(other) {
    if (!(other instanceof Uniques)) throw check.wrongType('other', 'a Uniques', other);
    const [mine, theirs] = [this.#registers, other.#registers];
    if (mine.length !== theirs.length) this.#made = native.mergedRegisters(mine, theirs);
    else for (let at = 0; at < mine.length; at++) if (mine[at] < theirs[at]) mine[at] = theirs[at];
    return this;
  }

  clear() {
    this.#registers.fill(0);
    return this;
  }

  get count() {
    return native.membersOf(this.#registers);
  }

  toBuffer() {
    return native.uniquesState(this.#registers);
  }

  static fromBuffer(bytes) {
    const uniques = new Uniques();
    uniques.#made = read(bytes, native.uniquesOfState);
    return uniques;
  }

  /** The count of the members of a set, as the addon packs them. */
  static of(members) {
    const uniques = new Uniques();
    uniques.#members = members;
    return uniques;
  }
}

showAs(Uniques, ({ count }) => ({ count }));

module.exports = { Uniques };
