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

const COUNTED = `
  const { Uniques } = require(${JSON.stringify(path.join(__dirname, '..'))});
  const state = new Uniques().add('ann').toBuffer();
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 20_000; i++) Uniques.fromBuffer(state).add('bob');
  console.log(Math.round((process.memoryUsage().rss - before) / 2 ** 20));`;

test('counts of members that are garbage leave memory within their turn', () => {
  const run = spawnSync(process.execPath, ['-e', COUNTED], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(run.stderr, '');
  // All of them together are 330 MB.
  assert.ok(Number(run.stdout) < 150, `${run.stdout} MB more`);
});

const SKETCHES = `
  const { Sketch } = require(${JSON.stringify(path.join(__dirname, '..'))});
  const { PerformanceObserver, constants } = require('perf_hooks');
  let collections = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind !== constants.NODE_PERFORMANCE_GC_MINOR) collections++;
  }).observe({ entryTypes: ['gc'] });
  const values = Float64Array.from({ length: 4000 }, (_, i) => 1.016 ** i);
  const state = new Sketch().add(values).toBuffer();
  const kept = Array.from({ length: 6000 }, () => Sketch.fromBuffer(state));
  setTimeout(() => console.log(collections, kept.length), 10);`;

test('V8 is told what sketches take, and collects its garbage for it', () => {
  const run = spawnSync(process.execPath, ['-e', SKETCHES], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(run.stderr, '');
  // 190 MB; JavaScript's own memory alone has V8 collect nothing but what is young.
  assert.match(run.stdout, /^[1-9]\d* 6000\n$/);
});

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
