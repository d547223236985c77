'use strict';

// Tags that are never the same twice: what they take of memory has a bound, on both sides of the addon. A program of its own measures itself.

const assert = require('node:assert/strict');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');

const PROGRAM = `
  const { Client, StatsD } = require(${JSON.stringify(path.join(__dirname, '..'))});
  const client = eval(process.env.MAKE);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const megabytes = () => (gc(), process.memoryUsage().rss / 2 ** 20);
  (async () => {
    let id = 0;
    const calls = async (count) => {
      for (const end = id + count; id < end; id++) {
        client.increment('requests', 1, ['request:' + id, 'route:home']);
        client.timing('name.' + id, 1);
        if (id % 5000 === 0) await turn();
      }
      await client.flush();
    };
    // All places are taken, on both sides, before it is measured.
    await calls(60_000);
    await calls(60_000);
    const before = megabytes();
    await calls(120_000);
    console.log(Math.round(megabytes() - before));
    process.exit(0);
  })();`;

for (const [what, make] of [
  ['our client', "new Client({ address: 'udp://127.0.0.1:9' })"],
  ['the fast profile', "new StatsD({ host: '127.0.0.1', port: 9, profile: 'fast' })"],
  ['the drop-in', "new StatsD({ host: '127.0.0.1', port: 9, maxBufferSize: 1432, aggregation: true, globalTags: ['a:b'], errorHandler() {} })"],
]) {
  test(`a tag and a name that are never the same twice leave the memory of ${what} as it is`, () => {
    const run = spawnSync(process.execPath, ['--expose-gc', '-e', PROGRAM], { encoding: 'utf8', timeout: 60_000, env: { ...process.env, MAKE: make } });
    assert.equal(run.stderr, '');
    // 240,000 texts of some 40 bytes, kept with what leads to them, would be 30 MB and more.
    assert.ok(Number(run.stdout) < 15, `${run.stdout} MB more`);
  });
}
