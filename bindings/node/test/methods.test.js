'use strict';

// Every method on every transport, as client, child and grandchild.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { StatsD } = require('..');
const { receiver } = require('./support/receiver');

const CALLS = [
  [(c, n) => c.increment(n), (n, tags) => `${n}:1|c${tags}`],
  [(c, n) => c.decrement(n, 2), (n, tags) => `${n}:-2|c${tags}`],
  [(c, n) => c.gauge(n, 1.5, ['k:v']), (n, tags) => `${n}:1.5|g${tags},k:v`],
  [(c, n) => c.gaugeDelta(n, -3), (n, tags) => `${n}:-3|g${tags}`],
  [(c, n) => c.histogram(n, 4), (n, tags) => `${n}:4|h${tags}`],
  [(c, n) => c.distribution(n, 5), (n, tags) => `${n}:5|d${tags}`],
  // Longer than any time that is measured here.
  [(c, n) => c.timing(n, 600000), (n, tags) => `${n}:600000|ms${tags}`],
  [(c, n) => c.set(n, 'x'), (n, tags) => `${n}:x|s${tags}`],
  [(c, n) => c.unique(n, 'y'), (n, tags) => `${n}:y|s${tags}`],
  [(c, n) => c.event(n, 'é'), (n, tags) => `_e{${n.length},2}:${n}|é${tags}`],
  [(c, n) => c.check(n, 1, { message: 'm' }), (n, tags) => `_sc|${n}|1${tags}|m:m`],
  [(c, n) => c.timing(n, new Date(Date.now() - 5)), (n, tags) => `${n}:TIME|ms${tags}`],
  [(c, n) => c.timer((a, b) => a + b, n)(1, 2), (n, tags) => `${n}:TIME|ms${tags}`],
  [(c, n) => c.timer((ctx) => ctx.addTags({ x: 'y' }), n, ['t'])(), (n, tags) => `${n}:TIME|ms${tags},x:y,t`],
  [(c, n) => c.asyncTimer(async (a) => a, n)(1), (n, tags) => `${n}:TIME|ms${tags}`],
  [(c, n) => c.asyncDistTimer(async (a) => a, n)(1), (n, tags) => `${n}:TIME|d${tags}`],
  [(c, n) => c.increment([n, n], 7, 1, { k: 'v' }), (n, tags) => `${n}:7|c${tags},k:v\n${n}:7|c${tags},k:v`],
  [(c, n) => c.gauge(n, 8, { timestamp: new Date(5000), tags: ['t'] }), (n, tags) => `${n}:8|g|T5${tags},t`],
];

const FAMILY = [
  [(client) => client, 'p.n', '|#g:1'],
  [(client) => client.childClient({ prefix: 'c', globalTags: { g: '2' } }), 'c.p.n', '|#g:2'],
  [(client) => client.childClient({ prefix: 'c' }).childClient({ suffix: 's', globalTags: ['b'] }), 'c.p.n.s', '|#g:1,b'],
];

for (const kind of ['udp', 'udp6', 'uds', 'tcp', 'stream']) {
  for (const [index, [relative, name, tags]] of FAMILY.entries()) {
    test(`every method over ${kind} as ${['client', 'child', 'grandchild'][index]}`, async (t) => {
      const server = await receiver(kind);
      t.after(() => server.close());
      const client = new StatsD({ ...server.options, maxBufferSize: 0, prefix: 'p', globalTags: { g: '1' } });
      const one = relative(client);
      for (const [call] of CALLS) call(one, 'n');
      const expected = CALLS.flatMap(([, line]) => line(name, tags).split('\n')).sort();
      const settled = (line) => line.replace(/:[\d.]+\|(ms|d)(?=\|)/, (all, type) => (all === ':5|d' || all === ':600000|ms' ? all : `:TIME|${type}`));
      const lines = () => server.datagrams.join('\n').split('\n').filter(Boolean).map(settled).sort();
      const deadline = Date.now() + 3000;
      while (lines().length < expected.length && Date.now() < deadline) await server.expect(server.datagrams.length + 1);
      assert.deepEqual(lines(), expected);
      await client.close();
    });
  }
}
