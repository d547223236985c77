'use strict';

// The small pieces of a line: names, affixes, dates, cardinalities, external data.

const CARDINALITIES = ['none', 'low', 'orchestrator', 'high'];

/** Text of any value: one that cannot become text is named by its type, since a metric must not end a program. */
function text(value) {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Pieces that were seen, and what was made of them. Every eighth new one is kept, so that those that never come again cost little. */
class Seen {
  #known = new Map();
  #came = 0;

  /** Most pieces; when there are as many, they begin anew. */
  static MOST = 2048;
  /** Longer ones are not kept. */
  static LONGEST = 200;

  get(piece) {
    return this.#known.get(piece);
  }

  offer(piece, made) {
    if ((++this.#came & 7) !== 0 || piece.length > Seen.LONGEST) return;
    if (this.#known.size >= Seen.MOST) this.#known.clear();
    this.#known.set(piece, made);
  }
}

const UNSAFE_NAME = /[:|\n\r]/;
const UNSAFE_IN_NAME = /[:|\n\r]/g;

/** A name without what would end it. */
function cleanName(name) {
  const all = text(name);
  return UNSAFE_NAME.test(all) ? all.replace(UNSAFE_IN_NAME, '_') : all;
}

/** Text in which no newline begins a second line. */
const oneLine = (line) => (line.includes('\n') ? line.replace(/\n/g, '_') : line);
const escaped = (line) => (line.includes('\n') ? line.replace(/\n/g, '\\n') : line);

const prefix = (name) => oneLine(name ? (name.endsWith('.') ? name : `${name}.`) : '');
const suffix = (name) => oneLine(name ? (name.startsWith('.') ? name : `.${name}`) : '');

/** Seconds since 1970 of a Date or a number of seconds, rounded; undefined for all else. */
function seconds(date) {
  if (date instanceof Date) return Math.round(date.getTime() / 1000);
  if (typeof date === 'number' || date instanceof Number) return Math.round(Number(date));
  return undefined;
}

/** A cardinality's name in lower case; one that is none is reported and left out. */
function cardinality(value) {
  if (value === undefined || value === null || value === '') return undefined;
  const name = text(value).toLowerCase();
  if (CARDINALITIES.includes(name)) return name;
  console.error(`hot-shots: invalid cardinality '${text(value)}' — expected one of ${CARDINALITIES.join(', ')}; ignoring`);
  return undefined;
}

/** External data without what would end its field. */
function externalData(value) {
  // eslint-disable-next-line no-control-regex
  return value ? String(value).trim().replace(/[\x00-\x1f|]+/g, '') || undefined : undefined;
}

module.exports = { CARDINALITIES, Seen, cardinality, cleanName, escaped, externalData, oneLine, prefix, seconds, suffix, text };
