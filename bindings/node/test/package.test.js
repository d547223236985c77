'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

test('CommonJS and ESM share one instance', async () => {
  const common = require('..');
  const esm = await import('../index.mjs');
  assert.equal(esm.default, common);
  assert.equal(esm.StatsD, common.StatsD);
  assert.equal(common.version, require('../package.json').version);
});
