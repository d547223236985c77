'use strict';

// What bad input becomes: each odd thing in each place of a call, with the drop-in, with its fast profile, with our own client.
// `node test/support/bad_input.js` writes the file of vectors, to be read before it is committed.

const fs = require('node:fs');
const path = require('node:path');
const { Client, StatsD } = require('../..');
const { receiver } = require('./receiver');

const FILE = path.join(__dirname, '../bad_input.jsonl');
const LONG = 'x'.repeat(20_000);

const THINGS = [
  'undefined', 'null', 'NaN', 'Infinity', '-0', 'true', '5n', '1e21', "Symbol('s')", '{}', '{ a: 1 }', 'Object.create(null)',
  "{ toString() { throw new Error('odd'); } }", "{ toString: () => 'x' }", '[]', "['a', 'b']", '() => 1', "new String('s')", 'new Map([[1, 2]])',
  "''", "'é日'", "'\\ud800'", "'a:b'", "'a|b'", "'a,b'", "'a\\nb'", "'a\\r\\nb'", "'a#b@c'", "'a\\0b'", "'x'.repeat(20_000)",
];

const PLACES = {
  'a name': 'c.increment(X, 1)',
  'a count': "c.increment('n', X)",
  'a count that is taken away': "c.decrement('n', X, 1)",
  'a gauge': "c.gauge('n', X)",
  'a change of a gauge': "c.gaugeDelta('n', X)",
  'a timing': "c.timing('n', X)",
  'a member of a set': "c.set('n', X)",
  'a tag': "c.increment('n', 1, ['t', X])",
  "a tag's value": "c.increment('n', 1, { k: X })",
  'the tags': "c.increment('n', 1, X)",
  'a rate': "c.increment('n', 1, X, ['t'])",
  'a callback': "c.increment('n', 1, 1, ['t'], X)",
  'a timestamp': "c.increment('n', 1, { timestamp: X })",
  'a cardinality': "c.increment('n', 1, { cardinality: X })",
  'a title': "c.event(X, 'x')",
  'a text': "c.event('t', X)",
  "an event's host": "c.event('t', 'x', { hostname: X })",
  "a check's name": 'c.check(X, 0)',
  'a status': "c.check('k', X)",
  'a message': "c.check('k', 0, { message: X })",
};

/** Places that a call of our own client has. */
const OWN = ['a name', 'a count', 'a gauge', 'a timing', 'a member of a set', 'a tag', 'the tags'];

const short = (text) => text.replaceAll(LONG, '<long>');

/** What calling gives: the error, if there is one. */
function outcome(call, c) {
  try {
    new Function('c', call)(c);
    return [];
  } catch (error) {
    return [`throws ${error.message}`];
  }
}

const dropIn = (call) => {
  const client = new StatsD({ mock: true, datadog: false, errorHandler() {} });
  return [...outcome(call, client), ...client.mockBuffer].map(short);
};

/** What client after client of a kind sends for its call: what comes before the mark of the next one. */
async function sent(calls, make, close) {
  const server = await receiver('uds');
  const client = make(server);
  const results = [];
  for (const call of calls) {
    const before = server.datagrams.length;
    const thrown = outcome(call, client);
    client.increment('mark');
    await client.flush();
    const lines = () => server.datagrams.slice(before).join('\n').split('\n').filter(Boolean).map((line) => line.replace(/\|c:in-\d+/, ''));
    while (!lines().includes('mark:1|c')) await server.expect(server.datagrams.length + 1);
    results.push([...thrown, ...lines().filter((line) => line !== 'mark:1|c')].map(short));
  }
  await close(client);
  server.close();
  return results;
}

/** All of it, an object a call. */
async function vectors() {
  const all = Object.entries(PLACES).flatMap(([place, call]) => THINGS.map((thing) => ({ place, thing, call: call.replace('X', () => thing) })));
  for (const each of all) each.statsd = dropIn(each.call);
  const fast = await sent(all.map(({ call }) => call), ({ options }) => new StatsD({ ...options, profile: 'fast', maxBufferSize: 0, datadog: false }), (client) => client.close());
  all.forEach((each, at) => (each.fast = fast[at]));
  const own = all.filter(({ place }) => OWN.includes(place));
  const client = await sent(own.map(({ call }) => call), ({ path: file }) => new Client({ address: `unixgram://${file}`, telemetry: false }), (one) => one.close());
  own.forEach((each, at) => (each.client = client[at]));
  return all;
}

const line = (vector) => JSON.stringify({ call: vector.call, statsd: vector.statsd, ...(same(vector) ? {} : { fast: vector.fast }), client: vector.client });
const same = ({ statsd, fast }) => JSON.stringify(statsd) === JSON.stringify(fast);

async function write() {
  const all = await vectors();
  fs.writeFileSync(FILE, `${all.map(line).join('\n')}\n`);
}

module.exports = { FILE, vectors, line };
if (require.main === module) write();
