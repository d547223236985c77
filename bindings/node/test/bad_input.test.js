'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const { before, test } = require('node:test');
const { FILE, line, vectors } = require('./support/bad_input');

const expected = fs.readFileSync(FILE, 'utf8').trimEnd().split('\n');
let actual;
before(async () => (actual = (await vectors()).map(line)));

test('no bad input makes a call throw, and what is sent is as the vectors say', () => {
  assert.deepEqual(actual, expected);
  assert.ok(!actual.some((vector) => vector.includes('throws')));
});
