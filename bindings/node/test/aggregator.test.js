'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Aggregator, Sketch, parse } = require('..');

const now = 1_700_000_005_000;

test('one point a series and bucket comes out, with sorted tags', () => {
  const aggregator = new Aggregator({ tags: ['env:test'] });
  aggregator.record('a:1|c|#z,y\na:2|c|@0.5|#y,z\ng:1|g\ng:7|g\nu:x|s\nu:y|s\nu:x|s', { now });
  aggregator.record(Buffer.from('h:1:2:3|ms\nd:5|d\nd:7|d'), { now });
  assert.deepEqual(aggregator.flush(now), [], 'the bucket is not over');
  assert.equal(aggregator.nextFlushAt(now), 1_700_000_010_000);
  const series = aggregator.flush(1_700_000_010_000);
  const common = { host: null, timestamp: 1_700_000_000, interval: 10 };
  const sketch = series.at(-1).sketch;
  assert.deepEqual(series, [
    { ...common, name: 'a', kind: 'count', tags: ['env:test', 'y', 'z'], value: 5 },
    { ...common, name: 'g', kind: 'gauge', tags: ['env:test'], value: 7 },
    { ...common, name: 'u', kind: 'set', tags: ['env:test'], value: 2 },
    {
      ...common, name: 'h', kind: 'timing', tags: ['env:test'], count: 3, sum: 6, min: 1, max: 3, avg: 2,
      aggregates: { max: 3, median: 2, avg: 2, count: 3, '95percentile': 3 },
    },
    { ...common, name: 'd', kind: 'distribution', tags: ['env:test'], count: 2, sum: 12, min: 5, max: 7, avg: 6, sketch },
  ]);
  assert.ok(sketch instanceof Sketch);
  assert.equal(sketch.add(9).quantile(1), 9);
});

test('messages of parse can be recorded, and what is no metric comes back', () => {
  const lines = 'a:1:2|c|@0.5|#t\nu:1|s\n_e{1,1}:t|u\n_sc|db|1\nd:3|d|T1600000000';
  const [direct, by] = [new Aggregator(), new Aggregator()];
  const others = direct.record(lines, { now });
  assert.deepEqual(others.map(({ kind }) => kind), ['event', 'serviceCheck']);
  for (const message of parse(lines)) if (message.kind === 'metric') assert.deepEqual(by.record(message, { now }), []);
  assert.equal(JSON.stringify(by.flushAll(now)), JSON.stringify(direct.flushAll(now)));
});

test('merged aggregators hold what both have recorded', () => {
  const [left, right] = [new Aggregator(), new Aggregator()];
  left.record('a:1|c\nd:1|d', { now });
  right.record('a:2|c\nd:2|d\nb:1|g', { now });
  const series = left.merge(right).flushAll(now);
  assert.deepEqual(series.map(({ name, value, count }) => [name, value ?? count]), [['a', 3], ['d', 2], ['b', 1]]);
  assert.throws(() => left.merge(new Aggregator({ bucketSecs: 1 })), /equal options/);
  assert.throws(() => left.merge(left), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('of bad input nothing else is lost', () => {
  const aggregator = new Aggregator({ contexts: 3 });
  assert.throws(() => aggregator.record('a:1|c\nbad\nb:nan:1|g|@7', { now }), { name: 'ParseError', code: 1, offset: 3 });
  const errors = [];
  aggregator.record('c:1|c\nd:1|c\n:1|c', { now, onError: ({ code }) => errors.push(code) });
  assert.deepEqual(errors, [3]);
  assert.deepEqual(aggregator.stats, { contexts: 3, refusedContexts: 1, refusedValues: 0, skippedValues: 1, oddRates: 1 });
  assert.deepEqual(aggregator.flushAll(now).map(({ name }) => name), ['a', 'b', 'c']);
});

test('odd arguments are refused by name', () => {
  const aggregator = new Aggregator();
  const metric = { kind: 'metric', name: 'a', type: 'c', values: [1] };
  for (const [change, message] of [
    [{ name: 1 }, /metric.name must be a string/],
    [{ name: '' }, /metric.name must be at least one character/],
    [{ type: 'count' }, /metric.type must be one of c, g, ms, h, d, s/],
    [{ values: [] }, /metric.values/],
    [{ values: ['1'] }, /metric.values\[0\] must be a number/],
    [{ values: [1], type: 's' }, /metric.values\[0\] must be a string/],
    [{ sampleRate: '1' }, /metric.sampleRate/],
    [{ tags: 'a' }, /metric.tags/],
    [{ timestamp: 0 }, /metric.timestamp/],
  ]) {
    assert.throws(() => aggregator.record({ ...metric, ...change }), message);
  }
  for (const options of [{ bucketSecs: 0 }, { contexts: 0 }, { bucketSecs: 1.5 }]) {
    assert.throws(() => new Aggregator(options), { code: 'ERR_OUT_OF_RANGE' });
  }
  for (const options of [{ aggregates: ['p95'] }, { tags: ['a,b'] }, { intervall: 1 }]) {
    assert.throws(() => new Aggregator(options), { code: 'ERR_INVALID_ARG_VALUE' });
  }
  for (const time of [-1, NaN, 0.5]) assert.throws(() => aggregator.flush(time), { code: 'ERR_OUT_OF_RANGE' });
  assert.deepEqual(new Aggregator({ aggregates: ['min', '50percentile'] }).flushAll(now), []);
});
