'use strict';

// Events and service checks.

const { family } = require('../family');

const WHEN = new Date(1_500_000_000_600);

const EVENTS = {
  'a title': () => ['title'],
  'nothing': () => [],
  'null': () => [null],
  'a number for the title': () => [7, 8],
  'an empty title and text': () => ['', ''],
  'a title and text': () => ['title', 'text'],
  'a title, text and a callback in the place of tags': (f) => ['title', 'text', {}, f],
  'a callback in the place of options': (f) => ['title', 'text', f],
  'newlines in the text': () => ['title', 'one\ntwo\nthree'],
  'carriage returns in the text': () => ['title', 'one\r\ntwo'],
  'bars in title and text': () => ['a|b', 'c|d'],
  'all options': (f) => [
    'title', 'text',
    {
      date_happened: WHEN, hostname: 'host', aggregation_key: 'key', priority: 'low', source_type_name: 'source', alert_type: 'warning',
    },
    ['foo', 'bar:1'], f,
  ],
  'a number for the date': () => ['title', 'text', { date_happened: 1_500_000_000.4 }],
  'text for the date': () => ['title', 'text', { date_happened: 'yesterday' }],
  'an invalid Date': () => ['title', 'text', { date_happened: new Date(NaN) }],
  'a Number object for the date': () => ['title', 'text', { date_happened: Object(1_500_000_000.6) }],
  'zero for the date': () => ['title', 'text', { date_happened: 0 }],
  'a priority that is none': () => ['title', 'text', { priority: 'urgent' }],
  'undefined options': () => ['title', 'text', { hostname: undefined, alert_type: null }],
  'null options and tags': () => ['title', 'text', null, ['foo']],
  'undefined options, an object of tags and a callback': (f) => ['title', undefined, undefined, { a: 'b' }, f],
  'no text and options': () => ['title', null, { alert_type: 'error' }],
  'tags that are text': () => ['title', 'text', {}, 'foo'],
  'an empty list of tags and a callback': (f) => ['title', 'text', {}, [], f],
  'a cardinality': () => ['title', 'text', { cardinality: 'high' }],
};

const CHECKS = {
  'a name and a status': () => ['check.name', 0],
  'each status of CHECKS': () => ['check.name', 3],
  'nothing': () => [],
  'a status that is none': () => ['check.name', 'ok'],
  'an undefined status': () => ['check.name', undefined],
  'a date': () => ['check.name', 1, { date_happened: WHEN }],
  'a date as a number': () => ['check.name', 1, { date_happened: 1_500_000_000.5 }],
  'text for the date': () => ['check.name', 1, { date_happened: 'x' }],
  'a host': () => ['check.name', 2, { hostname: 'host' }],
  'a message': () => ['check.name', 3, { message: 'all is: well|here' }],
  'all options, tags and a callback': (f) => ['check.name', 0, { date_happened: WHEN, hostname: 'host', message: 'message' }, ['foo', 'bar'], f],
  'an object of tags': () => ['check.name', 0, {}, { a: 'b', c: 'd|e' }],
  'a callback in the place of tags': (f) => ['check.name', 0, null, f],
  'a callback in the place of options': (f) => ['check.name', 0, f],
  'an empty list of tags': (f) => ['check.name', 0, {}, [], f],
  'tags that are text': () => ['check.name', 0, {}, 'foo'],
  'undefined options': (f) => ['check.name', 0, undefined, undefined, f],
  'a cardinality': () => ['check.name', 0, { cardinality: 'low', message: 'm' }, ['a']],
  'a name of several words': () => ['check name:a|b', 0],
};

const OPTIONS = {
  'with the defaults': {},
  'with global tags': { globalTags: { gtag: 'g', foo: 'mine' } },
  'with prefix and suffix': { prefix: 'pre', suffix: 'suf' },
  'with a tag prefix and separator': { tagPrefix: '~', tagSeparator: '^', globalTags: ['g'] },
  'in Datadog mode': { datadog: true, containerID: 'abc', cardinality: 'low', includeDatadogTelemetry: false, originDetection: false },
};

const scenes = (method, shapes) =>
  Object.entries(shapes).flatMap(([shape, values]) =>
    Object.entries(OPTIONS).map(([how, options]) => ({
      name: `${method} of ${shape} ${how}`,
      async play(t) {
        const client = t.open(options);
        t.run(() => client[method](...values(t.callback())));
      },
    })),
  );

const telegraf = ['event', 'check'].flatMap((method) => [
  {
    name: `${method} for Telegraf throws`,
    async play(t) {
      const client = t.open({ telegraf: true });
      t.run(() => client[method]('title', 0));
    },
  },
  {
    name: `${method} for Telegraf is an error for its callback`,
    async play(t) {
      const client = t.open({ telegraf: true, errorHandler: t.handler });
      t.run(() => client[method]('title', 0, {}, [], t.callback()));
    },
  },
  {
    name: `${method} for Telegraf is an error for the handler`,
    async play(t) {
      const client = t.open({ telegraf: true, errorHandler: t.handler });
      t.run(() => client[method]('title', 0));
    },
  },
]);

/** The lengths are those of the text in UTF-8. */
const inBytes = (it) => ({
  ...it,
  received: it.received.map((line) => {
    const [, title, text, rest] = /^_e\{\d+,\d+\}:([^|]*)\|([^|]*)(.*)$/s.exec(line);
    return `_e{${Buffer.byteLength(title)},${Buffer.byteLength(text)}}:${title}|${text}${rest}`;
  }),
});

const onPurpose = [
  {
    name: 'an event in other letters',
    async play(t) {
      t.open({ prefix: 'é' }).event('tïtre', 'café 日本', { hostname: 'hôte' }, ['clé:é']);
    },
    differs: { row: 'lengths of an event that is not ASCII', ours: inBytes },
  },
  {
    name: 'a newline in the title of an event',
    async play(t) {
      t.open().event('one\ntwo', 'text');
    },
    differs: { row: "a newline in an event's title, a check's message", ours: (it) => ({ ...it, received: ['_e{8,4}:one\\ntwo|text'] }) },
  },
  {
    name: 'a newline in the message of a check',
    async play(t) {
      t.open().check('c', 0, { message: 'one\ntwo' });
    },
    differs: { row: "a newline in an event's title, a check's message", ours: (it) => ({ ...it, received: ['_sc|c|0|m:one\\ntwo'] }) },
  },
  {
    name: 'newlines in host, key and source of an event',
    async play(t) {
      t.open().event('t', 'x', { hostname: 'a\nb', aggregation_key: 'c\nd', source_type_name: 'e\nf' });
    },
    differs: { row: 'a newline in a value, prefix, suffix, host or key', ours: (it) => ({ ...it, received: ['_e{1,1}:t|x|h:a_b|k:c_d|s:e_f'] }) },
  },
  {
    name: 'newlines in name, status and host of a check',
    async play(t) {
      t.open().check('a\nb', '0\n', { hostname: 'c\nd' });
    },
    differs: { row: 'a newline in a value, prefix, suffix, host or key', ours: (it) => ({ ...it, received: ['_sc|a_b|0_|h:c_d'] }) },
  },
];

module.exports = [
  ...scenes('event', EVENTS),
  ...scenes('check', CHECKS),
  ...telegraf,
  ...onPurpose,
  ...family('event with all arguments', (client, t) =>
    t.called((done) => t.run(() => client.event('title', 'text', { priority: 'low', date_happened: WHEN }, ['foo', 'own:3'], done))),
  ),
  ...family('check with all arguments', (client, t) =>
    t.called((done) => t.run(() => client.check('name', 1, { message: 'm', date_happened: WHEN }, { foo: 'bar', own: '3' }, done))),
  ),
];
