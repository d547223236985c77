'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { Aggregator, ParseError, Sketch, Uniques, parse } = require('..');

const VECTORS = path.join(__dirname, '../../../tests/vectors');
const NAMES = { service_check: 'serviceCheck' };
const SPECIAL = { NaN: NaN, '+Inf': Infinity, '-Inf': -Infinity };

/** A vector's object as `parse` has it. */
function ours(expected) {
  const named = Object.entries(expected).map(([key, value]) => [key.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value]);
  const object = Object.fromEntries(named);
  object.kind = NAMES[object.kind] ?? object.kind;
  if (object.kind === 'metric') {
    if (object.type !== 's') object.values = object.values.map((value) => SPECIAL[value] ?? value);
    object.sampleRate = SPECIAL[object.sampleRate] ?? object.sampleRate;
  }
  return object;
}

test('every vector of datagrams comes out as it is written', () => {
  let count = 0;
  for (const file of fs.readdirSync(VECTORS).filter((name) => name.endsWith('.jsonl'))) {
    for (const line of fs.readFileSync(path.join(VECTORS, file), 'utf8').split('\n').filter(Boolean)) {
      const vector = JSON.parse(line);
      if (!Array.isArray(vector.expect) || vector.truncated || vector.eol_required) continue;
      const input = vector.input_hex === undefined ? vector.input : Buffer.from(vector.input_hex, 'hex');
      const got = [];
      const errors = [];
      got.push(...parse(input, { onError: (error) => errors.push({ code: error.code, offset: error.offset }) }));
      const expected = vector.expect.filter((each) => each.error === undefined).map(ours);
      const refused = vector.expect.filter((each) => each.error !== undefined);
      assert.deepEqual(got, expected, vector.name);
      assert.deepEqual(errors, refused.map(({ code, offset }) => ({ code, offset })), vector.name);
      count += 1;
    }
  }
  assert.ok(count > 250, `${count} vectors`);
});

test('a bad line is an error with its place, and its neighbours are on it', () => {
  const look = (error) => {
    assert.ok(error instanceof ParseError && error instanceof Error);
    assert.equal(error.name, 'ParseError');
    assert.deepEqual([error.code, error.reason, error.offset, error.line], [5, 'bad value', 2, 'b:x|c']);
    assert.match(error.message, /not a number .*at byte 2.*'b:x\|c'/);
    assert.deepEqual(error.messages.map(({ name }) => name), ['a', 'c']);
    assert.equal(error.errors.length, 2);
    return true;
  };
  assert.throws(() => parse('a:1|c\nb:x|c\nc:1|c\nd'), look);
});

test('every kind of bytes is taken, and text as UTF-8', () => {
  const bytes = Buffer.from('ä:1|c');
  for (const input of ['ä:1|c', bytes, new Uint8Array(bytes), new DataView(Uint8Array.from(bytes).buffer), Uint8Array.from(bytes).buffer]) {
    assert.equal(parse(input)[0].name, 'ä');
  }
  assert.equal(parse('\ud800:1|c')[0].name, '\ufffd');
  assert.equal(parse(Buffer.from([0xff, 0x3a, 0x31, 0x7c, 0x63]))[0].name, '\ufffd');
  const long = 'n'.repeat(1 << 20);
  assert.equal(parse(`${long}:1|c|#${long}`)[0].tags[0], long);
  assert.ok(Number.isNaN(parse('a:nan|g')[0].values[0]));
});

test('what another thread may write is copied before it is read', () => {
  const native = require('../lib/native');
  const shared = new Uint8Array(new SharedArrayBuffer(5));
  shared.set(Buffer.from('a:1|c'));
  for (const input of [shared, Buffer.from(shared.buffer), shared.buffer, new DataView(shared.buffer)]) {
    const { bytes } = require('../lib/arguments');
    assert.ok(!(bytes(input).buffer instanceof SharedArrayBuffer));
    assert.equal(parse(input)[0].name, 'a');
    assert.deepEqual(new Aggregator().record(input), []);
  }
  const values = new Float64Array(new SharedArrayBuffer(16)).fill(3);
  const seen = [];
  const { addAll } = native.NativeSketch.prototype;
  native.NativeSketch.prototype.addAll = function (given, weight) {
    seen.push(given.buffer instanceof SharedArrayBuffer);
    return addAll.call(this, given, weight);
  };
  try {
    assert.equal(new Sketch().add(values).count, 2);
  } finally {
    native.NativeSketch.prototype.addAll = addAll;
  }
  assert.deepEqual(seen, [false]);
});

test('memory that another thread may write is told by what it is, whatever the object claims', () => {
  const native = require('../lib/native');
  const claims = (array) => Object.defineProperties(array, { buffer: { value: new ArrayBuffer(64) }, byteOffset: { value: 7 }, byteLength: { value: 1 }, length: { value: 2 } });
  const shared = (bytes) => {
    const array = new Uint8Array(new SharedArrayBuffer(bytes.length));
    array.set(bytes);
    return claims(array);
  };
  const line = Buffer.from('a:1|c');
  const numbers = new Float64Array(64);
  // The addon does not look into it, and what is handed to it is a copy.
  assert.equal(native.decode(shared(line), numbers), 0);
  const { own } = require('../lib/arguments');
  assert.equal(Buffer.compare(own(shared(line)), line), 0);
  for (const given of [shared(line), claims(Uint8Array.from(line))]) {
    assert.deepEqual(parse(given).map(({ name, values }) => [name, values]), [['a', [1]]]);
    assert.deepEqual(new Aggregator().record(given), []);
  }
  const values = new Float64Array(new SharedArrayBuffer(16)).fill(3);
  assert.equal(new Sketch().add(claims(values)).count, 2);
  assert.equal(Sketch.fromBuffer(shared(new Sketch().add(7).toBuffer())).max, 7);
  assert.equal(Uniques.fromBuffer(shared(new Uniques().add(shared(line)).toBuffer())).add('a:1|c').count, 1);
});

test('texts that are not ASCII, and events whose newlines are escaped, are whole among those that are', () => {
  const lines = ['a:1|c|#é:日,b', '_e{4,4}:t\\nx|a\\nb|h:hôte', 'b:u|s|#x,,y', '_sc|c|1|m:é', 'ok:1:2:3|d|@0.5|T5|c:ci-x|e:it-1|card:low|#a,b,c,d'];
  for (const text of [lines.join('\n'), [lines[2], '_e{4,1}:t\\nx|a', lines[4]].join('\n')]) {
    const together = parse(text);
    assert.deepEqual(together, text.split('\n').flatMap((line) => parse(line)));
    assert.deepEqual(together, parse(Buffer.from(text)));
  }
  const [, event] = parse(lines.join('\n'));
  assert.deepEqual([event.title, event.text, event.host], ['t\nx', 'a\nb', 'hôte']);
  const many = Array.from({ length: 3000 }, (_, i) => `m${i}:${i}|g|#t:${i}`).join('\n');
  assert.deepEqual(parse(many).map(({ name, values, tags }) => `${name}:${values[0]}|g|#${tags[0]}`), many.split('\n'));
});

test('what is no datagram is a TypeError that says what it is', () => {
  for (const odd of [undefined, null, 1, {}, [], Symbol('s'), () => {}, 1n]) {
    assert.throws(() => parse(odd), { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /datagram must be a string/ });
  }
  assert.throws(() => parse('a:1|c', { onerror() {} }), { code: 'ERR_INVALID_ARG_VALUE', message: /no option 'onerror'/ });
});
