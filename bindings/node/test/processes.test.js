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
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-')), 'program.js');
  t.after(() => fs.rmSync(path.dirname(file), { recursive: true }));
  fs.writeFileSync(file, `const { Client, StatsD } = require(${JSON.stringify(root)}); const options = ${JSON.stringify(options)}; const c = new StatsD(options); ${body}`);
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit'], timeout: 20_000 });
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual([code, signal], [0, null]);
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
