'use strict';

const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const dgram = require('node:dgram');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');
const { Server } = require('..');

const PACKAGE = JSON.stringify(path.join(__dirname, '..'));
const node = (script, ...args) => promisify(execFile)(process.execPath, ['-e', script, ...args], { timeout: 20000 });

/** Sends each datagram to the UDP port, and resolves when the kernel has them. */
async function send(port, ...datagrams) {
  const socket = dgram.createSocket('udp4');
  for (const datagram of datagrams) await new Promise((done, failed) => socket.send(datagram, port, '127.0.0.1', (error) => (error ? failed(error) : done())));
  socket.close();
}

async function withServer(options, use) {
  const server = new Server({ port: 0, telemetry: false, ...options });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

test('series, events and service checks are emitted at a flush', () =>
  withServer({ tags: ['env:test'] }, async (server) => {
    const seen = [];
    for (const name of ['series', 'event', 'serviceCheck', 'flush']) server.on(name, (item) => seen.push([name, item]));
    await send(server.port, 'a:1|c\nno message', 'a:2|c|#t', '_e{1,1}:t|u', '_sc|db|2|m:down');
    await server.flush();
    assert.deepEqual(seen.map(([name, item]) => [name, item.name ?? item.title]), [
      ['series', 'a'], ['series', 'a'], ['event', 't'], ['serviceCheck', 'db'], ['flush', undefined],
    ]);
    assert.deepEqual(seen[1][1].tags, ['env:test', 't']);
    assert.equal(seen[3][1].message, 'down');
    assert.ok(seen[2][1].timestamp > 1.7e9);
    const { datagrams, parseErrors, messages } = server.stats;
    assert.deepEqual([datagrams.udp, parseErrors.no_pipe, messages.count], [4, 1, 2]);
  }));

test('a thousand datagrams wake JavaScript once', () =>
  withServer({}, async (server) => {
    let flushes = 0;
    server.on('flush', () => (flushes += 1));
    await send(server.port, ...Array.from({ length: 1000 }, (_, at) => `a:1|c|#n:${at % 10}`));
    assert.equal(flushes, 0);
    await server.flush();
    assert.equal(flushes, 1);
    let sum = 0;
    for (let tag = 0; tag < 10; tag += 1) sum += (await server.waitFor('a', { tags: [`n:${tag}`] })).value;
    assert.equal(sum, 1000);
  }));

test('waitFor finds what was flushed before and what is sent later, each once', () =>
  withServer({}, async (server) => {
    await send(server.port, 'a:1|c');
    await server.flush();
    assert.equal((await server.waitFor('a')).value, 1);
    const waiting = server.waitFor('a', { where: ({ value }) => value === 4 });
    await send(server.port, 'a:4|c');
    assert.equal((await waiting).value, 4);
    await send(server.port, 'other:5|g|#x');
    const failed = server.waitFor('a', { timeout: 30, tags: ['y'] });
    await assert.rejects(failed, { code: 'ETIMEDOUT', message: 'a with the tags y did not arrive within 30 ms; what did:\n  other (gauge) 5 #x' });
    await assert.rejects(server.waitFor(1), { code: 'ERR_INVALID_ARG_TYPE' });
  }));

test('for await reads every series until the server is closed', async () => {
  const server = new Server({ port: 0, telemetry: false, counterZeros: false });
  const seen = [];
  const reading = (async () => {
    for await (const { name, value } of server) {
      seen.push([name, value]);
      if (name === 'b') await send(server.port, 'c:3|g');
    }
  })();
  await send(server.port, 'a:1|c\nb:2|g');
  const flushed = server.flush();
  await flushed;
  while (seen.length < 2) await new Promise(setImmediate);
  await server.waitFor('c');
  await server.close();
  await reading;
  assert.deepEqual(seen, [['a', 1], ['b', 2], ['c', 3]]);
  for await (const series of server) assert.fail(`${series.name} after the end`);
});

test('who leaves a for await early does not hold the others up', () =>
  withServer({}, async (server) => {
    await Promise.all([
      (async () => {
        for await (const series of server) {
          assert.equal(series.name, 'a');
          break;
        }
      })(),
      send(server.port, 'a:1|c\nb:1|c').then(() => server.flush()),
    ]);
    await send(server.port, 'c:1|c');
    assert.equal((await server.waitFor('c')).value, 1);
  }));

test('Unix datagram and stream sockets are received, and go with the server', { skip: process.platform === 'win32' }, async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
  const [socketPath, streamPath] = ['dsd.socket', 'dsd.stream'].map((name) => path.join(directory, name));
  const server = new Server({ socketPath, streamPath, telemetry: false });
  assert.equal(server.port, 0);
  assert.deepEqual(server.addresses, [socketPath, streamPath]);
  const frame = Buffer.from('....a:1|c');
  frame.writeUInt32LE(frame.length - 4, 0);
  const client = net.connect(streamPath);
  client.end(frame);
  await once(client, 'close');
  assert.equal((await server.waitFor('a')).value, 1);
  assert.throws(() => new Server({ socketPath }), { code: 'EADDRINUSE', message: /already listening/ });
  await server.close();
  assert.deepEqual(fs.readdirSync(directory), []);
  assert.throws(() => new Server({ socketPath: path.join(directory, 'no', 'x') }), { code: 'ENOENT' });
  assert.throws(() => new Server({ socketPath: path.join(directory, 'x'.repeat(200)) }), { code: 'ENAMETOOLONG' });
  fs.writeFileSync(path.join(directory, 'file'), '');
  assert.throws(() => new Server({ socketPath: path.join(directory, 'file') }), { code: 'ENOTSOCK' });
  fs.rmSync(directory, { recursive: true });
});

test('a port in use, addresses and options that are none are errors with a code', () =>
  withServer({}, async (server) => {
    assert.throws(() => new Server({ port: server.port }), { code: 'EADDRINUSE', message: /already in use/ });
    assert.throws(() => new Server({ port: 0, host: '192.0.2.1' }), { code: 'EADDRNOTAVAIL' });
    for (const port of [-1, 65536, 1.5, NaN]) assert.throws(() => new Server({ port }), { code: 'ERR_OUT_OF_RANGE' });
    for (const options of [{ port: '8125' }, null, 8125, { port: 0, host: Symbol('h') }, { port: 0, tags: 'a' }]) {
      assert.throws(() => new Server(options), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    }
    assert.throws(() => new Server({ port: 0, scoketPath: 'x' }), { message: /there is no option 'scoketPath'; did you mean 'socketPath'/ });
    assert.throws(() => new Server({ port: 0, tags: ['a|b'] }), { code: 'ERR_INVALID_ARG_VALUE' });
  }));

test('closing reads what has arrived, emits it, tells the counts, and can be repeated', async () => {
  const server = new Server({ port: 0, telemetry: false });
  const seen = [];
  server.on('series', ({ name }) => seen.push(name));
  server.on('close', () => seen.push('close'));
  await send(server.port, 'a:1|c');
  const [first, second] = await Promise.all([server.close(), server.close(), server.flush()]);
  assert.equal(first, second);
  assert.equal(first.datagrams.udp, 1);
  assert.deepEqual(seen, ['a', 'close']);
  assert.equal(server.stats.messages.count, 1);
  await server.flush();
  await assert.rejects(server.waitFor('a2'), /before the server was closed/);
});

test('an open server keeps the process alive, one with unref does not, nor one that did not start', async () => {
  const open = `const { Server } = require(${PACKAGE}); const server = new Server({ port: 0 });`;
  await node(`${open} server.unref();`);
  await node(`${open} server.close();`);
  await node(`${open} server.unref(); try { new Server({ port: server.port }); process.exitCode = 1 } catch {}`);
  const kept = node(`${open} console.log(server.port); server.on('series', ({ name }) => name === 'end' && process.exit(7)); setTimeout(() => server.flush(), 1).unref();
    const socket = require('dgram').createSocket('udp4').unref(); socket.send('end:1|c', server.port, '127.0.0.1', () => server.flush());`);
  await assert.rejects(kept, { code: 7 });
});

test('a process that exits with a flush under way does not hang', async () => {
  await node(`const { Server } = require(${PACKAGE}); const server = new Server({ port: 0, bucketSecs: 1 }); server.flush(); server.flush(); process.exit(0)`);
  await node(`const { Server } = require(${PACKAGE}); const server = new Server({ port: 0 }); server.close(); process.exit(0)`);
});

test('worker threads have servers of their own, and one that is terminated takes its server along', async () => {
  const source = `const { parentPort } = require('worker_threads'); const { Server } = require(${PACKAGE});
    const server = new Server({ port: 0, telemetry: false }); server.on('series', ({ name }) => parentPort.postMessage(name));
    parentPort.on('message', () => server.flush()); parentPort.postMessage(server.port);`;
  const workers = [0, 1, 2].map(() => new Worker(source, { eval: true }));
  const ports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  assert.equal(new Set(ports).size, 3);
  for (const [at, worker] of workers.entries()) {
    await send(ports[at], `w${at}:1|c`);
    worker.postMessage('flush');
    assert.deepEqual(await once(worker, 'message'), [`w${at}`]);
    worker.postMessage('flush');
    await worker.terminate();
    await withServer({ port: ports[at] }, async () => {});
  }
});

test('a closed server is collected', async () => {
  const script = `const { Server } = require(${PACKAGE});
    let left = 10;
    const registry = new FinalizationRegistry(() => (left -= 1));
    const serve = async () => { const server = new Server({ port: 0 }); registry.register(server); await server.close(); };
    const collect = () => { global.gc(); if (left > 0) setImmediate(collect); };
    (async () => { for (let at = 0; at < 10; at += 1) await serve(); collect(); })();`;
  await promisify(execFile)(process.execPath, ['--expose-gc', '-e', script], { timeout: 30000 });
});

test('flush and close settle while a reader does not read, or waits for them itself, and it reads all of it afterwards', async () => {
  const server = new Server({ port: 0, telemetry: false });
  const socket = dgram.createSocket('udp4');
  const send = (text) => new Promise((done) => socket.send(text, server.port, '127.0.0.1', done));
  const reader = server[Symbol.asyncIterator]();
  for (const name of ['a', 'b', 'c']) {
    await send(`${name}:1|g\n${name}${name}:2|g`);
    await server.flush();
  }
  const first = await reader.next();
  await server.flush();
  await send('d:1|g');
  await server.close();
  const names = [first.value.name];
  for await (const { name } of reader) names.push(name);
  assert.deepEqual([...new Set(names)].sort(), ['a', 'aa', 'b', 'bb', 'c', 'cc', 'd']);
  socket.close();
});
