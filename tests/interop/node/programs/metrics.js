'use strict';

// Every method for metrics with every shape of arguments that its users write, and shapes that they should not.

const { ALL, family } = require('../family');

const METHODS = ['increment', 'decrement', 'gauge', 'gaugeDelta', 'histogram', 'distribution', 'timing', 'set', 'unique'];

/** The arguments after the name; `f` is a callback. */
const SHAPES = {
  'nothing': () => [],
  'a value': () => [42],
  'zero': () => [0],
  'a negative value': () => [-2.5],
  'a value and a callback': (f) => [42, f],
  'a value and a rate above the draw': () => [42, 0.5],
  'a value and a rate below the draw': (f) => [42, 0.25, f],
  'a value, a rate and a callback': (f) => [42, 0.5, f],
  'a value, a rate and tags': () => [42, 0.5, ['foo', 'bar']],
  'a value, a rate, tags and a callback': (f) => [42, 0.5, ['foo', 'bar'], f],
  'a value and a list of tags': () => [42, ['foo', 'bar:1']],
  'a value and an object of tags': () => [42, { foo: 'bar', n: 1 }],
  'a value, tags and a callback': (f) => [42, { foo: 'bar' }, f],
  'a value, no rate, tags and a callback': (f) => [42, undefined, ['a'], f],
  'a value, null for the rate, tags and a callback': (f) => [42, null, ['a'], f],
  'a value, rate 1 and tags': () => [42, 1, ['a']],
  'a value, rate 0 and tags': () => [42, 0, ['a']],
  'a value, rate 2': () => [42, 2],
  'a value, rate NaN': () => [42, NaN],
  'a value, a rate below 0 and a callback': (f) => [42, -1, f],
  'a value, an empty object, tags': () => [42, {}, ['a']],
  'a value, an empty object and a callback': (f) => [42, {}, f],
  'a value, an empty list and a callback': (f) => [42, [], f],
  'a value, text for the rate, tags': () => [42, 'x', ['a']],
  'a value and an object of options': () => [42, { sampleRate: 0.5, tags: ['a'], timestamp: 1600000000 }],
  'a value, options and a callback': (f) => [42, { tags: { a: 'b' } }, f],
  'a value, options of an undefined rate and a callback': (f) => [42, { sampleRate: undefined }, f],
  'a value, options of a Date and a callback': (f) => [42, { timestamp: new Date(1600000000499) }, f],
  'a value, options of a cardinality': () => [42, { cardinality: 'low' }],
  'a value, tags and tags': () => [42, ['a'], ['b']],
  'a value, null for the tags and a callback': (f) => [42, 0.5, null, f],
  'a value, undefined for the tags and a callback': (f) => [42, 0.5, undefined, f],
  'tags in the place of the value': () => [['a', 'b']],
  'an object in the place of the value': () => [{ a: 'b' }],
  'a callback in the place of the value': (f) => [f],
  'tags and a callback without a value': (f) => [['a'], f],
  'undefined': () => [undefined],
  'undefined and tags': () => [undefined, ['a']],
  'undefined, a rate and tags': () => [undefined, 0.5, ['a']],
  'null': () => [null],
  'null, undefined and tags': () => [null, undefined, ['a']],
  'text': (f) => ['text', undefined, undefined, f],
  'a number as text': (f) => ['7', 1, undefined, f],
  'true': (f) => [true, undefined, undefined, f],
  'a BigInt': (f) => [10n ** 20n, undefined, undefined, f],
  'NaN': () => [NaN],
  'Infinity': () => [-Infinity],
  'a very small number': () => [1e-7],
  'a very large number': () => [1e21],
  'minus zero': () => [-0],
  'a third': () => [1 / 3],
  'a list of numbers': (f) => [[1, 2], undefined, undefined, f],
  'a Date': (f) => [new Date(Date.now() - 250), undefined, undefined, f],
};

const shapes = Object.entries(SHAPES).flatMap(([shape, values]) =>
  METHODS.map((method) => ({
    name: `${method} of ${shape}`,
    clock: 1_600_000_000_000,
    async play(t) {
      const client = t.open();
      t.run(() => client[method]('test', ...values(t.callback())));
    },
    differs: method === 'gaugeDelta' && shape === 'a BigInt' && {
      row: 'a value that cannot be text or a number',
      ours: (theirs) => ({ ...theirs, received: ['test:+100000000000000000000|g'], events: [['callback, later', null, 'undefined']] }),
    },
  })),
);

const several = METHODS.flatMap((method) => [
  {
    name: `${method} of several names`,
    on: ALL,
    async play(t) {
      const client = t.open();
      await t.called((done) => t.run(() => client[method](['a', 'b'], 42, done)));
    },
  },
  {
    name: `${method} of several names, a rate, tags and a callback`,
    async play(t) {
      const client = t.open();
      await t.called((done) => t.run(() => client[method](['a', 'b', 'c'], 42, 0.5, ['x:y'], done)));
    },
  },
  {
    name: `${method} of several names that are not drawn`,
    async play(t) {
      const client = t.open({ sampleRate: 0.1 });
      await t.called((done) => t.run(() => client[method](['a', 'b'], 42, done)));
    },
  },
  {
    name: `${method} of no names`,
    async play(t) {
      const client = t.open();
      t.run(() => client[method]([], 42, t.callback()));
    },
  },
]);

const families = METHODS.flatMap((method) =>
  family(`${method} with all arguments`, (client, t) => t.called((done) => t.run(() => client[method]('test', 42, 0.5, { foo: 'bar' }, done)))),
);

module.exports = [...shapes, ...several, ...families];
