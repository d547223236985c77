'use strict';

// One test an option: a value away from its default changes what is sent, told or done. An option of the types that has none here fails the last test.

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { Aggregator, Client, Server, Sketch } = require('..');
const { receiver } = require('./support/receiver');
const { STATSD, pause, until, withEnvironment } = require('./support/statsd_options');

/** Our own client with one option, and what comes of its calls. */
async function own(t, options, call, kind = 'udp') {
  const server = await receiver(kind);
  t.after(() => server.close());
  const client = new Client({ address: kind === 'udp' ? `udp://127.0.0.1:${server.port}` : `unixgram://${server.path}`, telemetry: false, originDetection: false, ...options });
  await call(client, server);
  await client.close();
  return server.datagrams.join('').split('\n').filter(Boolean);
}

const one = (client) => client.increment('n');
const shows = (options, line) => async (t) => {
  const lines = await own(t, options, async (client, server) => {
    one(client);
    await client.flush();
    await server.expect(1);
  });
  assert.deepEqual(lines, [line]);
};

const CLIENT = {
  address: shows({}, 'n:1|c'),
  prefix: shows({ prefix: 'p' }, 'p.n:1|c'),
  suffix: shows({ suffix: 's' }, 'n.s:1|c'),
  tags: shows({ tags: ['a:b'] }, 'n:1|c|#a:b'),
  cardinality: shows({ cardinality: 'low' }, 'n:1|c|card:low'),
  containerId: shows({ containerId: 'abc' }, 'n:1|c|c:abc'),
  originDetection: async (t) => {
    withEnvironment(t, { DD_EXTERNAL_ENV: 'cn-app' });
    for (const [originDetection, isTold] of [[true, true], [false, false]]) {
      const lines = await own(t, { originDetection }, async (client, server) => (one(client), await client.flush(), await server.expect(1)));
      assert.equal(lines[0].includes('|e:cn-app'), isTold, lines[0]);
    }
  },
  sampleRate: async (t) => {
    const lines = await own(t, { sampleRate: 0.5 }, async (client, server) => {
      for (let i = 0; i < 64; i++) client.histogram('h', 1);
      client.increment('c', 3);
      await client.flush();
      await server.expect(1);
    });
    assert.ok(lines.includes('c:3|c') && lines.some((line) => /^h:.*\|h\|@0\.5/.test(line)), lines.join('\n'));
  },
  maxPayload: async (t) => {
    const sizes = [];
    for (const maxPayload of [undefined, 100]) {
      await own(t, { maxPayload }, async (client, server) => {
        for (let i = 0; i < 20; i++) client.gauge(`some.gauge.${i}`, i);
        await client.flush();
        await server.expect(maxPayload === undefined ? 1 : 4);
        sizes.push(Math.max(...server.datagrams.map((datagram) => datagram.length)));
      });
    }
    assert.ok(sizes[0] > 100 && sizes[1] <= 100, String(sizes));
  },
  flushInterval: async (t) => {
    await own(t, { flushInterval: 20 }, async (client, server) => {
      one(client);
      await until(() => server.datagrams.length > 0);
    });
  },
  telemetry: async (t) => {
    const lines = await own(t, { telemetry: true, telemetryInterval: 1 }, async (client, server) => {
      one(client);
      await pause(5);
      await client.flush();
      one(client);
      await pause(5);
      await client.flush();
      await server.expect(2);
    });
    assert.ok(lines.some((line) => line.startsWith('datadog.dogstatsd.client.metrics:')), lines.join('\n'));
  },
  telemetryInterval: async (t) => {
    const lines = await own(t, { telemetry: true, telemetryInterval: 3_600_000 }, async (client, server) => {
      one(client);
      await pause(5);
      await client.flush();
      await server.expect(1);
      assert.ok(!server.datagrams.join('').includes('datadog.dogstatsd'));
    });
    assert.ok(lines.includes('n:1|c'));
  },
};

/** What an aggregator with these options makes of lines. */
function aggregated(options, lines = 'n:1|c') {
  const aggregator = new Aggregator(options);
  aggregator.record(lines, { now: 1_000_000 });
  return aggregator;
}

const first = (options, lines) => aggregated(options, lines).flushAll(1_000_000)[0];
const zeros = (options) => {
  const aggregator = aggregated(options);
  aggregator.flush(1_020_000);
  return aggregator.flush(1_040_000).map(({ value }) => value);
};

const AGGREGATOR = {
  bucketSecs: () => assert.deepEqual([first({}).interval, first({ bucketSecs: 5 }).interval], [10, 5]),
  tags: () => assert.deepEqual(first({ tags: ['a:b'] }).tags, ['a:b']),
  aggregates: () => {
    assert.deepEqual(Object.keys(first({}, 'h:1|h').aggregates).sort(), ['95percentile', 'avg', 'count', 'max', 'median']);
    assert.deepEqual(Object.keys(first({ aggregates: ['min'] }, 'h:1|h').aggregates), ['min']);
  },
  counterZeros: () => assert.deepEqual([zeros({}).includes(0), zeros({ counterZeros: false })], [true, []]),
  counterExpirySecs: () => assert.deepEqual([zeros({}).includes(0), zeros({ counterExpirySecs: 1 })], [true, []]),
  contexts: () => assert.equal(aggregated({ contexts: 1 }, 'a:1|c\nb:1|c').stats.refusedContexts > 0, true),
};

async function served(options, text, look) {
  const server = new Server({ port: 0, telemetry: false, ...options });
  const socket = dgram.createSocket('udp4');
  try {
    if (text !== undefined) await new Promise((done) => socket.send(text, server.port, '127.0.0.1', done));
    return await look(server);
  } finally {
    socket.close();
    await server.close();
  }
}

const series = (options, text, name) => served(options, text, (server) => server.waitFor(name, { timeout: 3000 }));
const socketFile = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-')), 'dsd.sock');

const SERVER = {
  port: () => served({}, undefined, (server) => assert.ok(server.port > 0)),
  host: () => served({ host: '::1' }, undefined, (server) => assert.match(server.addresses[0], /^\[::1\]/)),
  socketPath: async () => {
    const file = socketFile();
    await served({ port: undefined, socketPath: file }, undefined, async (server) => {
      const client = new Client({ address: `unixgram://${file}`, telemetry: false });
      client.gauge('g', 7);
      await client.close();
      assert.equal((await server.waitFor('g', { timeout: 3000 })).value, 7);
    });
  },
  streamPath: async () => {
    const file = socketFile();
    await served({ port: undefined, streamPath: file }, undefined, async (server) => {
      const client = new Client({ address: `unixstream://${file}`, telemetry: false });
      client.gauge('g', 7);
      await client.close();
      assert.equal((await server.waitFor('g', { timeout: 3000 })).value, 7);
    });
  },
  socketMode: async () => {
    const file = socketFile();
    await served({ port: undefined, socketPath: file, socketMode: 0o600 }, undefined, () => assert.equal(fs.statSync(file).mode & 0o777, 0o600));
  },
  receiveBuffer: () =>
    served({ receiveBuffer: 64 }, `a:1|g\nb:1|g|#${'x'.repeat(100)}`, async (server) => {
      await server.waitFor('a', { timeout: 3000 });
      await assert.rejects(server.waitFor('b', { timeout: 50 }), { code: 'ETIMEDOUT' });
    }),
  bucketSecs: async () => assert.equal((await series({ bucketSecs: 5 }, 'n:1|g', 'n')).interval, 5),
  tags: async () => assert.deepEqual((await series({ tags: ['a:b'] }, 'n:1|g', 'n')).tags, ['a:b']),
  aggregates: async () => assert.deepEqual(Object.keys((await series({ aggregates: ['min'] }, 'h:1|h', 'h')).aggregates), ['min']),
  counterZeros: () => zerosOf({ counterZeros: false }, 0),
  counterExpirySecs: () => zerosOf({ counterExpirySecs: 0 }, 0),
  contexts: () =>
    served({ contexts: 1 }, 'a:1|c\nb:1|c\nc:1|c', async (server) => {
      await server.flush();
      await until(() => Object.values(server.stats.refused).some((count) => count > 0));
    }),
  telemetry: async () => {
    const names = (telemetry) =>
      served({ telemetry, bucketSecs: 1 }, 'n:1|g', async (server) => {
        const seen = [];
        server.on('series', ({ name }) => seen.push(name));
        await server.waitFor('n', { timeout: 3000 });
        await pause(1200);
        await server.flush();
        return seen.some((name) => name.startsWith('basenji.'));
      });
    assert.deepEqual([await names(true), await names(false)], [true, false]);
  },
  messages: () =>
    served({ messages: true }, 'n:1|g\nbad', async (server) => {
      const seen = [];
      server.on('message', ({ name }) => seen.push(name)).on('badLine', ({ reason }) => seen.push(reason));
      await until(() => seen.length === 2);
    }),
};

/** How many zeros a counter has after its one sample, over a few seconds of one-second buckets. */
async function zerosOf(options, expected) {
  const count = (given) =>
    served({ bucketSecs: 1, ...given }, 'n:1|c', async (server) => {
      const values = [];
      server.on('series', ({ name, value }) => name === 'n' && values.push(value));
      await server.flush();
      await pause(2500);
      return values.filter((value) => value === 0).length;
    });
  const [usual, with_] = await Promise.all([count({}), count(options)]);
  assert.ok(usual > 0, `${usual} zeros`);
  assert.equal(with_, expected);
}

const SKETCH = {
  bins: () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => 1.1 ** (i % 500));
    assert.ok(new Sketch().add(values).keys.length > 10);
    assert.ok(new Sketch({ bins: 10 }).add(values).keys.length <= 10);
  },
};

/** A value that an option may have, and one that it may not. */
function values({ name, kind, least, most, choices }) {
  if (name === 'eolRequired') return [['udp', 'unix_stream'], 'udp'];
  return {
    switch: [true, 'yes'],
    whole: [Math.max(least, Math.min(most, 16)), most + 1],
    share: [0.5, 1.5],
    time: [Math.max(least, 50), -1],
    text: ['x', 5],
    list: [['a:b'], 'a:b'],
    choice: [choices[0], 'none of these'],
  }[kind];
}

/** What a client with a transport of its own sends for these calls. */
async function handed(options, calls) {
  const lines = [];
  const client = new Client({ telemetry: false, originDetection: false, environment: false, transport: (datagram) => lines.push(...String(datagram).trimEnd().split('\n')), ...options });
  calls(client);
  await client.flush();
  const before = [...lines];
  await client.close();
  return { before, lines };
}

const numbers = (count, of) => Array.from({ length: count }, (_, i) => of(i));
const twice = (client) => (client.increment('n'), client.increment('n'));

Object.assign(CLIENT, {
  transport: async () => assert.deepEqual(await handed({}, one), { before: ['n:1|c'], lines: ['n:1|c'] }),
  profile: async () => assert.deepEqual((await handed({ profile: 'plain' }, twice)).lines, ['n:1|c', 'n:1|c']),
  aggregation: async () => assert.deepEqual((await handed({ aggregation: 'off' }, twice)).lines, ['n:1|c', 'n:1|c']),
  background: async () => assert.deepEqual((await handed({ background: false }, one)).lines, ['n:1|c']),
  dialect: async () => assert.deepEqual((await handed({ dialect: 'hot-shots-telegraf' }, (client) => client.increment('n', 1, ['a:b']))).lines, ['n,a=b:1|c']),
  environment: async (t) => {
    withEnvironment(t, { DD_ENV: 'dev' });
    assert.deepEqual((await handed({ environment: true }, one)).lines, ['n:1|c|#env:dev']);
    assert.deepEqual((await handed({ environment: false }, one)).lines, ['n:1|c']);
  },
  root: async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
    fs.mkdirSync(path.join(root, 'proc/self'), { recursive: true });
    const container = '0123456789abcdef'.repeat(4);
    fs.writeFileSync(path.join(root, 'proc/self/cgroup'), `12:cpu:/docker/${container}\n`);
    assert.deepEqual((await handed({ root, originDetection: true }, one)).lines, [`n:1|c|c:ci-${container}`]);
  },
  contexts: async () => {
    const { lines } = await handed({ contexts: 1 }, (client) => ['a', 'b', 'a', 'b'].forEach((name) => client.gauge(name, 1)));
    assert.equal(lines.filter((line) => line === 'b:1|g').length, 2, lines.join('\n'));
  },
  troubles: async () => {
    const client = new Client({ address: 'unixgram:///nowhere/d.sock', troubles: 1, telemetry: false });
    one(client);
    await client.flush(300);
    assert.match(client.troubles()[0], /no connection|lost/);
    assert.deepEqual(client.troubles(), []);
    await client.close(1);
  },
});

/** Calls at a socket that nobody reads; what the client says of it. */
async function stalled(options) {
  const client = new Client({ address: 'unixgram:///nowhere/d.sock', maxPayload: 512, telemetry: false, originDetection: false, troubles: 100, flushInterval: 3_600_000, ...options });
  for (let i = 0; i < 2000; i++) client.gauge(`a.name.of.some.length.${i}`, 1);
  await client.flush(300);
  try {
    return client.troubles().join('\n');
  } finally {
    await client.close(1);
  }
}

/** What is sent where there is not enough of something: each call by itself. */
const spills = (options, calls, pattern) => async () => {
  const count = async (given) => (await handed(given, calls)).lines.filter((line) => pattern.test(line)).length;
  const [usual, changed] = [await count({}), await count(options)];
  assert.ok(usual < changed, `${usual} ${changed}`);
};

Object.assign(CLIENT, {
  contextBytes: spills({ contextBytes: 64 }, (client) => numbers(100, (i) => [0, 1].forEach(() => client.gauge(`some.gauge.${i}`, 1))), /\|g/),
  cells: spills({ cells: 4 }, (client) => numbers(10, (i) => client.distribution('d', i)), /^d:/),
  queueBytes: async () => {
    const patient = { expiry: 3_600_000, patience: 3_600_000 };
    assert.deepEqual([/overflow/.test(await stalled({ queueBytes: 1 << 26, ...patient })), /overflow/.test(await stalled({ queueBytes: 2000, ...patient }))], [false, true]);
  },
  expiry: async () => assert.match(await stalled({ queueBytes: 1 << 26, expiry: 10, patience: 3_600_000 }), /expired/),
  overflow: async (t) => {
    const firsts = {};
    for (const overflow of ['oldest', 'newest']) {
      const file = socketFile();
      const client = new Client({ address: `unixgram://${file}`, maxPayload: 64, queueBytes: 640, overflow, expiry: 3_600_000, patience: 3_600_000, telemetry: false, originDetection: false });
      numbers(100, (i) => client.gauge(`m${String(i).padStart(3, '0')}`, 1));
      await client.flush(100);
      const server = new Server({ socketPath: file, telemetry: false, messages: true });
      t.after(() => server.close());
      const seen = [];
      server.on('message', ({ name }) => seen.push(name));
      await client.close(3000);
      await until(() => seen.length > 0);
      firsts[overflow] = seen[0];
    }
    assert.ok(firsts.newest < firsts.oldest, JSON.stringify(firsts));
  },
});

const { client: ofClient, server: ofServer, aggregator: ofAggregator } = require('../lib/native').options();

for (const row of ofClient.filter(({ name }) => !Object.hasOwn(CLIENT, name))) {
  CLIENT[row.name] = async () => {
    const [good, bad] = values(row);
    const { lines } = await handed({ [row.name]: good }, one);
    assert.deepEqual(lines, ['n:1|c']);
    assert.throws(() => new Client({ [row.name]: bad }), { message: new RegExp(`options\\.${row.name} must be`) });
  };
}

/** Lines, an option that changes what becomes of them, and what is looked at: of an aggregator, and of a server's flush. */
const SHARED = {
  contextBytes: [1, `${'a'.repeat(300)}:1|c`, (list) => list.length, 1, 0],
  cells: [4, `h:${numbers(200, String).join(':')}|h`, (list) => list.length, 1, 0],
  keyByOrigin: [true, 'n:1|g|c:a\nn:2|g|c:b', (list) => list.length, 1, 2],
  histogramExactSamples: [0, `h:${numbers(200, (i) => i + 1).join(':')}|h`, ([one]) => Number.isInteger(one.aggregates.median), true, false],
  setExactMembers: [0, numbers(200, (i) => `s:m${i}|s`).join('\n'), ([one]) => one.value === 200, true, false],
  sketchBins: [10, `d:${numbers(300, (i) => (1.1 ** i).toFixed(3)).join(':')}|d`, ([one]) => one.sketch.keys.length > 10, true, false],
};

/** What of a server's flush has these names, once all of it is there. */
const flushed = (options, lines) =>
  served(options, lines, async (server) => {
    const list = [];
    server.on('series', (one) => one.name.startsWith('basenji.') || list.push(one));
    await until(() => Object.values(server.stats.datagrams).some((count) => count > 0));
    await server.flush();
    await pause(20);
    return list;
  });

for (const [name, [value, lines, look, usual, changed]] of Object.entries(SHARED)) {
  const all = (options) => aggregated(options, lines).flushAll(1_000_000);
  AGGREGATOR[name] = () => assert.deepEqual([look(all({})), look(all({ [name]: value }))], [usual, changed]);
  SERVER[name] = async () => assert.deepEqual([look(await flushed({}, lines)), look(await flushed({ [name]: value }, lines))], [usual, changed]);
}

const members = numbers(200, (i) => `s:m${i}|s`).join('\n');
AGGREGATOR.setPrecision = () => {
  const count = (setPrecision) => first({ setExactMembers: 0, setPrecision }, members).value;
  assert.notEqual(count(4), count(14));
};
SERVER.setPrecision = async () => {
  const count = async (setPrecision) => (await flushed({ setExactMembers: 0, setPrecision }, members))[0].value;
  assert.notEqual(await count(4), await count(14));
};
Object.assign(SERVER, {
  timestamps: async () => {
    const isKept = async (timestamps) => (await flushed({ timestamps }, 'n:1|g|T1000000'))[0].timestamp === 1_000_000;
    assert.deepEqual([await isKept(true), await isKept(false)], [true, false]);
  },
  copyHistograms: async () => {
    const names = async (options) => (await flushed(options, 'h:1|h')).map(({ name }) => name).sort();
    assert.deepEqual([await names({}), await names({ copyHistograms: 'copy.' })], [['h'], ['copy.h', 'h']]);
  },
  eolRequired: async () => {
    const counts = (options) => flushed(options, 'a:1|c\nb:1|c').then((list) => list.length);
    assert.deepEqual([await counts({}), await counts({ eolRequired: ['udp'] })], [2, 1]);
  },
});

// What has no test of its own: the tests of the table say what each changes; here it is taken, and a value that is none is refused by name.
for (const row of ofServer.filter(({ name }) => !Object.hasOwn(SERVER, name))) {
  SERVER[row.name] = async () => {
    const [good, bad] = values(row);
    await served({ [row.name]: good }, undefined, () => {});
    assert.throws(() => new Server({ port: 0, [row.name]: bad }), { message: new RegExp(`options\\.${row.name} must be`) });
  };
}
for (const row of ofAggregator.filter(({ name }) => !Object.hasOwn(AGGREGATOR, name))) {
  AGGREGATOR[row.name] = () => assert.ok(new Aggregator({ [row.name]: values(row)[0] }));
}

const ALL = { StatsD: STATSD, Client: CLIENT, Server: SERVER, Aggregator: AGGREGATOR, Sketch: SKETCH };

for (const [kind, options] of Object.entries(ALL)) {
  for (const [option, check] of Object.entries(options)) test(`${kind} does what ${option} says`, async (t) => check(t));
}

test('every option of the types is tested', () => {
  for (const [file, name, tested] of [
    ['types', 'StatsDOptions', STATSD],
    ['types/client', 'ClientOptions', CLIENT],
    ['types/server', 'ServerOptions', { ...SERVER, ...AGGREGATOR }],
    ['types/server', 'SeriesOptions', AGGREGATOR],
  ]) {
    const types = fs.readFileSync(path.join(__dirname, `../${file}.d.ts`), 'utf8');
    const start = types.search(new RegExp(`interface ${name}\\b`));
    assert.ok(start >= 0, name);
    const body = types.slice(start, types.indexOf('\n}', start));
    const options = [...body.matchAll(/^  (\w+)\?:/gm)].map(([, option]) => option);
    assert.deepEqual(options.filter((option) => !Object.hasOwn(tested, option)), [], name);
  }
});

