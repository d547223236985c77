'use strict';

// NODE_DEBUG, read when the package is loaded: each in a process of its own.

const assert = require('node:assert/strict');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');

const PROGRAM = `
  const { StatsD } = require(${JSON.stringify(path.join(__dirname, '..'))});
  const client = new StatsD({ host: '127.0.0.1', port: 9, maxBufferSize: 100 });
  client.increment('n', 2, ['a:1']);
  client.increment('rare', 1, 1e-9);
  client.flush().then(() => client.close());`;

const said = (section) =>
  spawnSync(process.execPath, ['-e', PROGRAM], { encoding: 'utf8', timeout: 10_000, env: { ...process.env, NODE_DEBUG: section } }).stderr;

for (const section of ['hot-shots', 'basenji']) {
  test(`NODE_DEBUG=${section} tells what becomes of a call`, () => {
    const text = said(section);
    assert.match(text, /client initialized: protocol=udp, host=127\.0\.0\.1, port=9, prefix=, maxBufferSize=100/);
    assert.match(text, /sendStat: sending message=n:2\|c, tags=\["a:1"\]/);
    assert.match(text, /sampled out - stat=rare, type=c, sampleRate=1e-9/);
    assert.match(text, /enqueueing for buffer - message=n:2\|c\|#a:1/);
    assert.match(text, /flushing 10 bytes/);
  });
}

test('without it nothing is said', () => assert.equal(said(''), ''));
