'use strict';

// What leaves a process, however it ends, with each way of sending: every program here is a process of its own, which must end by itself.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { spawn } = require('node:child_process');
const { test } = require('node:test');
const { receiver } = require('./support/receiver');

const root = path.join(__dirname, '..');

/** Ways of sending, as options of a client. */
const WAYS = {
  'a datagram a call': {},
  'a buffer': { maxBufferSize: 500 },
  'aggregation': { aggregation: true },
  'aggregation and a buffer': { aggregation: true, maxBufferSize: 500, includeDatadogTelemetry: false },
  'the fast profile': { profile: 'fast' },
};

const ENDS = {
  'the end of the program': "c.increment('n');",
  'process.exit': "c.increment('n'); process.exit(0);",
  'process.exit in a timer': "setTimeout(() => { c.increment('n'); process.exit(0); }, 1);",
  'an exit handler': "process.on('exit', () => c.increment('n'));",
  'process.exit in a handler of another exit': "process.on('exit', () => { c.increment('n'); process.exit(0); }); process.exit(0);",
  'beforeExit, then close': "process.once('beforeExit', () => { c.increment('n'); c.close(); });",
  'a signal': "process.on('SIGTERM', () => { c.increment('n'); c.close(() => process.exit(0)); }); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 2000);",
  'an exception that nobody catches': "process.on('uncaughtException', () => { c.increment('n'); c.close(() => process.exit(0)); }); throw new Error('x');",
  'a child client': "process.on('exit', () => c.childClient().increment('n'));",
  'workers of a cluster':
    "const cluster = require('cluster'); if (cluster.isPrimary) { for (const _ of [1, 2, 3]) cluster.fork(); } else { c.increment('n'); process.exit(0); }",
  'a worker of a cluster that disconnects':
    "const cluster = require('cluster'); if (cluster.isPrimary) cluster.fork(); else { c.increment('n'); cluster.worker.disconnect(); }",
};

/** Runs `body` in a program with a client `c`; what it printed. */
async function run(t, options, body) {
  assert.deepEqual(await end(t, options, body), [0, null]);
}

/** The same: its exit code, or the signal that ended it. */
async function end(t, options, body) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-')), 'program.js');
  t.after(() => fs.rmSync(path.dirname(file), { recursive: true }));
  fs.writeFileSync(file, `const { Client, StatsD } = require(${JSON.stringify(root)}); const options = ${JSON.stringify(options)}; const c = new StatsD(options); ${body}`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'], timeout: 20_000 });
  return once(child, 'exit');
}

const lines = (server) => server.datagrams.join('\n').split('\n').filter(Boolean);

for (const [end, body] of Object.entries(ENDS)) {
  test(`what is called before or in ${end} leaves, in every way of sending`, async (t) => {
    await Promise.all(
      Object.entries(WAYS).map(async ([way, options]) => {
        const server = await receiver('udp');
        t.after(() => server.close());
        await run(t, { ...server.options, ...options }, body);
        const expected = end === 'workers of a cluster' ? ['n:1|c', 'n:1|c', 'n:1|c'] : ['n:1|c'];
        await server.expect(expected.length);
        assert.deepEqual(lines(server), expected, way);
      }),
    );
  });
}

test('nothing of a client keeps a process alive, on any transport', async (t) => {
  for (const kind of ['udp', 'uds', 'tcp']) {
    const server = await receiver(kind);
    t.after(() => server.close());
    const all = { ...server.options, aggregation: true, maxBufferSize: 100, includeDatadogTelemetry: true, cacheDns: true };
    await run(t, all, "c.increment('n'); new StatsD({ ...options, profile: 'fast' }).gauge('g', 1); new Client({ telemetry: true }).counter('x').inc();");
  }
});

/** Sends a number a worker, with clients of its own, and ends. */
const IN_WORKERS = `
  const { Worker, isMainThread, threadId, workerData } = require('worker_threads');
  if (isMainThread) for (const index of [1, 2, 3]) new Worker(__filename, { workerData: index });
  else {
    if (c.recorder && c.recorder.number !== 0) throw new Error('shared');
    for (let i = 0; i < 1000; i++) c.increment('w', 1, ['worker:' + workerData]);
  }
  if (isMainThread) c.increment('m');`;

for (const way of ['a buffer', 'aggregation', 'the fast profile']) {
  test(`worker threads have clients of their own, and what they called leaves when they end, with ${way}`, async (t) => {
    const server = await receiver('udp');
    t.after(() => server.close());
    await run(t, { ...server.options, ...WAYS[way] }, IN_WORKERS);
    const sums = () => {
      const all = new Map();
      for (const line of lines(server)) {
        const [, name, value, , tags = ''] = /^(\w+):(\d+)\|c(\|#(.*))?$/.exec(line);
        all.set(name + tags, (all.get(name + tags) ?? 0) + Number(value));
      }
      return Object.fromEntries([...all].sort());
    };
    const expected = { m: 1, 'wworker:1': 1000, 'wworker:2': 1000, 'wworker:3': 1000 };
    const deadline = Date.now() + 3000;
    while (Object.values(sums()).reduce((a, b) => a + b, 0) < 3001 && Date.now() < deadline) await server.expect(server.datagrams.length + 1);
    assert.deepEqual(sums(), expected);
  });
}

/** A worker that calls and says so, then is terminated while it is busy. */
const TERMINATED = (kind) => `
  const { Worker, isMainThread, parentPort } = require('worker_threads');
  if (isMainThread) {
    const worker = new Worker(__filename);
    worker.on('message', () => worker.terminate());
  } else {
    const kinds = {
      counts: () => { for (let i = 0; i < 1000; i++) c.increment('w', 1, ['k:v']); c.increment('f', 0.5); },
      samples: () => { for (let i = 0; i < 100; i++) c.timing('t', 2, ['k:v']); },
      mixed: () => { c.gauge('g', 1); c.childClient({ prefix: 'child' }).gauge('g', 7); c.set('s', 'ann'); c.set('s', 'ann'); c.set('s', 'bob'); c.gaugeDelta('d', 3); },
      handles: () => {
        const own = new Client({ address: 'udp://127.0.0.1:' + options.port, telemetry: false, tags: ['o:1'] });
        const hits = own.counter('hits');
        for (let i = 0; i < 1000; i++) hits.inc();
        own.timingHandle('own').record(3);
      },
    };
    kinds.${kind}();
    parentPort.postMessage('called');
    for (;;);
  }`;

/** What the datagrams add up to, by name and tags. */
function sums(server) {
  const all = {};
  for (const line of lines(server)) {
    const [, name, values, type, , tags = ''] = /^([\w.]+):([^|]+)\|(\w+)(\|#([^|]*))?/.exec(line);
    const key = name + tags;
    const parts = values.split(':').map(Number);
    if (type === 's') all[key] = [...new Set([...(all[key] ?? []), values])].sort();
    else all[key] = (all[key] ?? 0) + (type === 'g' ? parts[0] : parts.reduce((a, b) => a + b, 0));
  }
  return all;
}

const LEFT = {
  counts: { 'wk:v': 1000, f: 0.5 },
  samples: { 'tk:v': 200 },
  mixed: { g: 1, 'child.g': 7, s: ['ann', 'bob'], d: 3 },
};

for (const way of ['a buffer', 'aggregation', 'aggregation and a buffer', 'the fast profile']) {
  for (const [kind, expected] of Object.entries(LEFT)) {
    // Samples are not aggregated there: each has left when it was called.
    test(`what a worker called before it was terminated leaves: ${kind} with ${way}`, async (t) => {
      const server = await receiver('udp');
      t.after(() => server.close());
      const enough = { ...WAYS[way], ...(WAYS[way].maxBufferSize ? { maxBufferSize: 60_000 } : {}), bufferFlushInterval: 60_000 };
      await run(t, { ...server.options, ...enough, includeDatadogTelemetry: false }, TERMINATED(kind));
      const deadline = Date.now() + 3000;
      const isAll = () => JSON.stringify(Object.entries(sums(server)).sort()) === JSON.stringify(Object.entries(expected).sort());
      while (!isAll() && Date.now() < deadline) await server.expect(server.datagrams.length + 1);
      assert.deepEqual(sums(server), expected);
    });
  }
}

test('what a worker called on our own client and its handles before it was terminated leaves', async (t) => {
  const server = await receiver('udp');
  t.after(() => server.close());
  await run(t, { ...server.options, includeDatadogTelemetry: false }, TERMINATED('handles'));
  await server.expect(1);
  assert.deepEqual(sums(server), { 'hitso:1': 1000, 'owno:1': 3 });
});

const SIGNALLED = {
  'alone': ["flushOnSignal();", [null, 'SIGTERM']],
  'beside a listener of the program, which decides': ["flushOnSignal(); process.on('SIGTERM', () => setTimeout(() => process.exit(7), 50));", [7, null]],
  'twice, which is once': ["flushOnSignal(); flushOnSignal('SIGTERM', 'SIGINT')();", [null, 'SIGTERM']],
};

for (const [how, [body, ended]] of Object.entries(SIGNALLED)) {
  test(`flushOnSignal sends what is buffered and goes on as before: ${how}`, async (t) => {
    await Promise.all(
      Object.entries({ ...WAYS, 'TCP': { protocol: 'tcp', maxBufferSize: 500 } }).map(async ([way, options]) => {
        const server = await receiver(way === 'TCP' ? 'tcp' : 'udp');
        t.after(() => server.close());
        const program = `const { flushOnSignal } = require(${JSON.stringify(root)}); ${body} c.increment('n'); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`;
        assert.deepEqual(await end(t, { ...server.options, ...options, includeDatadogTelemetry: false }, program), ended, way);
        await server.expect(1);
        assert.deepEqual(lines(server), ['n:1|c'], way);
      }),
    );
  });
}

test('flushOnSignal waits a second for what nobody takes', async (t) => {
  const server = await receiver('uds');
  process.kill(server.pid, 'SIGSTOP');
  t.after(async () => {
    process.kill(server.pid, 'SIGCONT');
    await server.close();
  });
  const body = `const { flushOnSignal } = require(${JSON.stringify(root)}); flushOnSignal();
    for (let i = 0; i < 1000; i++) c.increment('filling.' + i + 'x'.repeat(1000));
    process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`;
  const start = performance.now();
  assert.deepEqual(await end(t, { ...server.options, profile: 'fast' }, body), [null, 'SIGTERM']);
  assert.ok(performance.now() - start < 5000);
});

test('a function that is frozen after flush has sent everything, and goes on when it is thawed', async (t) => {
  for (const options of Object.values(WAYS)) {
    const server = await receiver('udp');
    t.after(() => server.close());
    // A frozen process gets no time: it stops itself as soon as flush has resolved, as the platform does when the handler has.
    const body = `
      const handler = async (n) => { c.increment('n', n); await c.flush(); };
      (async () => {
        await handler(1);
        process.kill(process.pid, 'SIGSTOP');
        await new Promise((thawed) => setTimeout(thawed, 1));
        await handler(2);
        process.kill(process.pid, 'SIGKILL');
      })();`;
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
    t.after(() => fs.rmSync(directory, { recursive: true }));
    const file = path.join(directory, 'function.js');
    fs.writeFileSync(file, `const { StatsD } = require(${JSON.stringify(root)}); const c = new StatsD(${JSON.stringify({ ...server.options, ...options })}); ${body}`);
    const child = spawn(process.execPath, [file], { stdio: 'inherit', timeout: 20_000 });
    const ended = once(child, 'exit');
    await server.expect(1);
    assert.deepEqual(lines(server), ['n:1|c']);
    const isStopped = () => fs.readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ')[2] === 'T';
    for (const deadline = Date.now() + 3000; !isStopped() && Date.now() < deadline; ) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGCONT');
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    await server.expect(2);
    assert.deepEqual(lines(server), ['n:1|c', 'n:2|c']);
  }
});
