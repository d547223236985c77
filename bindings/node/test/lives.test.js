'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { lives } = require('./support/lives');

test('random lives of a process end in time, and what arrives is what was called', async () => {
  const seed = Number(process.env.BASENJI_SEED ?? Date.now() % 1e9);
  assert.deepEqual(await lives(25, seed), []);
});
