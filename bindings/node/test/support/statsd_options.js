'use strict';

// What shows that each option of the drop-in does what it says.

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const dns = require('node:dns');
const fs = require('node:fs');
const os = require('node:os');
const { PassThrough } = require('node:stream');
const { StatsD } = require('../..');
const { receiver } = require('./receiver');

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Waits until `is` holds, for three seconds at most. */
async function until(is) {
  for (const end = Date.now() + 3000; !is() && Date.now() < end; ) await pause(5);
  assert.ok(is(), String(is));
}

/** The lines of a client that sends nothing. */
function mocked(options, call = (client) => client.increment('n', 1, ['t'])) {
  const client = new StatsD({ mock: true, ...options });
  call(client);
  return client.mockBuffer;
}

/** A receiver of a kind, what it gets of a client, and the client. */
async function real(t, kind, options = {}) {
  const server = await receiver(kind);
  t.after(() => server.close());
  const client = new StatsD({ ...server.options, errorHandler() {}, ...options });
  t.after(() => client.close().catch(() => {}));
  const lines = () => server.datagrams.join('\n').split('\n').filter(Boolean);
  return { client, server, lines };
}

function withEnvironment(t, values) {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
  }
}

/** A client over TCP or a Unix socket whose other end is gone, after a call; whether it has another socket. */
async function isReplaced(t, options) {
  const { client } = await real(t, 'tcp', options);
  await until(() => client.socket !== undefined);
  const before = client.socket;
  await pause(5);
  client.socket.emit('error', Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
  return client.socket !== before;
}

const STATSD = {
  host: async (t) => {
    const { client, lines } = await real(t, 'udp6', { host: '::1' });
    client.increment('n');
    await until(() => lines().length === 1);
  },
  port: async (t) => {
    const { client, lines } = await real(t, 'udp');
    client.increment('n');
    await until(() => lines().length === 1);
    assert.equal(new StatsD({ mock: true }).port, 8125);
  },
  protocol: async (t) => {
    const { client, lines } = await real(t, 'tcp');
    client.increment('n');
    await until(() => lines().length === 1);
  },
  path: async (t) => {
    const { client, lines } = await real(t, 'uds', { maxBufferSize: 0 });
    client.increment('n');
    await until(() => lines().length === 1);
  },
  stream: async () => {
    const stream = new PassThrough();
    const client = new StatsD({ protocol: 'stream', stream });
    client.increment('n');
    assert.equal(String(stream.read()), 'n:1|c\n');
  },
  prefix: () => assert.deepEqual(mocked({ prefix: 'p' }), ['p.n:1|c|#t']),
  suffix: () => assert.deepEqual(mocked({ suffix: 's' }), ['n.s:1|c|#t']),
  globalTags: () => assert.deepEqual(mocked({ globalTags: ['g'] }), ['n:1|c|#g,t']),
  includeDataDogTags: (t) => {
    withEnvironment(t, { DD_ENV: 'prod' });
    const plain = { datadog: false, includeDatadogTelemetry: false };
    assert.deepEqual([mocked(plain), mocked({ ...plain, includeDataDogTags: false })], [['n:1|c|#env:prod,t'], ['n:1|c|#t']]);
  },
  tagPrefix: () => assert.deepEqual(mocked({ tagPrefix: '~' }), ['n:1|c|~t']),
  tagSeparator: () => assert.deepEqual(mocked({ tagSeparator: ';', globalTags: ['g'] }), ['n:1|c|#g;t']),
  sampleRate: (t) => {
    t.mock.method(Math, 'random', () => 0.4);
    assert.deepEqual([mocked({ sampleRate: 0.5 }), mocked({ sampleRate: 0.3 })], [['n:1|c|@0.5|#t'], []]);
  },
  maxBufferSize: async (t) => {
    const { client, server } = await real(t, 'udp', { maxBufferSize: 100 });
    client.increment('a');
    client.increment('b');
    await client.flush();
    await server.expect(1);
    assert.deepEqual(server.datagrams, ['a:1|c\nb:1|c']);
  },
  bufferFlushInterval: async (t) => {
    const { client, lines } = await real(t, 'udp', { maxBufferSize: 100, bufferFlushInterval: 5 });
    client.increment('n');
    await until(() => lines().length === 1);
    assert.equal(new StatsD({ mock: true }).bufferFlushInterval, 1000);
  },
  aggregation: async (t) => {
    const { client, lines } = await real(t, 'udp', { aggregation: { flushInterval: 5, maxContexts: 1 } });
    client.increment('n', 2);
    client.increment('n', 3);
    client.increment('other');
    assert.equal(client.aggregator.contexts.size, 1);
    await until(() => lines().length === 2);
    assert.deepEqual(lines().sort(), ['n:5|c', 'other:1|c']);
    const defaults = new StatsD({ mock: true, aggregation: true }).aggregator;
    assert.deepEqual([defaults.flushInterval, defaults.maxContexts], [2000, 5000]);
  },
  telegraf: () => assert.deepEqual(mocked({ telegraf: true }), ['n,t:1|c']),
  mock: async (t) => {
    const { client, server } = await real(t, 'udp', { mock: true });
    client.increment('n');
    assert.deepEqual([client.mockBuffer, server.datagrams], [['n:1|c'], []]);
  },
  globalize: (t) => {
    t.after(() => delete global.statsd);
    const client = new StatsD({ mock: true, globalize: true });
    assert.equal(global.statsd, client);
  },
  cacheDns: async (t) => {
    const lookup = t.mock.method(dns, 'lookup', (host, ...rest) => setImmediate(rest.pop(), null, '127.0.0.1', 4));
    const counts = [];
    for (const cacheDns of [false, true]) {
      lookup.mock.resetCalls();
      const { client, server } = await real(t, 'udp', { host: 'name.test', cacheDns });
      for (let i = 1; i <= 3; i++) {
        client.increment('n');
        await server.expect(i);
      }
      counts.push(lookup.mock.calls.filter((call) => call.arguments[0] === 'name.test').length);
    }
    assert.deepEqual(counts, [3, 1]);
  },
  cacheDnsTtl: async (t) => {
    const lookup = t.mock.method(dns, 'lookup', (host, ...rest) => setImmediate(rest.pop(), null, '127.0.0.1', 4));
    const { client, server } = await real(t, 'udp', { host: 'name.test', cacheDns: true, cacheDnsTtl: 1 });
    for (let i = 1; i <= 3; i++) {
      client.increment('n');
      await server.expect(i);
      await pause(5);
    }
    assert.equal(lookup.mock.calls.filter((call) => call.arguments[0] === 'name.test').length, 3);
    assert.equal(new StatsD({ mock: true }).cacheDnsTtl, 60000);
  },
  useDefaultRoute: (t) => {
    const read = fs.readFileSync;
    const route = 'Iface\tDestination\tGateway\neth0\t00000000\t0100A8C0\n';
    t.mock.method(fs, 'readFileSync', (file, ...rest) => (file === '/proc/net/route' ? route : read(file, ...rest)));
    t.mock.method(console, 'log', () => {});
    assert.equal(new StatsD({ mock: true, useDefaultRoute: true }).host, '192.168.0.1');
  },
  errorHandler: (t) => {
    t.mock.method(console, 'error', () => {});
    const errors = [];
    new StatsD({ protocol: 'bogus', errorHandler: (error) => errors.push(error.message) });
    assert.deepEqual([errors, console.error.mock.callCount()], [["Unsupported protocol 'bogus'"], 0]);
  },
  closingFlushInterval: async (t) => {
    t.mock.method(console, 'error', () => {});
    const { client } = await real(t, 'udp', { closingFlushInterval: 1 });
    client.socket.send = () => {};
    client.increment('n');
    const start = performance.now();
    await client.close();
    // Eleven intervals; of 50 ms by default.
    assert.ok(performance.now() - start < 400);
    assert.equal(new StatsD({ mock: true }).closingFlushInterval, 50);
  },
  udpSocketOptions: async (t) => {
    const create = t.mock.method(dgram, 'createSocket');
    new StatsD({ host: '::1', udpSocketOptions: { type: 'udp6', sendBufferSize: 5000 } });
    assert.equal(create.mock.calls.at(-1).arguments[0].sendBufferSize, 5000);
  },
  udsRetryOptions: async (t) => {
    const server = await receiver('uds');
    process.kill(server.pid, 'SIGSTOP');
    t.after(async () => {
      process.kill(server.pid, 'SIGCONT');
      await server.close();
    });
    const delays = [];
    const { setTimeout: real_ } = global;
    t.mock.method(global, 'setTimeout', (work, delay) => {
      delays.push(delay);
      return real_(work, 0);
    });
    const retries = { retries: 4, retryDelayMs: 3, maxRetryDelayMs: 20, backoffFactor: 3 };
    const client = new StatsD({ ...server.options, maxBufferSize: 0, udsRetryOptions: retries, errorHandler() {} });
    for (let i = 0; i < 600; i++) client.increment(`n${'x'.repeat(3000)}`);
    delays.length = 0;
    await new Promise((done) => client.increment('n', done));
    assert.deepEqual([...new Set(delays)].sort((a, b) => a - b), [3, 9, 20]);
    client.close();
  },
  tcpGracefulErrorHandling: async (t) => {
    assert.deepEqual([await isReplaced(t, { tcpGracefulRestartRateLimit: 1 }), await isReplaced(t, { tcpGracefulErrorHandling: false, tcpGracefulRestartRateLimit: 1 })], [true, false]);
  },
  tcpGracefulRestartRateLimit: async (t) => {
    assert.deepEqual([await isReplaced(t, { tcpGracefulRestartRateLimit: 1 }), await isReplaced(t, {})], [true, false]);
  },
  udsGracefulErrorHandling: async (t) => {
    const { client } = await real(t, 'uds', { udsGracefulErrorHandling: false, udsGracefulRestartRateLimit: 1 });
    const { client: other } = await real(t, 'uds', { udsGracefulRestartRateLimit: 1 });
    for (const [each, isOther] of [[client, false], [other, true]]) {
      const before = each.socket;
      await pause(5);
      each.socket.emit('error', Object.assign(new Error('gone'), { code: -os.constants.errno.ECONNREFUSED }));
      assert.equal(each.socket !== before, isOther);
    }
  },
  udsGracefulRestartRateLimit: async (t) => {
    const { client } = await real(t, 'uds', { udsGracefulRestartRateLimit: 60_000 });
    const before = client.socket;
    await pause(5);
    client.socket.emit('error', Object.assign(new Error('gone'), { code: -os.constants.errno.ECONNREFUSED }));
    assert.equal(client.socket, before);
    assert.equal(new StatsD({ mock: true }).udsGracefulRestartRateLimit, 1000);
  },
  datadog: () => assert.deepEqual([mocked({ datadog: true, containerID: 'x' }), mocked({ datadog: false, containerID: 'x' })], [['n:1|c|#t|c:x'], ['n:1|c|#t']]),
  originDetection: () => {
    assert.equal(new StatsD({ mock: true, datadog: true }).originDetection, true);
    assert.deepEqual(mocked({ datadog: true, originDetection: false }), ['n:1|c|#t']);
  },
  containerID: () => assert.deepEqual(mocked({ datadog: true, containerID: 'abc' }), ['n:1|c|#t|c:abc']),
  cardinality: () => assert.deepEqual(mocked({ datadog: true, originDetection: false, cardinality: 'low' }), ['n:1|c|#t|card:low']),
  includeDatadogTelemetry: async (t) => {
    const { client, lines } = await real(t, 'udp', { includeDatadogTelemetry: true });
    client.increment('n');
    await client.close();
    await until(() => lines().some((line) => line.startsWith('datadog.dogstatsd.client.metrics:1|c')));
  },
  telemetryFlushInterval: async (t) => {
    const { client, lines } = await real(t, 'udp', { includeDatadogTelemetry: true, telemetryFlushInterval: 5 });
    client.increment('n');
    await until(() => lines().some((line) => line.startsWith('datadog.dogstatsd.client.metrics:1|c')));
  },
  profile: async (t) => {
    const { client } = await real(t, 'udp', { profile: 'fast' });
    const { client: plain } = await real(t, 'udp');
    assert.deepEqual([client.recorder !== undefined, plain.recorder], [true, undefined]);
  },
  bufferHolder: () => {
    const bufferHolder = { buffer: '' };
    assert.equal(new StatsD({ mock: true, isChild: true, bufferHolder }).bufferHolder, bufferHolder);
  },
  isChild: () => assert.equal(new StatsD({ mock: true, isChild: true, bufferHolder: { buffer: '' } }).intervalHandle, undefined),
  socket: () => {
    const socket = { send() {} };
    assert.equal(new StatsD({ isChild: true, socket, bufferHolder: { buffer: '' } }).socket, socket);
  },
};

module.exports = { STATSD, pause, until, withEnvironment };
