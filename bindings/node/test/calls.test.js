'use strict';

// Each call of `calls.jsonl`, as hot-shots 17.1.1 was seen to make it: the same datagrams, callbacks, logs and results. Where ours differ on
// purpose, `datagrams` are ours and `peer` the other's.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { test } = require('node:test');
const { receiver } = require('./support/receiver');
const HS = require('..').StatsD;

const calls = fs.readFileSync(path.join(__dirname, 'calls.jsonl'), 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const AsyncFunction = (async () => {}).constructor;

/** Sets properties for the time of the test. */
function replace(t, object, values) {
  for (const [name, value] of Object.entries(values)) {
    const was = Object.getOwnPropertyDescriptor(object, name);
    object[name] = value;
    t.after(() => (was ? Object.defineProperty(object, name, was) : delete object[name]));
  }
}

/** The text that logs and callbacks are compared by. */
function shown(value, port) {
  if (value === undefined) return 'undefined';
  return typeof value === 'string' || value instanceof Error ? String(value).replaceAll(`:${port}`, ':PORT') : value;
}

async function run(t, entry) {
  const server = await receiver(entry.transport ?? 'udp');
  t.after(() => server.close());
  const env = Object.entries(entry.env ?? {}).map(([name, value]) => [name, value.replace('{PORT}', server.port).replace('{PATH}', server.path)]);
  replace(t, process.env, Object.fromEntries(env));
  const logs = [];
  const log = (...values) => logs.push(values.map((value) => shown(value, server.port)).join(' '));
  replace(t, console, { error: log, warn: log });
  if (entry.random !== undefined) replace(t, Math, { random: () => entry.random });
  if (entry.hrtime_step_ns) {
    let now = 0n;
    replace(t, process.hrtime, { bigint: () => (now += BigInt(entry.hrtime_step_ns)) });
  }
  const options = { ...entry.options };
  const isNamed = env.some(([name]) => /URL|SOCKET/.test(name));
  if (!isNamed) for (const [name, value] of Object.entries(server.options)) if (!(name in options)) options[name] = value;
  const errors = [];
  if (entry.error_handler) options.errorHandler = (error) => errors.push(error.message);
  const seen = [];
  const callback = (...values) => seen.push(values.map((value) => shown(value, server.port)));

  const client = new HS(options);
  const result = await new AsyncFunction('client', 'HS', 'srv', 'callback', 'sleep', entry.call)(client, HS, server, callback, sleep);
  await server.expect(entry.datagrams.length);
  const isSeen = () => seen.length >= (entry.callback_args ?? []).length;
  for (const end = Date.now() + 10_000; !isSeen() && Date.now() < end; ) await sleep(1);
  await sleep(entry.transport === 'none' ? 30 : 1);
  return { datagrams: [...server.datagrams], seen: [...seen], logs: [...logs], errors, result, client };
}

for (const entry of calls) {
  const title = `${entry.call.slice(0, 120)} with ${JSON.stringify(entry.options)}`;
  test(title, async (t) => {
    const { datagrams, seen, logs, errors, result, client } = await run(t, entry);
    // Before the server, whose end would close the other end, after which no event is to come.
    await Promise.race([new Promise((done) => client.close(() => done())), sleep(500)]);
    const ours = JSON.parse(JSON.stringify(datagrams));
    assert.deepEqual(ours, entry.datagrams);
    assert.deepEqual(JSON.parse(JSON.stringify(seen)), entry.callback_args ?? []);
    if (entry.logs) assert.deepEqual(logs, entry.logs);
    if (entry.error_handler) assert.deepEqual(errors, entry.error_handler);
    if ('returns' in entry) assert.equal(typeof result === 'string' ? result : JSON.stringify(result), entry.returns);
  });
}
