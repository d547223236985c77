'use strict';

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const { test } = require('node:test');
const { dogstatsd } = require('basenji/testing');

async function sent(received, ...datagrams) {
  const socket = dgram.createSocket('udp4');
  for (const datagram of datagrams) await new Promise((done) => socket.send(datagram, received.port, '127.0.0.1', done));
  socket.close();
}

test('what was sent passes, by name, value, type and tags', async () => {
  const received = dogstatsd();
  await sent(received, 'orders:1|c|#env:test,shop:a\norders:2|c|@0.5|#env:test', 'load:1|g\nload:7|g', 'took:12:13.5|ms', 'users:u1|s', '_e{6,2}:deploy|v2|t:error', '_sc|db|2|m:down');
  await received.assertSent('orders');
  await received.assertSent('orders', 5, { tags: ['env:test'] });
  await received.assertSent('orders', 1, { tags: ['shop:a'], type: 'c' });
  await received.assertSent('load', 7);
  await received.assertSent('took', 13.5);
  await received.assertSent('users', 'u1');
  await received.assertEvent('deploy', { alertType: 'error', text: 'v2' });
  await received.assertServiceCheck('db', 2, { message: 'down' });
  await received.assertNotSent('orders', { tags: ['env:prod'] });
  received.clear();
  await received.assertNotSent('orders');
  assert.deepEqual(received.messages, []);
  await received.close();
});

test('an assertion waits for what is sent after it', async () => {
  const received = dogstatsd();
  const waiting = received.assertSent('late', 3);
  await sent(received, 'late:1|c');
  await sent(received, 'late:2|c');
  await waiting;
  await received.close();
});

test('a failure says what was expected and what was received', async () => {
  const received = dogstatsd();
  await sent(received, 'orders:1|c|#env:test', 'broken', 'load:2|g');
  await received.assertSent('load', 2);
  const expected = [
    "orders = 3 with the tags env:test was not sent; orders came to 1",
    'received:',
    '  orders:1|c|#env:test',
    '  load:2|g',
    'not understood:',
    "  expected a '|' before the type or the status (at byte 6): 'broken'",
  ].join('\n');
  await assert.rejects(received.assertSent('orders', 3, { tags: ['env:test'], timeout: 20 }), (error) => {
    assert.ok(error instanceof assert.AssertionError);
    assert.equal(error.message, expected);
    assert.deepEqual([error.actual, error.expected, error.operator], [1, 3, 'assertSent']);
    return true;
  });
  await assert.rejects(received.assertNotSent('orders'), /^AssertionError.*: orders was sent\nreceived:/s);
  await assert.rejects(received.assertEvent('x', { timeout: 1 }), /the event 'x' was not sent/);
  received.clear();
  await assert.rejects(received.assertSent('orders', { timeout: 1 }), /orders was not sent\nreceived: nothing$/);
  await assert.rejects(received.assertSent('orders', 1, { tag: [] }), { code: 'ERR_INVALID_ARG_VALUE' });
  await received.close();
});

test('CommonJS and ESM have the same helper', async () => {
  assert.equal((await import('basenji/testing')).dogstatsd, dogstatsd);
});
