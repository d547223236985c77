'use strict';

// Sketches and counts of members travel: the vectors that every language reads and writes, and what is refused.

const assert = require('node:assert/strict');
const dgram = require('node:dgram');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Aggregator, Server, Sketch, StateError, Uniques } = require('..');

const FILE = path.join(__dirname, '../../../tests/vectors/states.jsonl');
const VECTORS = fs
  .readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line)
  .map((line) => JSON.parse(line));

const withKey = (key) => {
  const vectors = VECTORS.filter((vector) => key in vector);
  assert.ok(vectors.length > 0, key);
  return vectors;
};

const members = (part) => {
  if (Array.isArray(part)) return part;
  const [stem, number] = [part.first.slice(0, part.first.lastIndexOf('-')), (text) => Number(text.slice(text.lastIndexOf('-') + 1))];
  return Array.from({ length: number(part.last) - number(part.first) + 1 }, (_, at) => `${stem}-${number(part.first) + at}`);
};

test('sketches are written, read and merged as everywhere', () => {
  for (const { name, parts, count, p50, states, kept } of withKey('parts')) {
    const whole = new Sketch();
    for (const { values, weight } of parts) whole.merge(Sketch.fromBuffer(new Sketch().add(values, weight).toBuffer()));
    assert.deepEqual([whole.count, whole.quantile(0.5)], [count, p50], name);
    for (const [form, state] of Object.entries(states)) {
      assert.equal(whole.toBuffer(form).toString('hex'), state, `${name}: ${form}`);
      const bytes = Uint8Array.from(Buffer.from(state, 'hex'));
      assert.equal(Sketch.fromBuffer(bytes, form).toBuffer().toString('hex'), kept[form], `${name}: ${form}`);
    }
  }
});

test('members are counted, written, read and merged as everywhere', () => {
  for (const vector of withKey('members')) {
    const whole = new Uniques();
    for (const part of vector.members) {
      const here = new Uniques();
      for (const member of members(part)) here.add(member);
      whole.merge(Uniques.fromBuffer(here.toBuffer()));
    }
    assert.equal(whole.count, vector.count, vector.name);
    assert.equal(whole.toBuffer().toString('hex'), vector.uniques, vector.name);
  }
});

test('the series of a set has its members, which merge with those of other sets', () => {
  const now = 1_700_000_000_000;
  for (const vector of withKey('members')) {
    for (const setExactMembers of [0, 1024]) {
      const whole = new Uniques();
      for (const part of vector.members) {
        const here = new Aggregator({ setExactMembers });
        for (const member of members(part)) here.record({ kind: 'metric', name: 'users', type: 's', values: [member] }, { now });
        for (const { uniques, value } of here.flush(now + 10_000)) {
          assert.ok(Math.abs(uniques.count - value) <= value / 100, vector.name);
          whole.merge(uniques);
        }
      }
      assert.equal(whole.toBuffer().toString('hex'), vector.uniques, vector.name);
    }
  }
});

test('a server hands out the members of a set and of nothing else', async () => {
  const server = new Server({ port: 0, telemetry: false });
  const socket = dgram.createSocket('udp4');
  try {
    socket.send('users:ann|s\nusers:bob|s\nviews:1|c', server.port, '127.0.0.1');
    const users = await server.waitFor('users');
    assert.deepEqual([users.value, users.uniques.count], [2, 2]);
    assert.deepEqual(users.uniques.toBuffer(), new Uniques().add('bob').add('ann').toBuffer());
    assert.equal(users.uniques.add('eve').count, 3);
    assert.equal(users.uniques.clear().count, 0);
    const views = await server.waitFor('views');
    assert.equal(views.uniques, undefined);
    assert.deepEqual(Object.keys(users), Object.keys(views));
  } finally {
    socket.close();
    await server.close();
  }
});

test('what is corrupt is refused with reason and place', () => {
  for (const { name, form, input_hex, error, code, offset } of withKey('input_hex')) {
    const bytes = Buffer.from(input_hex, 'hex');
    const read = () => (form === 'uniques' ? Uniques.fromBuffer(bytes) : Sketch.fromBuffer(bytes, form));
    assert.throws(read, (thrown) => {
      assert.ok(thrown instanceof StateError && thrown.name === 'StateError', name);
      assert.deepEqual([thrown.reason, thrown.code, thrown.offset], [error, code, offset], name);
      return thrown.message.endsWith(`(at byte ${offset})`);
    });
  }
});

test('odd arguments are named, shared memory is taken, and members merge with themselves', () => {
  for (const odd of [1, null, undefined, ['x']]) {
    assert.throws(() => new Uniques().add(odd), { code: 'ERR_INVALID_ARG_TYPE', message: /member/ });
    assert.throws(() => Sketch.fromBuffer(odd), { code: 'ERR_INVALID_ARG_TYPE', message: /bytes/ });
    assert.throws(() => new Uniques().merge(odd), { code: 'ERR_INVALID_ARG_TYPE', message: /other/ });
  }
  assert.throws(() => new Sketch().toBuffer('json'), { code: 'ERR_INVALID_ARG_VALUE', message: /form must be one of compact/ });
  const state = new Sketch().add(7).toBuffer();
  const shared = new Uint8Array(new SharedArrayBuffer(state.length));
  shared.set(state);
  assert.equal(Sketch.fromBuffer(shared).count, 1);
  const users = new Uniques().add('ann').add(Buffer.from('bob')).add('ann');
  assert.equal(users.merge(users).count, 2);
  assert.equal(users.clear().count, 0);
});
