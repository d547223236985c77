'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Sketch } = require('..');

test('quantiles are within 2.4 % and the ends exact', () => {
  const sketch = new Sketch().add(Float64Array.from({ length: 10000 }, (_, at) => at + 1));
  assert.deepEqual([sketch.count, sketch.sum, sketch.min, sketch.max], [10000, 50005000, 1, 10000]);
  assert.ok(Math.abs(sketch.avg - 5000.5) < 1e-6);
  for (const q of [0.01, 0.5, 0.9, 0.99]) {
    const off = sketch.quantile(q) / (1 + 9999 * q) - 1;
    assert.ok(off > -0.008 && off < 0.024, `${q}: ${off}`);
  }
  assert.deepEqual([sketch.quantile(0), sketch.quantile(1)], [1, 10000]);
});

test('numbers, arrays and every typed array of numbers are taken alike', () => {
  const json = JSON.stringify(new Sketch().add(1).add(2).add(3));
  for (const values of [[1, 2, 3], Float64Array.of(1, 2, 3), Int8Array.of(1, 2, 3), Float32Array.of(1, 2, 3)]) {
    assert.equal(JSON.stringify(new Sketch().add(values)), json);
  }
  const shared = new Float64Array(new SharedArrayBuffer(24));
  shared.set([1, 2, 3]);
  assert.equal(JSON.stringify(new Sketch().add(shared)), json);
  const part = Float64Array.of(9, 1, 2, 3, 9).subarray(1, 4);
  assert.equal(JSON.stringify(new Sketch().add(part)), json);
  assert.equal(new Sketch().add([]).add(new Float64Array(0)).count, 0);
});

test('merged sketches have counted what both have', () => {
  const all = new Sketch().add([1, 2, 3, 4, 4]);
  const merged = new Sketch().add([1, 2]).merge(new Sketch().add([3]).add(4, 2));
  assert.equal(JSON.stringify(merged), JSON.stringify(all));
  assert.equal(merged.merge(merged).count, 10);
  assert.deepEqual([...merged.counts], [2, 2, 2, 4]);
  assert.deepEqual([...merged.keys], [...all.keys]);
});

test('JSON goes there and back, and what is wrong with it is said', () => {
  const sketch = new Sketch({ bins: 8 }).add([-5, 0, 1e-3, 7, 7, 1e9]).add(3, 1.5);
  const json = JSON.stringify(sketch);
  const back = Sketch.fromJSON(json);
  assert.equal(JSON.stringify(back), json);
  assert.equal(JSON.stringify(Sketch.fromJSON(sketch.toJSON()).add(7)), JSON.stringify(sketch.add(7)));
  const good = JSON.parse(json);
  for (const [change, message] of [
    [{ k: [1] }, /k and json.n must be arrays of one length/],
    [{ k: good.k.map(() => 40000) }, /json.k\[0\] must be a whole number/],
    [{ n: good.n.map(() => 0) }, /json.n\[0\] must be a whole number from 1/],
    ...[-1, 0.5, NaN, 2 ** 63, '-1', '9223372036854775808', '1e3', ''].map((count) => [{ count }, /json.count must be a whole number from 0 to 9223372036854775807/]),
    [{ count: null }, /json.count must be a number/],
    [{ sum: 'x' }, /json.sum must be a number/],
    ...[NaN, Infinity].map((sum) => [{ sum }, /json.sum must be a finite number/]),
    [{ sum: null }, /json.sum must be a number/],
    [{ avg: 'Infinity' }, /json.avg must be a number/],
    [{ bins: 2 }, /at most 2/],
  ]) {
    assert.throws(() => Sketch.fromJSON({ ...good, ...change }), message);
  }
  for (const odd of [null, 1, undefined, Symbol('s')]) assert.throws(() => Sketch.fromJSON(odd), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => Sketch.fromJSON('{'), SyntaxError);
});

test('JSON has all of a sketch whose count is above 2^53 or whose sum has no end', () => {
  const most = Number.MAX_VALUE;
  for (const [make, count, sum] of [
    [(sketch) => sketch.add(1, 2 ** 53).add(1), '9007199254740993', 2 ** 53],
    [(sketch) => sketch.add(1, Infinity), '9223372036854775807', 2 ** 63],
    [(sketch) => sketch.add([most, most]), 2, 'Infinity'],
    [(sketch) => sketch.add([-most, -most]), 2, '-Infinity'],
    [(sketch) => sketch.add([most, most]).merge(new Sketch().add([-most, -most])), 4, 'NaN'],
    [(sketch) => sketch, 0, 0],
  ]) {
    const sketch = make(new Sketch());
    const json = JSON.stringify(sketch);
    assert.deepEqual([JSON.parse(json).count, JSON.parse(json).sum], [count, sum]);
    const back = Sketch.fromJSON(json);
    assert.equal(JSON.stringify(back), json);
    // A NaN may have either sign.
    assert.ok(Number.isNaN(sketch.sum) || back.toBuffer().equals(sketch.toBuffer()), json);
  }
});

test('a full sketch keeps its high quantiles', () => {
  const sketch = new Sketch({ bins: 16 });
  for (let value = 1; value <= 1000; value += 1) sketch.add(value);
  assert.ok(sketch.keys.length <= 16);
  assert.equal(sketch.count, 1000);
  assert.ok(Math.abs(sketch.quantile(0.99) / 990 - 1) < 0.024);
});

test('numbers that are not finite are ignored, odd arguments refused by name', () => {
  const sketch = new Sketch().add([NaN, Infinity, -Infinity]).add(NaN).add(Float64Array.of(NaN));
  assert.equal(sketch.count, 0);
  for (const odd of ['1', null, undefined, {}, 1n, Symbol('s'), new DataView(new ArrayBuffer(8)), BigInt64Array.of(1n)]) {
    assert.throws(() => sketch.add(odd), { code: 'ERR_INVALID_ARG_TYPE', message: /values/ });
  }
  assert.throws(() => sketch.add([1, '2']), { message: "values[1] must be a number, it is '2'" });
  for (const weight of [0, -1, NaN, 0.5]) assert.throws(() => sketch.add(1, weight), { code: 'ERR_OUT_OF_RANGE' });
  for (const q of [-1, 2, NaN]) assert.throws(() => sketch.quantile(q), { code: 'ERR_OUT_OF_RANGE' });
  assert.throws(() => sketch.merge({}), { code: 'ERR_INVALID_ARG_TYPE' });
  for (const bins of [0, 4097, 1.5]) assert.throws(() => new Sketch({ bins }), { code: 'ERR_OUT_OF_RANGE' });
  assert.equal(sketch.count, 0);
  assert.equal(sketch.add(1, Infinity).count > 1e18, true);
  assert.equal(sketch.clear().count, 0);
});
