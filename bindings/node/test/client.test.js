'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { Client } = require('..');
const { receiver } = require('./support/receiver');

const root = path.join(__dirname, '..');

async function pair(t, options = {}, kind = 'udp') {
  const server = await receiver(kind);
  t.after(() => server.close());
  const url = kind === 'udp' ? `udp://127.0.0.1:${server.port}` : `unixgram://${server.path}`;
  const client = new Client({ url, telemetry: false, ...options });
  return { client, server };
}

/** The lines that came, without the container of the machine. */
const lines = (server) => server.datagrams.join('').split('\n').filter(Boolean).map((line) => line.replace(/\|c:[^|]*/, '')).sort();

test('telemetry names the package', async (t) => {
  const { client, server } = await pair(t, { telemetry: true, telemetryInterval: 1 });
  client.increment('m');
  const tags = `client:nodejs,client_version:${require('../package.json').version},client_transport:udp`;
  const told = () => lines(server).includes(`datadog.dogstatsd.client.metrics:1|c|#${tags}`);
  for (let sent = 1; sent < 100 && !told(); sent++) {
    await client.flush();
    await server.expect(sent);
  }
  assert.ok(told());
  await client.close();
});

test('calls by name and handles of one context are one line, in the order of a gauge', async (t) => {
  const { client, server } = await pair(t, { prefix: 'app', tags: ['env:test'] });
  const hits = client.counter('hits', ['page:home']);
  hits.inc();
  hits.add(2);
  client.increment('hits', 1, ['page:home']);
  client.increment('parts', 0.5);
  client.gauge('level', 1);
  client.gauge('level', 7);
  client.distribution('size', 10);
  client.distribution('size', 20);
  client.set('users', 'ann');
  assert.equal(await client.flush(), true);
  await server.expect(1);
  assert.deepEqual(lines(server), [
    'app.hits:4|c|#page:home,env:test', 'app.level:7|g|#env:test', 'app.parts:0.5|c|#env:test', 'app.size:10:20|d|#env:test',
    'app.users:ann|s|#env:test',
  ]);
  await client.close();
});

test('a tag that is never the same twice takes no memory without bound, and nothing is lost', async (t) => {
  // A Unix socket, whose sender waits where it is full.
  const { client, server } = await pair(t, {}, 'uds');
  for (let i = 0; i < 9000; i++) client.increment('requests', 1, [`id:${i}`]);
  const known = client.counter('known');
  known.inc();
  await client.close();
  const total = () => lines(server).reduce((sum, line) => sum + Number(/:(\d+)\|/.exec(line)[1]), 0);
  const deadline = Date.now() + 5000;
  while (total() < 9001 && Date.now() < deadline) await server.expect(server.datagrams.length + 1);
  assert.equal(total(), 9001);
});

const IN_A_PROCESS = (port, body) => `
  const { Client } = require(${JSON.stringify(root)});
  const client = new Client({ url: 'udp://127.0.0.1:${port}', telemetry: false });
  ${body}`;

for (const [name, body] of [
  ['the end of the program', 'client.increment("n");'],
  ['process.exit', 'client.increment("n"); process.exit(0);'],
  ['an exit handler', 'process.on("exit", () => client.increment("n"));'],
]) {
  test(`what was called before or in ${name} leaves, and nothing keeps the process alive`, async (t) => {
    const { client, server } = await pair(t);
    await client.close();
    const run = spawnSync(process.execPath, ['-e', IN_A_PROCESS(server.port, body)], { timeout: 10_000, encoding: 'utf8' });
    assert.deepEqual([run.status, run.stderr], [0, '']);
    await server.expect(1);
    assert.deepEqual(lines(server), ['n:1|c']);
  });
}

test('each worker has a client of its own', async (t) => {
  const { client, server } = await pair(t);
  const worker = new Worker(IN_A_PROCESS(server.port, 'client.increment("w", 2); client.close();'), { eval: true });
  client.increment('m');
  await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  await client.close();
  await server.expect(2);
  assert.deepEqual(lines(server), ['m:1|c', 'w:2|c']);
});

test('an address that is none is an error with a code', () => {
  assert.throws(() => new Client({ url: 'ftp://x' }), { code: 'BASENJI_INVALID_ADDRESS' });
  assert.throws(() => new Client({ tags: 'a:1' }), { code: 'BASENJI_INVALID_ARGUMENT' });
});
