'use strict';

// Every promise and every callback settles in bounded time, whatever the other side does; and nothing throws into the caller.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { spawn, spawnSync } = require('node:child_process');
const { Writable } = require('node:stream');
const { test } = require('node:test');
const { Client, StatsD } = require('..');
const { receiver } = require('./support/receiver');

const root = path.join(__dirname, '..');

/** Milliseconds in which each call settles: closing waits for what is on its way, then for the socket. */
const BOUND = 4500;

/** A port on which nobody listens. */
async function closedPort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A server that accepts and never reads. */
async function deaf(t) {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  const sockets = [];
  server.on('connection', (socket) => sockets.push(socket.on('error', () => {})));
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

/** A stream that never says that it has written, nor that it is closed. */
const mute = () => new Writable({ write() {}, emitClose: false });

const destroyed = async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  stream.destroy();
  await once(stream, 'close');
  return stream;
};

/** A Unix socket whose reader does not read. */
async function full(t) {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-')), 'dsd.sock');
  const server = await receiver('uds', file);
  process.kill(server.pid, 'SIGSTOP');
  t.after(async () => {
    process.kill(server.pid, 'SIGCONT');
    await server.close();
  });
  return file;
}

const STATES = {
  'UDP with nobody there': async () => ({ host: '127.0.0.1', port: await closedPort() }),
  'UDP to a name that there is not': async () => ({ host: 'no.such.name.invalid', port: 1 }),
  'UDP to a name that there is not, kept': async () => ({ host: 'no.such.name.invalid', port: 1, cacheDns: true }),
  'TCP that is refused': async () => ({ protocol: 'tcp', host: '127.0.0.1', port: await closedPort() }),
  'TCP that is not read': async (t) => ({ protocol: 'tcp', host: '127.0.0.1', port: await deaf(t), isStalled: true }),
  'TCP to a name that there is not': async () => ({ protocol: 'tcp', host: 'no.such.name.invalid', port: 1 }),
  'a Unix socket that there is not': async () => ({ protocol: 'uds', path: '/no/such/socket' }),
  'a Unix socket that is full': async (t) => ({ protocol: 'uds', path: await full(t), isStalled: true }),
  'a stream that never answers': async () => ({ protocol: 'stream', stream: mute() }),
  'a stream that is gone': async () => ({ protocol: 'stream', stream: await destroyed() }),
  'no transport': async () => ({ protocol: 'bogus' }),
};

const WAYS = {
  'a datagram a call': { maxBufferSize: 0 },
  'a buffer': { maxBufferSize: 500, bufferFlushInterval: 20 },
  'aggregation': { aggregation: { flushInterval: 20 }, includeDatadogTelemetry: true },
  'the fast profile': { profile: 'fast' },
};

/** Waits for all of these, by name; fails with the names of those that have not settled in time. */
async function allSettle(what, promises) {
  const open = new Set(Object.keys(promises));
  const done = Object.entries(promises).map(([name, promise]) => promise.then(() => open.delete(name), () => open.delete(name)));
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, BOUND)));
  await Promise.race([Promise.all(done), late]);
  clearTimeout(timer);
  assert.deepEqual([...open], [], what);
}

const called = (call) => new Promise((resolve) => call(resolve));

/** What a program may do with a client, all of it awaited. */
async function life(what, options) {
  const { isStalled, ...given } = options;
  const client = new StatsD({ errorHandler() {}, closingFlushInterval: 10, ...given });
  const child = client.childClient({ prefix: 'child' });
  if (isStalled) for (let i = 0; i < 300; i++) client.increment(`filling.${i}.${'x'.repeat(3000)}`);
  const sent = {
    increment: called((done) => client.increment('n', 1, done)),
    event: called((done) => child.event('t', 'x', {}, [], done)),
    check: called((done) => client.check('c', 0, {}, [], done)),
    list: called((done) => child.gauge(['a', 'b'], 1, done)),
  };
  await allSettle(`${what}: flush`, { promise: client.flush(), callback: called((done) => client.flush(done)), child: child.flush() });
  await allSettle(`${what}: close`, { promise: client.close(), callback: called((done) => child.close(done)) });
  await allSettle(`${what}: once more`, {
    call: called((done) => client.increment('n', 1, done)),
    flush: client.flush(),
    again: client.close(),
    callback: called((done) => client.close(done)),
    ...sent,
  });
}

test('flush, close and every callback settle in every state of the other side, and after the end too', { concurrency: true }, async (t) => {
  t.mock.method(console, 'error', () => {});
  const states = Object.entries(STATES).map(([state, make]) =>
    t.test(state, (one) => Promise.all(Object.entries(WAYS).map(async ([way, options]) => life(`${state}, ${way}`, { ...options, ...(await make(one)) })))),
  );
  await Promise.all(states);
});

test('a program that awaits the end of a refused connection goes on behind it', async () => {
  const port = await closedPort();
  const program = `
    const { StatsD } = require(${JSON.stringify(root)});
    (async () => {
      for (const options of [{}, { maxBufferSize: 100 }, { aggregation: true }]) {
        const client = new StatsD({ protocol: 'tcp', host: '127.0.0.1', port: ${port}, errorHandler() {}, ...options });
        client.increment('n');
        await client.flush().catch(() => {});
        await client.close();
        await client.close();
      }
      console.log('behind it');
    })();`;
  const run = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 });
  assert.deepEqual([run.stdout, run.stderr, run.status], ['behind it\n', '', 0]);
});

test('flush and close of our client and of the fast profile take one wait together where the socket is full', async (t) => {
  const file = await full(t);
  for (const client of [new Client({ address: `unixgram://${file}`, telemetry: false }), new StatsD({ protocol: 'uds', path: file, profile: 'fast' })]) {
    for (let i = 0; i < 1000; i++) client.increment(`filling.${i}.${'x'.repeat(1000)}`);
    const start = performance.now();
    await client.flush();
    await client.close();
    const took = performance.now() - start;
    assert.ok(took < 1900, `${took} ms`);
  }
});

test('a process ends after one wait where the socket is full, however it ends and whatever its exit handlers call', async (t) => {
  const file = await full(t);
  const ends = ['', 'process.exit(0)', 'client.close()', 'client.flush().then(() => client.close())', "process.on('exit', () => { for (let i = 0; i < 9; i++) client.gauge('late', i); });"];
  const makes = [`new Client({ address: 'unixgram://${file}', telemetry: false })`, `new StatsD({ protocol: 'uds', path: ${JSON.stringify(file)}, profile: 'fast' })`];
  const programs = makes.flatMap((make) => ends.map((end) => `const client = ${make}; for (let i = 0; i < 1000; i++) client.increment('f.' + i + 'x'.repeat(1000)); ${end}`));
  await Promise.all(
    programs.map(async (program) => {
      const child = spawn(process.execPath, ['-e', `const { Client, StatsD } = require(${JSON.stringify(root)}); ${program}`], { stdio: ['ignore', 'inherit', 'inherit'] });
      const start = performance.now();
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
      const took = performance.now() - start;
      // One second, and what it takes to start ten processes on a busy machine; two waits were two seconds each.
      assert.ok(took < 8000, `${took} ms: ${program.slice(-80)}`);
    }),
  );
});

const MANY = {
  'eight clients': 'const t = performance.now(); for (let i = 0; i < 8; i++) fill(); done(t);',
  'six workers that are ended with their process': `
    const { Worker, isMainThread, parentPort } = require('worker_threads');
    if (isMainThread) {
      let left = 6;
      for (let i = 0; i < 6; i++) new Worker(__filename).on('message', () => --left === 0 && (done(), process.exit(0)));
    } else {
      fill();
      parentPort.postMessage('');
      setInterval(() => {}, 1000);
    }`,
  'six workers that end, and a client of the main thread': `
    const { Worker, isMainThread } = require('worker_threads');
    fill();
    if (isMainThread) {
      for (let i = 0; i < 6; i++) new Worker(__filename);
      done();
    }`,
};

test('the ends of many clients and of workers, whose socket is full, take about one wait in all', async (t) => {
  const file = await full(t);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  for (const [what, body] of Object.entries(MANY)) {
    const program = path.join(directory, `${what}.js`);
    fs.writeFileSync(
      program,
      `const { Client } = require(${JSON.stringify(root)});
      // Its own end begins when the exit handlers do; the parent sees when it is over.
      const done = () => process.prependListener('exit', () => require('fs').writeSync(1, 'ends'));
      function fill() {
        const client = new Client({ address: 'unixgram://${file}', telemetry: false });
        for (let i = 0; i < 300; i++) client.increment('f.' + i + 'x'.repeat(1000));
      }
      ${body}`,
    );
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    let start;
    child.stdout.on('data', () => (start = performance.now()));
    const [code] = await once(child, 'exit');
    const took = performance.now() - start;
    // A second and a third of one, and what a busy machine takes; one after the other they took five seconds and more.
    assert.ok(code === 0 && took < 3500, `${what}: ${took} ms, ${code}`);
  }
});

test('a handler that throws is called once when closing, and the console has both errors', async (t) => {
  const logs = [];
  t.mock.method(console, 'error', (text) => logs.push(text));
  const told = [];
  const client = new StatsD({
    protocol: 'stream',
    stream: await destroyed(),
    maxBufferSize: 500,
    errorHandler(error) {
      told.push(error.message);
      throw new Error('of the handler');
    },
  });
  client.increment('n');
  await client.close();
  assert.deepEqual(told, ['Error sending hot-shots message: Error: Stream is destroyed']);
  assert.deepEqual(logs, [
    'hot-shots: errorHandler threw inside final buffer flush; original error: Error sending hot-shots message: Error: Stream is destroyed; ' +
      'handler error: of the handler',
  ]);
});

test('a handler that throws at a flush rejects its promise with the first error, and at a call reaches the caller once', async (t) => {
  t.mock.method(console, 'error', () => {});
  let calls = 0;
  const errorHandler = () => {
    calls++;
    throw new Error('of the handler');
  };
  const stream = await destroyed();
  const buffered = new StatsD({ protocol: 'stream', stream, maxBufferSize: 500, errorHandler });
  buffered.increment('n');
  await assert.rejects(buffered.flush(), /Stream is destroyed/);
  assert.equal(calls, 1);
  const plain = new StatsD({ protocol: 'stream', stream, errorHandler });
  assert.throws(() => plain.increment('n'), /of the handler/);
  assert.equal(calls, 2);
});

test('a handler that counts errors, and a console that counts lines, are called once for what fails at once', (t) => {
  const options = { protocol: 'uds', path: '/no/such/socket', maxBufferSize: 0, includeDatadogTelemetry: true };
  let handled = 0;
  let client;
  const errorHandler = () => {
    handled++;
    client?.increment('errors');
    client?.flush(() => {});
  };
  client = new StatsD({ ...options, errorHandler });
  const before = handled;
  client.increment('n');
  assert.ok(handled > before && handled - before < 4, `${handled - before} times`);
  let logged = 0;
  const other = new StatsD({ ...options, errorHandler() {} });
  other.errorHandler = undefined;
  t.mock.method(console, 'error', () => {
    logged++;
    other.increment('lines');
  });
  other.increment('n');
  assert.ok(logged > 0 && logged < 4, `${logged} times`);
  assert.ok(client.telemetry.packetsDroppedWriter > 1 && other.telemetry.packetsDroppedWriter > 1);
});

test('a line without a colon keeps all of its letters in Telegraf mode', () => {
  const client = new StatsD({ mock: true, telegraf: true, globalTags: { env: 'prod' } });
  for (const line of ['nocolon', 'a:b:c']) client.send(line);
  assert.deepEqual(client.mockBuffer, ['nocolon,env=prod:', 'a,env=prod:b:c']);
});

test('close counts intervals, so that a process that is held up gives up no earlier', async (t) => {
  const lines = [];
  t.mock.method(console, 'error', (line) => lines.push(line));
  const client = new StatsD({ host: '127.0.0.1', port: 1, closingFlushInterval: 2 });
  let land;
  client.socket.send = (_buffer, done) => (land = done);
  client.increment('n');
  const closed = new Promise((resolve) => client.close(resolve));
  const end = Date.now() + 100;
  while (Date.now() < end);
  await new Promise(setImmediate);
  assert.equal(client.messagesInFlight, 1);
  land(null);
  assert.equal(await closed, undefined);
  assert.deepEqual(lines, []);
});
