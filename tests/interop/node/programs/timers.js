'use strict';

// Functions that are timed; the clock takes a step at each look.

const { family } = require('../family');

const STEP = 1_234_567;

const SHAPES = {
  'a name': () => ['test'],
  'a rate': () => ['test', 0.5],
  'a rate that is not drawn': (f) => ['test', 0.1, undefined, f],
  'tags': () => ['test', ['a', 'b:1']],
  'tags and a callback': (f) => ['test', { a: '1' }, f],
  'a rate, tags and a callback': (f) => ['test', 0.5, ['a', 'b:1'], f],
  'no rate, tags and a callback': (f) => ['test', undefined, ['a'], f],
  'a callback': (f) => ['test', f],
  'options': () => ['test', { tags: ['a'], sampleRate: 0.5 }],
  'several names': (f) => [['one', 'two'], 1, ['a'], f],
};

const ADDED = {
  'no tags added': () => {},
  'a list added': (ctx) => ctx.addTags(['x:1', 'y']),
  'an object added': (ctx) => ctx.addTags({ x: 1, a: 2, 'k|': 'v,' }),
  'several added': (ctx) => {
    ctx.addTags(['x']);
    ctx.addTags({ y: 1 });
    ctx.addTags([]);
    ctx.addTags();
    ctx.addTags(null);
    ctx.addTags('text');
    ctx.addTags(7);
  },
};


/** The same with each argument in its own place, as the peer keeps them when tags are added. */
const LONG = {
  'tags': () => ['test', undefined, ['a', 'b:1']],
  'tags and a callback': (f) => ['test', undefined, { a: '1' }, f],
  'a callback': (f) => ['test', undefined, undefined, f],
  'options': () => ['test', 0.5, ['a']],
};

const inPlace = (shape, added, play) =>
  LONG[shape] && added !== 'no tags added' ? { differs: { row: 'tags added to a timer whose rate is left out', asPeer: play(LONG[shape]) } } : {};

const sync = (add) => (values) => async (t) => {
  const client = t.open({ globalTags: ['g', 'x:global'] });
  const timed = client.timer((a, b, ctx) => {
    add(ctx);
    return a + b;
  }, ...values(t.callback()));
  t.run(() => timed(1, 2));
  t.run(() => timed(3, 4));
};

const async_ = (method, add) => (values) => async (t) => {
  const client = t.open({ globalTags: ['g', 'x:global'] });
  const timed = client[method](async (a, b, ctx) => {
    await t.sleep(1);
    add(ctx);
    return a + b;
  }, ...values(t.callback()));
  t.note('resolved', await t.run(() => timed(1, 2)));
};

const plain = Object.entries(SHAPES).flatMap(([shape, values]) =>
  Object.entries(ADDED).flatMap(([added, add]) =>
    [['timer', sync(add)], ['asyncTimer', async_('asyncTimer', add)], ['asyncDistTimer', async_('asyncDistTimer', add)]].map(([method, play]) => ({
      name: `${method} with ${shape}, ${added}`,
      step: STEP,
      play: play(values),
      ...inPlace(shape, added, play),
    })),
  ),
);

const others = [
  {
    name: 'timers with options of a timestamp',
    step: STEP,
    async play(t) {
      t.open().timer(() => {}, 'test', { timestamp: 1600000000 }, t.callback())();
    },
  },
  {
    name: 'a timed function that throws',
    step: STEP,
    async play(t) {
      const client = t.open();
      const timed = client.timer((ctx) => {
        ctx.addTags(['error:yes']);
        throw new Error('thrown');
      }, 'test');
      t.run(timed);
    },
  },
  ...['asyncTimer', 'asyncDistTimer'].flatMap((method) => [
    {
      name: `${method} of a rejection`,
      step: STEP,
      async play(t) {
        const timed = t.open()[method](async (ctx) => {
          ctx.addTags({ error: 'yes' });
          throw new Error('rejected');
        }, 'test', undefined, ['a']);
        await timed().catch((error) => t.note('rejected', error));
      },
    },
    {
      name: `${method} of a function that throws at once`,
      async play(t) {
        t.run(t.open()[method](() => {
          throw new Error('thrown');
        }, 'test'));
      },
    },
    {
      name: `${method} of a function that gives no promise`,
      async play(t) {
        try {
          t.open()[method](() => 7, 'test')();
        } catch (error) {
          t.note('threw', error.name);
        }
      },
    },
    {
      name: `${method} gives the very promise of the function`,
      step: STEP,
      async play(t) {
        const promise = Promise.resolve(1);
        t.note('same', t.open()[method](() => promise, 'test')() === promise);
      },
    },
  ]),
  {
    name: 'the function gets its arguments, then the context',
    step: STEP,
    async play(t) {
      const timed = t.open().timer((...values) => t.note('arguments', values.length, values[0], typeof values.at(-1).addTags, typeof values.at(-1).getTags), 'test');
      timed();
      timed('a');
      timed('a', 'b', 'c');
    },
  },
  {
    name: 'timers for Telegraf',
    step: STEP,
    async play(t) {
      const client = t.open({ telegraf: true, globalTags: { g: '1' } });
      client.timer((ctx) => ctx.addTags({ x: 'y@z', 'b:ar': 'a:b' }), 'test', undefined, { own: '1|2' })();
    },
  },
  {
    name: 'timing of a Date that is to come',
    clock: 1_600_000_000_000,
    async play(t) {
      const client = t.open();
      client.timing('test', new Date(1_600_000_000_500));
      client.timing('test', new Date(NaN));
      client.timing('test', new Date(1_600_000_000_000), ['a']);
    },
  },
  {
    name: 'a timer calls its callback once a call',
    step: STEP,
    on: ['udp', 'tcp', 'uds', 'stream'],
    async play(t) {
      const timed = t.open().timer(() => {}, 'test', t.callback());
      timed();
      timed();
      await t.sleep(20);
    },
  },
];

module.exports = [
  ...plain,
  ...others,
  ...family('timer', async (client, t) => t.called((done) => t.run(client.timer(() => 1, 'test', 0.5, ['own:2'], done))), {
    prefix: 'pre', globalTags: ['gtag:1'],
  }).map((scene) => ({ ...scene, step: STEP })),
];
