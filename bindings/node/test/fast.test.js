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
