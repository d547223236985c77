'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { inspect } = require('node:util');
const { Aggregator, Client, Server, Sketch } = require('..');
const { receiver } = require('./support/receiver');

const root = path.join(__dirname, '..');

async function pair(t, options = {}, kind = 'udp') {
  const server = await receiver(kind);
  t.after(() => server.close());
  const url = kind === 'udp' ? `udp://127.0.0.1:${server.port}` : `unixgram://${server.path}`;
  const client = new Client({ address: url, telemetry: false, ...options });
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
  const client = new Client({ address: 'udp://127.0.0.1:${port}', telemetry: false });
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
  assert.throws(() => new Client({ address: 'ftp://x' }), { code: 'BASENJI_INVALID_ADDRESS' });
});

test('an option that there is not, or that is of another type, is refused by its name', () => {
  for (const [options, code, message] of [
    ['udp://127.0.0.1:1', 'ERR_INVALID_ARG_TYPE', /options must be an object/],
    [{ host: 'x' }, 'ERR_INVALID_ARG_VALUE', /no option 'host'; there are address, profile/],
    [{ prefx: 'x' }, 'ERR_INVALID_ARG_VALUE', /no option 'prefx'; did you mean 'prefix'\?/],
    [{ flushinterval: 1 }, 'ERR_INVALID_ARG_VALUE', /did you mean 'flushInterval'\?/],
    [{ telemetri: true }, 'ERR_INVALID_ARG_VALUE', /did you mean 'telemetry'\?/],
    [{ tags: 'env:dev' }, 'ERR_INVALID_ARG_TYPE', /options.tags must be an array of strings: put \[ \] around it, it is 'env:dev'/],
    [{ tags: [1] }, 'ERR_INVALID_ARG_TYPE', /options.tags must be an array of strings/],
    [{ flushInterval: 0 }, 'ERR_OUT_OF_RANGE', /options.flushInterval must be a number from 1 to/],
    [{ sampleRate: 2 }, 'ERR_OUT_OF_RANGE', /options.sampleRate/],
    [{ cardinality: 'hihg' }, 'ERR_INVALID_ARG_VALUE', /options.cardinality must be one of none, low, orchestrator, high, it is 'hihg'; did you mean 'high'\?/],
  ]) {
    assert.throws(() => new Client(options), { code, message });
  }
  assert.throws(() => new Server({ port: 0, bucketSec: 1 }), { message: /no option 'bucketSec'; did you mean 'bucketSecs'\?/ });
  assert.throws(() => new Server({ port: 0, tags: 'a:b' }), { message: /options.tags must be an array of strings: put \[ \] around it/ });
});

test('events, service checks and the options of a call are written', async (t) => {
  const { client, server } = await pair(t, { prefix: 'app', tags: ['env:test'] });
  client.event('deployed', 'by\nann', {
    tags: ['v:2'], timestamp: 1713804588, host: 'h|1', aggregationKey: 'k', priority: 'low', sourceType: 's', alertType: 'warning', cardinality: 'high',
  });
  client.event('short');
  client.serviceCheck('db', 2, { tags: ['v:2'], timestamp: new Date(1713804588000), host: 'h', message: 'down', cardinality: 'low' });
  client.serviceCheck('queue', 0);
  client.increment('n', 3, ['t:1'], { cardinality: 'none' });
  client.gauge('g', 5, [], { timestamp: 1713804588 });
  client.histogram('r', 5, [], { sampleRate: 1 });
  client.set('s', 'x', [], { timestamp: new Date(1713804588000) });
  await client.close();
  await server.expect(1);
  assert.deepEqual(lines(server), [
    '_e{5,0}:short||#env:test',
    '_e{8,7}:deployed|by\\nann|d:1713804588|h:h_1|k:k|p:low|s:s|t:warning|#v:2,env:test|card:high',
    '_sc|db|2|d:1713804588|h:h|#v:2,env:test|m:down|card:low',
    '_sc|queue|0|#env:test',
    'app.g:5|g|#env:test|T1713804588',
    'app.n:3|c|#t:1,env:test|card:none',
    'app.r:5|h|#env:test',
    'app.s:x|s|#env:test|T1713804588',
  ]);
});

test('what was called is sent, waits, or is counted as refused or dropped, after the end too', async (t) => {
  const { client } = await pair(t);
  client.increment('n');
  client.counter('n').add(2);
  client.gauge('', 1);
  client.gauge('g', 'text');
  client.event('e', 'x');
  client.serviceCheck('c', 0);
  assert.equal(await client.flush(), true);
  const { packetsSent, bytesSent, ...counted } = client.stats;
  assert.deepEqual(counted, { metrics: 3, events: 1, serviceChecks: 1, refused: 2, packetsDropped: 0, bytesDropped: 0 });
  assert.ok(packetsSent > 0 && bytesSent > 0);
  assert.equal(await client.close(), true);
  client.increment('n');
  client.timing('t', 1, [], { sampleRate: 0.5 });
  client.event('e', 'x');
  client.serviceCheck('c', 0);
  const { metrics, events, serviceChecks, refused } = client.stats;
  assert.deepEqual([metrics, events, serviceChecks, refused], [5, 2, 2, 6]);
  assert.equal(await client.close(), true);
});

test('flush and close take as long as the caller says, and what is left is counted', async (t) => {
  const file = await receiver('uds');
  process.kill(file.pid, 'SIGSTOP');
  t.after(async () => {
    process.kill(file.pid, 'SIGCONT');
    await file.close();
  });
  const client = new Client({ address: `unixgram://${file.path}`, telemetry: false });
  for (let i = 0; i < 1000; i++) client.increment(`filling.${i}.${'x'.repeat(1000)}`);
  for (const end of [() => client.flush(50), () => client.close(50)]) {
    const start = performance.now();
    assert.equal(await end(), false);
    assert.ok(performance.now() - start < 900, `${performance.now() - start} ms`);
  }
  assert.ok(client.stats.packetsDropped > 0);
  assert.throws(() => client.flush('1'), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('public objects say what they are', async (t) => {
  const { client, server } = await pair(t);
  const own = new Server({ port: 0 });
  t.after(() => own.close());
  const sketch = new Sketch().add(3);
  for (const [object, pattern] of [
    [client, /^Client \{[^]*address: 'udp:[^]*isClosed: false[^]*\}$/],
    [client.counter('n', ['a:b']), /^CounterHandle \{ name: 'n', tags: \[ 'a:b' \] \}$/],
    [client.gaugeHandle('n'), /^GaugeHandle \{ name: 'n', tags: \[\] \}$/],
    [client.timingHandle('n'), /^SampleHandle \{ kind: 'ms', name: 'n', tags: \[\] \}$/],
    [own, /^Server \{ addresses: \[ '127[^]*isClosed: false \}$/],
    [sketch, /^Sketch \{ count: 1, sum: 3, min: 3, max: 3, avg: 3 \}$/],
    [new Aggregator(), /^Aggregator \{\s+contexts: 0/],
  ]) {
    assert.match(inspect(object), pattern);
  }
  assert.match(inspect({ a: { b: { c: client } } }), /\[Client\]/);
  await client.close();
  assert.match(inspect(client), /isClosed: true/);
  assert.equal(server.datagrams.length, 0);
});

test('flush and close call back too, with or without a time, and what a callback throws is no rejection of theirs', async (t) => {
  const server = await receiver('udp');
  t.after(() => server.close());
  const make = () => new Client({ address: `udp://127.0.0.1:${server.port}`, telemetry: false });
  for (const end of ['flush', 'close']) {
    for (const timeout of [[], [500], [undefined]]) {
      const client = make();
      client.increment('n');
      assert.deepEqual(await new Promise((resolve) => client[end](...timeout, (...told) => resolve(told))), [undefined, true]);
      assert.equal(await client.close(() => {}), true);
      assert.throws(() => client[end](1, 'x'), { code: 'ERR_INVALID_ARG_TYPE', message: /callback must be a function/ });
    }
  }
  const program = `const { Client } = require(${JSON.stringify(path.join(__dirname, '..'))});
    process.on('uncaughtException', (error) => console.log(error.message));
    new Client({ address: 'udp://127.0.0.1:9', telemetry: false }).close(() => { throw new Error('of the callback'); }).then(console.log);`;
  assert.equal(spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 }).stdout.split('\n').sort().join(), ',of the callback,true');
});
