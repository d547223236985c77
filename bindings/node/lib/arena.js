'use strict';

// The memory that a client shares with the addon: what waits there leaves even when the environment is ended from outside, which runs no JavaScript.

/** Pairs of a context's number and a value that wait for the addon. */
const PAIRS = 4096;
/** Contexts that have numbers. */
const CONTEXTS = 4096;

/** Where each part begins, in bytes; src/arena.rs says the same. */
const SUMS = 16;
const VALUES = SUMS + 8 * CONTEXTS;
const NUMBERS = VALUES + 8 * PAIRS;
const LISTED = NUMBERS + 4 * PAIRS;
const END = LISTED + 4 * CONTEXTS;

/** The parts as arrays. The buffer itself is handed to the addon and to nobody else. */
function arena() {
  const buffer = new ArrayBuffer(END);
  return {
    buffer,
    /** How many pairs there are, how many sums are listed, and whether exit handlers have run. */
    counts: new Uint32Array(buffer, 0, 3),
    sums: new Float64Array(buffer, SUMS, CONTEXTS),
    values: new Float64Array(buffer, VALUES, PAIRS),
    numbers: new Uint32Array(buffer, NUMBERS, PAIRS),
    listed: new Uint32Array(buffer, LISTED, CONTEXTS),
  };
}

module.exports = { CONTEXTS, PAIRS, arena };
