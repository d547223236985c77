'use strict';

// Tags of client and call: cleaned, merged, in the forms of DogStatsD and of Telegraf.

const { family } = require('../family');

const TAGS = {
  'a list': ['a', 'b:1'],
  'an object': { a: '1', b: '2' },
  'keys that the client has': ['gtag:mine', 'x'],
  'the same key several times': ['k:1', 'gtag:a', 'k:2', 'gtag:b', 'bare', 'bare'],
  'bare tags between keyed ones': ['z', 'k:1', 'y', 'j:2', 'x'],
  'reserved characters': ['a|b', 'c,d', 'e@f', 'g#h', 'i\nj', 'k\rl', 'm:n:o', ':p', 'q:', '', 'r|s:t,u'],
  'reserved characters in an object': { 'a:b': 'c:d', 'e|f': 'g|h', 'i@j': 'k#l', '': 'm', n: '' },
  'a backslash at the end': ['a\\', 'b:c\\'],
  'values that are no text': { n: 1, t: true, u: undefined, z: null, l: ['x', 'y'], o: { p: 1 }, f: 1.5, nan: NaN },
  'a list of what is no text': [1, true, null, undefined, ['x', 'y'], 1.5],
  'other letters': { clé: 'é日本', '🐕': '🦴' },
  'a lone surrogate': ['\ud800', 'k:\udfff'],
  'spaces': [' a b ', 'k : v '],
  'equals signs': ['a=b', 'c=d:e=f'],
  'an empty list': [],
  'an empty object': {},
  'a number as a key': { 1: 'a', 0: 'b' },
  'a Map': new Map([['a', 'b']]),
  'a Set': new Set(['a']),
  'a long list': Array.from({ length: 40 }, (_, i) => `key${i}:value${i}`),
};

const GLOBALS = {
  'no global tags': undefined,
  'a list of global tags': ['gtag:g', 'bare'],
  'an object of global tags': { gtag: 'g', other: 1 },
  'global tags that want cleaning': ['g|h', 'gtag:a|b', 'x:y:z', ':p'],
  'global tags that repeat a key': ['gtag:1', 'gtag:2'],
};

const FORMS = { DogStatsD: {}, Telegraf: { telegraf: true }, 'other separators': { tagPrefix: '~', tagSeparator: '^' } };

const merged = Object.entries(FORMS).flatMap(([form, options]) =>
  Object.entries(GLOBALS).flatMap(([globals, globalTags]) =>
    Object.entries(TAGS).map(([tags, given]) => ({
      name: `${tags} with ${globals} as ${form}`,
      on: ['mock'],
      async play(t) {
        const client = t.open({ ...options, globalTags });
        t.note('global', client.globalTags);
        t.run(() => client.gauge('n', 1, given));
      },
    })),
  ),
);

const odd = [
  ['null', null], ['text', 'a:b'], ['a number', 7], ['true', true], ['a function', () => {}], ['an empty object', {}], ['false', false],
].map(([what, globalTags]) => ({
  name: `global tags that are ${what}`,
  async play(t) {
    const client = t.open({ globalTags });
    t.note('global', client.globalTags);
    client.increment('n');
    const child = client.childClient({ globalTags });
    t.note('child', child.globalTags);
    child.increment('n');
  },
}));

const others = [
  {
    name: 'the legacy name of global tags',
    async play(t) {
      t.open({ global_tags: ['a:b'] }).increment('n');
      t.open({ global_tags: ['a:b'], globalTags: ['c:d'] }).increment('n');
    },
  },
  {
    name: 'no argument is changed',
    async play(t) {
      const tags = ['a', 'gtag:1'];
      const globalTags = { gtag: 'g' };
      const options = { tags: ['x'], sampleRate: 1 };
      const client = t.open({ globalTags });
      client.increment('n', 1, tags);
      client.increment('n', 1, options);
      client.event('n', 'x', {}, tags);
      client.check('n', 1, {}, tags);
      client.childClient({ globalTags: tags }).increment('n', tags);
      t.note('values', tags, globalTags, options);
    },
  },
  {
    name: "a child's tags do not reach its parent",
    async play(t) {
      const client = t.open({ globalTags: ['a:1'] });
      const child = client.childClient({ globalTags: ['a:2', 'b:1'] });
      client.increment('n');
      child.increment('n');
      client.increment('n', 1, ['b:3']);
      child.increment('n', 1, ['b:3']);
      t.note('global', client.globalTags, child.globalTags);
    },
  },
  {
    name: 'tags from the environment',
    env: { DD_ENTITY_ID: 'id|1', DD_ENV: 'prod:a', DD_SERVICE: 'shop', DD_VERSION: '1.2' },
    async play(t) {
      const client = t.open({ globalTags: { env: 'mine', service: 'mine', a: 'b' }, datadog: false });
      client.increment('n');
      client.increment('n', 1, ['env:call']);
      client.childClient({ globalTags: ['env:child', 'c'] }).increment('n');
      t.open({ includeDataDogTags: false, globalTags: ['env:mine'], datadog: false }).increment('n');
    },
  },
  ...[
    'a:1,b:2', 'a:1 b:2', ' a:1 , b:2 ,, ', 'a:1\tb:2\nc:3', ',', ' ', 'env:listed,x', 'a|b:c#d',
  ].flatMap((value) =>
    ['DD_TAGS', 'DATADOG_TAGS'].map((name) => ({
      name: `${name} of ${JSON.stringify(value)}`,
      env: { [name]: value, ...(value.startsWith('env') ? { DD_ENV: 'prod' } : {}) },
      async play(t) {
        const client = t.open({ globalTags: ['a:mine', 'g'], datadog: false });
        t.note('global', client.globalTags);
        t.note('child', client.childClient({ globalTags: ['b:child', 'x'] }).globalTags);
        t.note('excluded', t.open({ includeDataDogTags: false, datadog: false }).globalTags);
      },
    })),
  ),
  {
    name: 'DD_TAGS comes before DATADOG_TAGS',
    env: { DD_TAGS: 'a:dd', DATADOG_TAGS: 'a:datadog,b:2' },
    async play(t) {
      t.note('global', t.open({ datadog: false }).globalTags);
    },
  },
  {
    name: 'DD_TAGS for Telegraf',
    env: { DD_TAGS: 'a:1@,b:2\\' },
    async play(t) {
      const client = t.open({ telegraf: true });
      t.note('global', client.globalTags);
      client.increment('n', 1, ['c:3']);
    },
  },
];

module.exports = [
  ...merged,
  ...odd,
  ...others,
  ...family('tags that override', (client, t) => t.called((done) => client.increment('n', 1, ['gtag:call', 'own:call', 'x'], done))),
  ...family('tags that override for Telegraf', (client, t) => t.called((done) => client.increment('n', 1, { gtag: 'call', 'x|': 'y' }, done)), {
    telegraf: true, prefix: 'pre', suffix: 'suf', globalTags: ['gtag', 'gtag:123'],
  }),
];
