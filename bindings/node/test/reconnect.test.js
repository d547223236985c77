'use strict';

// A server that goes away and comes back at the same path: what is called afterwards arrives, and errors are those of the system.

const assert = require('node:assert/strict');
const dns = require('node:dns');
const net = require('node:net');
const path = require('node:path');
const { once } = require('node:events');
const { spawn } = require('node:child_process');
const { setTimeout: pause } = require('node:timers/promises');
const { test } = require('node:test');
const { Client, StatsD } = require('..');
const { receiver } = require('./support/receiver');

/** Calls and flushes until a line with the name has come. */
async function arrives(server, client, name) {
  const deadline = Date.now() + 5000;
  const lines = () => server.datagrams.join('\n').split('\n').filter((line) => line.startsWith(`${name}:`));
  while (lines().length === 0 && Date.now() < deadline) {
    client.increment(name);
    await client.flush().catch(() => {});
    await Promise.race([server.expect(server.datagrams.length + 1), pause(20)]);
  }
  assert.notEqual(lines().length, 0, name);
}

const MAKE = {
  'the drop-in, a datagram a call': (options) => new StatsD({ ...options, maxBufferSize: 0 }),
  'the drop-in with a buffer': (options) => new StatsD(options),
  'the fast profile': (options) => new StatsD({ ...options, profile: 'fast' }),
  'our client': ({ path }) => new Client({ address: `unixgram://${path}`, telemetry: false }),
};

for (const [what, make] of Object.entries(MAKE)) {
  test(`a Unix socket that was bound anew is found by ${what}`, async (t) => {
    const first = await receiver('uds');
    const errors = [];
    const options = { ...first.options, udsGracefulRestartRateLimit: 1, errorHandler: (error) => errors.push(error.code) };
    const client = make(options);
    t.after(() => client.close());
    await arrives(first, client, 'before');
    await first.close();
    client.increment('lost');
    await client.flush().catch(() => {});
    // Nobody listens; that it is not connected (107) a second attempt would have said.
    if (what === 'the drop-in, a datagram a call') assert.ok(errors.includes(-111) && !errors.includes(-107), String(errors));
    const second = await receiver('uds', first.path);
    t.after(() => second.close());
    await arrives(second, client, 'after');
  });
}

/** A port where no connection is made: of a server that is stopped, with as many as it lets wait. */
async function deadPort(t) {
  const listen = "const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))";
  const server = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sockets = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.kill('SIGKILL');
  });
  const port = Number(await once(server.stdout, 'data'));
  server.kill('SIGSTOP');
  for (let isMade = true; isMade; ) {
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    isMade = await Promise.race([once(socket, 'connect').then(() => true), pause(300, false)]);
  }
  return port;
}

test('a process whose connection is never made ends when that is given up, whatever its unreferenced timers call', async (t) => {
  const port = await deadPort(t);
  // That nothing came for ten seconds is said at once.
  const program = `
    const { StatsD } = require(${JSON.stringify(path.join(__dirname, '..'))});
    for (const options of [{}, { maxBufferSize: 100, bufferFlushInterval: 5 }]) {
      const client = new StatsD({ protocol: 'tcp', host: '127.0.0.1', port: ${port}, tcpGracefulRestartRateLimit: 1, errorHandler() {}, ...options });
      client.increment('n');
      setInterval(() => client.increment('m'), 5).unref();
      setTimeout(() => client.socket.emit('timeout'), 50);
    }`;
  const child = spawn(process.execPath, ['-e', program], { stdio: 'inherit' });
  const timer = setTimeout(() => child.kill('SIGKILL'), 9000);
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  clearTimeout(timer);
});

test('a connection that was given up is made anew by a call after a rest, and not before', async (t) => {
  const server = await receiver('tcp');
  t.after(() => server.close());
  let now = Date.now();
  t.mock.method(Date, 'now', () => now);
  const client = new StatsD({ ...server.options, errorHandler() {}, tcpGracefulRestartRateLimit: 0 });
  t.after(() => client.close());
  const { socket } = client;
  const failed = () => new Promise((resolve) => client.increment('lost', resolve));
  socket.emit('timeout');
  assert.equal((await failed()).code, 'ERR_SOCKET_DESTROYED');
  now += 900;
  await failed();
  assert.equal(client.socket, socket);
  now += 200;
  await failed();
  assert.notEqual(client.socket, socket);
  await arrives(server, client, 'after');
});

for (const options of [{}, { cacheDns: true }]) {
  test(`a name that was not found is looked up once a second, however many datagrams there are: ${JSON.stringify(options)}`, async (t) => {
    let now = Date.now();
    t.mock.method(Date, 'now', () => now);
    const { lookup } = dns;
    const asked = [];
    let isKnown = false;
    t.mock.method(dns, 'lookup', (name, ...rest) => {
      if (name !== 'no.such.name.invalid') return lookup(name, ...rest);
      asked.push(name);
      const error = Object.assign(new Error('not found'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
      setImmediate(() => (isKnown ? rest.at(-1)(null, '127.0.0.1', 4) : rest.at(-1)(error)));
    });
    const server = await receiver('udp');
    t.after(() => server.close());
    const client = new StatsD({ host: 'no.such.name.invalid', port: server.options.port, errorHandler() {}, ...options });
    t.after(() => client.close());
    const call = async () => (await new Promise((resolve) => client.increment('n', resolve)))?.code;
    const calls = async () => [...new Set(await Promise.all(Array.from({ length: 20 }, call)))];
    assert.equal(await call(), 'ENOTFOUND');
    now += 900;
    assert.deepEqual(await calls(), ['ENOTFOUND']);
    assert.equal(asked.length, 1);
    now += 200;
    assert.deepEqual(await calls(), ['ENOTFOUND']);
    assert.equal(asked.length, 2);
    [now, isKnown] = [now + 1100, true];
    assert.equal(await call(), undefined);
    assert.deepEqual(await calls(), [undefined]);
    await server.expect(21);
  });
}

for (const options of [{}, { cacheDns: true }]) {
  test(`what is called before a name is known waits for one look-up, of several clients too: ${JSON.stringify(options)}`, async (t) => {
    const { lookup } = dns;
    const asked = [];
    t.mock.method(dns, 'lookup', (name, ...rest) => (name.endsWith('.invalid') ? asked.push([name, rest.at(-1)]) : lookup(name, ...rest)));
    const server = await receiver('udp');
    t.after(() => server.close());
    const clients = Array.from({ length: 2 }, () => new StatsD({ host: 'slow.name.invalid', port: server.options.port, errorHandler() {}, ...options }));
    const other = new StatsD({ host: 'other.name.invalid', port: server.options.port, errorHandler() {}, ...options });
    t.after(() => Promise.all([...clients, other].map((client) => client.close())));
    const call = (client, name) => new Promise((resolve) => client.increment(name, (error) => resolve(error?.code)));
    const calls = Array.from({ length: 20 }, (_, i) => call(clients[i % 2], 'n'));
    const failing = call(other, 'lost');
    await new Promise(setImmediate);
    assert.deepEqual(asked.map(([name]) => name), ['slow.name.invalid', 'other.name.invalid']);
    asked[1][1](Object.assign(new Error('not found'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }));
    assert.equal(await failing, 'ENOTFOUND');
    asked[0][1](null, '127.0.0.1', 4);
    assert.deepEqual([...new Set(await Promise.all(calls))], [undefined]);
    await server.expect(20);
    // What has been answered is not asked again by those who waited; who comes later asks anew.
    assert.equal(asked.length, 2);
  });
}
