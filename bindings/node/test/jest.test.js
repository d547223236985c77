'use strict';

// The package in Jest: modules that are loaded many times in one process, and nothing that keeps it from ending.

const assert = require('node:assert/strict');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');

test('a suite of Jest passes, finds no open handle, and ends by itself', () => {
  const jest = path.join(path.dirname(require.resolve('jest/package.json')), 'bin/jest.js');
  const config = { rootDir: path.join(__dirname, 'jest'), testMatch: ['**/*.jest.js'], haste: { forceNodeFilesystemAPI: true } };
  const run = spawnSync(process.execPath, [jest, '--config', JSON.stringify(config), '--runInBand', '--detectOpenHandles', '--no-cache'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stderr, /Tests: +8 passed, 8 total/);
  assert.doesNotMatch(run.stderr, /open handle|did not exit/);
});
