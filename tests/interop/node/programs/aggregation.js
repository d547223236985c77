'use strict';

// The `aggregation` option: what is gathered, what goes past it, and when it is sent.

const ALL = ['udp', 'uds', 'tcp', 'stream', 'mock'];

const aggregated = (more) => ({ aggregation: true, ...more });

const CALLS = {
  counts: (c) => [c.increment('n'), c.increment('n', 2), c.decrement('n', 5), c.increment('n', 0.1), c.increment('n', 0.2)],
  'counts that come to nothing': (c) => [c.increment('n', 2), c.decrement('n', 2)],
  gauges: (c) => [c.gauge('n', 1), c.gauge('n', 7), c.gauge('n', -3.5)],
  'gauges and deltas': (c) => [c.gauge('n', 1), c.gaugeDelta('n', 2), c.gauge('n', 3), c.gaugeDelta('n', -1)],
  sets: (c) => [c.set('n', 'a'), c.set('n', 'b'), c.unique('n', 'a'), c.set('n', 1), c.set('n', '1'), c.set('n', null), c.set('n', undefined)],
  'sets of odd members': (c) => [c.set('n', {}), c.set('n', {}), c.set('n', NaN), c.set('n', NaN), c.set('n', 'a|b')],
  'what is not aggregated': (c) => [c.histogram('n', 1), c.distribution('n', 2), c.timing('n', 3), c.event('e'), c.check('k', 0)],
  'the order of what is not': (c) => [c.increment('a'), c.timing('t', 3), c.increment('b'), c.gauge('g', 1), c.gauge('g', 2, { timestamp: 5 })],
  'a rate of the call': (c) => [c.increment('n', 1, 0.5), c.increment('n', 1, 1), c.increment('n', 1, 0), c.increment('n', 1, 2), c.increment('n', 1, 0.1)],
  'odd values': (c) => [c.gauge('n', NaN), c.gauge('n', '5'), c.increment('n', NaN), c.gauge('m', Infinity), c.gauge('n', true), c.gauge('n', null)],
  'tags in any order and form': (c) => [
    c.increment('n', 1, ['a:1', 'b:2']), c.increment('n', 2, ['b:2', 'a:1']), c.increment('n', 4, { a: '1', b: 2 }), c.increment('n', 8, { b: '2', a: 1 }),
    c.increment('n', 16, ['a:1']), c.increment('n', 32, []), c.increment('n', 64, {}), c.increment('n', 128), c.increment('n', 256, ['a:1', 'a:1']),
  ],
  'tags that are cleaned to the same': (c) => [c.increment('n', 1, ['a|b']), c.increment('n', 2, ['a_b']), c.increment('n', 4, { 'x,y': 'z' })],
  'names that are cleaned to the same': (c) => [c.increment('n:1'), c.increment('n_1'), c.increment(['n', 'm', 'n'])],
  'two types of one name': (c) => [c.increment('n'), c.gauge('n', 5), c.set('n', 'x'), c.increment('n')],
  cardinalities: (c) => [c.increment('n', 1, { cardinality: 'low' }), c.increment('n', 1, { cardinality: 'LOW' }), c.increment('n', 1, { cardinality: 'high' }), c.increment('n')],
  timestamps: (c) => [c.increment('n', 1, { timestamp: 1e9 }), c.gauge('n', 1, { timestamp: new Date(5000) }), c.increment('n'), c.increment('n', 1, { timestamp: undefined })],
  'telegraf tags': (c) => [c.increment('n', 1, ['a:1', 'b']), c.increment('n', 1, { b: 'x@y' })],
};

const OPTIONS = {
  'as it is': {},
  'in Datadog mode': { datadog: true, originDetection: false, includeDatadogTelemetry: false, containerID: 'c', cardinality: 'low' },
  'for Telegraf': { telegraf: true },
  'with a prefix, a suffix and tags': { prefix: 'p', suffix: 's', globalTags: ['g:1', 'a:0'] },
  'with a buffer': { maxBufferSize: 60 },
  'with a rate of the client': { sampleRate: 0.5 },
};

const calls = Object.entries(CALLS).flatMap(([what, make]) =>
  Object.entries(OPTIONS).map(([how, options]) => ({
    name: `${what}, ${how}`,
    on: how === 'as it is' ? ALL : ['udp', 'mock'],
    async play(t) {
      const client = t.open(aggregated({ ...options, errorHandler: t.handler }));
      t.run(() => void make(client));
      await t.called((done) => t.run(() => client.flush(done)), 'flushed');
      t.run(() => void make(client));
      await t.called((done) => t.run(() => client.childClient({ globalTags: { c: '1' } }).flush(done)), 'flushed');
    },
  })),
);

const failure = () => Object.assign(new Error('told to fail'), { code: 'ETOLD' });

const limits = ['a handler', 'no handler', 'a handler that throws'].map((who, at) => ({
  name: `more contexts than there is place for, with ${who}`,
  on: ['udp', 'mock'],
  async play(t) {
    const throwing = (error) => {
      t.handler(error);
      throw failure();
    };
    const client = t.open(aggregated({ aggregation: { maxContexts: 2 }, errorHandler: [t.handler, undefined, throwing][at] }));
    for (const name of ['a', 'b', 'c', 'd', 'a', 'c']) t.run(() => client.increment(name, 1, t.callback(name)));
    await t.called((done) => client.flush(done), 'flushed');
    for (const name of ['e', 'f', 'g']) t.run(() => client.increment(name, 1, t.callback(name)));
    await t.called((done) => client.flush(done), 'flushed');
  },
}));

const others = [
  {
    name: 'callbacks of what is aggregated',
    on: ALL,
    async play(t) {
      const client = t.open(aggregated());
      t.run(() => client.increment('n', 1, t.callback()));
      t.run(() => client.increment(['n', 'm'], 1, t.callback('several')));
      t.run(() => client.gauge('n', 1, 0.5, ['a'], t.callback('rate')));
      t.run(() => client.set('n', 1, { tags: ['a'] }, t.callback('options')));
      await t.called((done) => client.flush(done), 'flushed');
    },
  },
  {
    name: 'children share the contexts',
    on: ['udp', 'mock'],
    async play(t) {
      const client = t.open(aggregated({ globalTags: ['g:1'] }));
      const same = client.childClient();
      const other = client.childClient({ globalTags: { g: '2' } });
      const named = client.childClient({ prefix: 'c' });
      for (const one of [client, same, other, named, other.childClient({ suffix: 's' })]) one.increment('n', 1, ['x']);
      t.note('shared', same.aggregator === client.aggregator);
      await t.called((done) => other.flush(done), 'flushed');
    },
  },
  {
    name: 'the interval',
    on: ALL,
    async play(t) {
      const client = t.open(aggregated({ aggregation: { flushInterval: 5 } }));
      client.increment('n');
      client.increment('n');
      await t.sleep(40);
      t.note('after');
    },
  },
  {
    name: 'close sends what is aggregated',
    on: ALL,
    leaves: true,
    async play(t) {
      for (const maxBufferSize of [0, 100]) {
        const client = t.open(aggregated({ maxBufferSize }));
        client.increment('n');
        client.childClient({ prefix: 'c' }).gauge('n', 1);
        await t.called((done) => client.close(done), 'closed');
        t.run(() => client.increment('n', t.callback()));
        await t.sleep(5);
      }
    },
  },
  {
    name: 'tags are those of the call, whatever becomes of them later',
    on: ['udp'],
    async play(t) {
      const client = t.open(aggregated());
      const [list, object] = [['a:1'], { b: '1' }];
      client.increment('n', 1, list);
      client.increment('m', 1, object);
      list.push('c');
      object.b = '2';
      client.increment('n', 1, list);
      client.increment('m', 1, object);
      await t.called((done) => client.flush(done), 'flushed');
    },
  },
  {
    name: 'a flush whose sends fail',
    on: ['udp'],
    async play(t) {
      for (const errorHandler of [t.handler, undefined]) {
        const client = t.open(aggregated({ errorHandler }));
        const { send } = client.socket;
        client.socket.send = (buffer, done) => done(failure());
        client.increment('a');
        client.increment('b');
        await t.called((done) => t.run(() => client.flush(done)), 'flushed');
        client.socket.send = send;
      }
    },
  },
];

module.exports = [...calls, ...limits, ...others];
