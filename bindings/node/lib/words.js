'use strict';

// The small pieces of a line: names, affixes, dates, cardinalities, external data.

const CARDINALITIES = ['none', 'low', 'orchestrator', 'high'];

const UNSAFE_NAME = /[:|\n\r]/;
const UNSAFE_IN_NAME = /[:|\n\r]/g;

/** A name without what would end it. */
function cleanName(name) {
  const text = String(name);
  return UNSAFE_NAME.test(text) ? text.replace(UNSAFE_IN_NAME, '_') : text;
}

/** Text in which no newline begins a second line. */
const oneLine = (text) => (text.includes('\n') ? text.replace(/\n/g, '_') : text);
const escaped = (text) => (text.includes('\n') ? text.replace(/\n/g, '\\n') : text);

const prefix = (text) => oneLine(text ? (text.endsWith('.') ? text : `${text}.`) : '');
const suffix = (text) => oneLine(text ? (text.startsWith('.') ? text : `.${text}`) : '');

/** Seconds since 1970 of a Date or a number of seconds, rounded; undefined for all else. */
function seconds(date) {
  if (date instanceof Date) return Math.round(date.getTime() / 1000);
  if (typeof date === 'number' || date instanceof Number) return Math.round(Number(date));
  return undefined;
}

/** A cardinality's name in lower case; one that is none is reported and left out. */
function cardinality(value) {
  if (value === undefined || value === null || value === '') return undefined;
  const name = String(value).toLowerCase();
  if (CARDINALITIES.includes(name)) return name;
  console.error(`hot-shots: invalid cardinality '${value}' — expected one of ${CARDINALITIES.join(', ')}; ignoring`);
  return undefined;
}

/** External data without what would end its field. */
function externalData(value) {
  // eslint-disable-next-line no-control-regex
  return value ? String(value).trim().replace(/[\x00-\x1f|]+/g, '') || undefined : undefined;
}

module.exports = { cardinality, cleanName, escaped, externalData, oneLine, prefix, seconds, suffix };
