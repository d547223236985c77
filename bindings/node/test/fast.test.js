'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { StatsD } = require('..');
const { receiver } = require('./support/receiver');

for (const kind of ['udp', 'uds']) {
  test(`with the fast profile over ${kind} client, child and grandchild are aggregated and leave with a flush`, async (t) => {
    const server = await receiver(kind);
    t.after(() => server.close());
    const client = new StatsD({ ...server.options, profile: 'fast', prefix: 'p', globalTags: { g: '1', h: '2' } });
    const child = client.childClient({ prefix: 'c', globalTags: { g: '2' } });
    const grandchild = child.childClient({ suffix: 's' });
    let calls = 0;
    for (let i = 0; i < 3; i++) client.increment('n', 1, ['t:1', 'bare']);
    client.decrement('n', 5, 1, { t: '1' }, () => calls++);
    child.increment(['n', 'm'], 2, () => calls++);
    grandchild.gauge('n', 1.5);
    grandchild.timing('t', 4);
    grandchild.timing('t', 5);
    client.set('s', 'x');
    client.increment('h:1', 1, { h: '3' });
    await client.flush();
    await server.expect(1);
    const lines = server.datagrams.join('\n').split('\n').filter(Boolean).sort();
    assert.equal(calls, 2);
    assert.deepEqual(lines, [
      'c.p.m:2|c|#h:2,g:2', 'c.p.n.s:1.5|g|#h:2,g:2', 'c.p.n:2|c|#h:2,g:2', 'c.p.t.s:4:5|ms|#h:2,g:2', 'p.h_1:1|c|#g:1,h:3',
      'p.n:-5|c|#g:1,h:2,t:1', 'p.n:3|c|#g:1,h:2,t:1,bare', 'p.s:x|s|#g:1,h:2',
    ]);
    await client.close();
  });
}

test('with the fast profile every message carries origin and cardinality, and telemetry is the peer\'s', async (t) => {
  const server = await receiver('udp');
  t.after(() => server.close());
  const options = { ...server.options, profile: 'fast', datadog: true, containerID: 'abc', cardinality: 'low', telemetryFlushInterval: 1 };
  const before = process.env.DD_EXTERNAL_ENV;
  process.env.DD_EXTERNAL_ENV = 'cn-app|x';
  t.after(() => (before === undefined ? delete process.env.DD_EXTERNAL_ENV : (process.env.DD_EXTERNAL_ENV = before)));
  const client = new StatsD(options);
  client.increment('n', 1, ['a']);
  client.childClient({ prefix: 'c' }).gauge('g', 2);
  client.childClient({ cardinality: 'high' }).gauge('h', 3);
  client.event('e', 'x');
  const lines = () => server.datagrams.join('\n').split('\n').filter(Boolean);
  const told = (type) =>
    lines().some((line) => line.startsWith(`datadog.dogstatsd.client.metrics_by_type:1|c|#client:nodejs,client_version:17.1.1,client_transport:udp,metrics_type:${type}`));
  for (let turn = 1; turn < 100 && !(told('count') && told('gauge')); turn++) {
    await client.flush();
    await server.expect(turn);
  }
  await client.close();
  const origin = '|c:abc|e:cn-appx|card';
  for (const line of [`n:1|c|#a${origin}:low`, `c.g:2|g${origin}:low`, `h:3|g${origin}:high`, `_e{1,1}:e|x${origin}:low`]) {
    assert.ok(lines().includes(line), `${line} in\n${lines().join('\n')}`);
  }
  assert.ok(told('count') && told('gauge'), lines().join('\n'));
});
