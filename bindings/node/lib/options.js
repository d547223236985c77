'use strict';

// What options there are and what each may be: the library's tables.

const native = require('./native');
const check = require('./arguments');

const CHECKS = {
  switch: () => check.boolean,
  whole: ({ least, most }) => check.integer(least, most),
  share: () => check.between(0, 1),
  time: ({ least, most }) => check.within(least, most),
  text: () => check.string,
  list: () => check.strings,
  choice: ({ choices }) => check.oneOf(choices),
};

/** The checks of a table, by name; those of `others` are stronger. */
const checks = (table, others) => ({ ...Object.fromEntries(table.map((row) => [row.name, CHECKS[row.kind](row)])), ...others });

const AGGREGATE = /^(max|min|median|avg|sum|count|(\d{1,2}|100)percentile)$/;

function aggregates(name, value) {
  check.strings(name, value);
  const bad = value.find((aggregate) => !AGGREGATE.test(aggregate));
  if (bad !== undefined || value.length > 16) {
    const names = 'max, min, median, avg, sum, count, 0percentile to 100percentile';
    throw check.fail(TypeError, 'ERR_INVALID_ARG_VALUE', `${name} must be at most 16 of ${names}; it is ${check.shown(bad ?? value)}`);
  }
}

function tags(name, value) {
  check.strings(name, value);
  const bad = value.find((tag) => tag === '' || /[,|\n]/.test(tag));
  if (bad !== undefined) {
    throw check.fail(TypeError, 'ERR_INVALID_ARG_VALUE', `${name}: ${check.shown(bad)} cannot be a tag: it is empty or has ',', '|' or a newline in it`);
  }
}

const tables = native.options();

module.exports = { CLIENT: checks(tables.client, { transport: check.fn }), AGGREGATOR: checks(tables.aggregator, { aggregates, tags }), SERVER: checks(tables.server, { aggregates, tags }) };
