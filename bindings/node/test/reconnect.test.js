'use strict';

// A server that goes away and comes back at the same path: what is called afterwards arrives, and errors are those of the system.

const assert = require('node:assert/strict');
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
