'use strict';

// maxBufferSize and bufferFlushInterval.

const { ALL } = require('../family');

const SIZES = [1, 2, 8, 9, 12, 17, 18, 26, 27, 100, 1432, 8192, '20', 20.5, -1, null, NaN, Infinity];

const sizes = SIZES.map((maxBufferSize) => ({
  name: `a buffer of ${String(maxBufferSize)} (${typeof maxBufferSize})`,
  on: ['udp', 'uds', 'tcp', 'stream', 'mock'],
  async play(t) {
    const client = t.open({ maxBufferSize });
    for (let i = 0; i < 6; i++) client.increment(`name${i}`, i, t.callback());
    client.increment('a.name.that.is.longer.than.most.of.these.buffers', 1);
    client.increment(['x', 'y'], 1, t.callback('several'));
    t.note('buffer', client.bufferHolder.buffer);
    await t.called((done) => client.flush(done), 'flushed');
  },
}));

const failure = (code) => Object.assign(new Error('told to fail'), { code });

const HANDLERS = {
  'a handler': (t) => ({ errorHandler: t.handler }),
  'no handler': () => ({}),
};

const intervals = Object.entries(HANDLERS).map(([who, options]) => ({
  name: `the interval's flush fails, with ${who}`,
  on: ['udp', 'tcp'],
  async play(t) {
    const client = t.open({ maxBufferSize: 100, bufferFlushInterval: 5, ...options(t) });
    const { send } = client.socket;
    let calls = 0;
    client.socket.send = (buffer, done) => {
      calls++;
      if (calls === 1) done(failure('ETOLD'));
      else throw failure('ETHROWN');
    };
    client.increment('one', 1, t.callback());
    await t.until(() => calls === 1);
    client.increment('two', 1, t.callback());
    await t.until(() => calls === 2);
    await t.sleep(5);
    client.socket.send = send;
  },
}));

const others = [
  {
    name: 'bytes count, not letters',
    on: ['udp', 'uds', 'stream', 'mock'],
    async play(t) {
      const client = t.open({ maxBufferSize: 20 });
      for (const name of ['é', '日本', 'plain', '🐕', 'last']) client.increment(name, 1, t.callback(name));
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'the interval flushes',
    on: ALL,
    async play(t) {
      const client = t.open({ maxBufferSize: 500, bufferFlushInterval: 5 });
      client.increment('n', 1, t.callback());
      await t.until(() => client.bufferHolder.buffer === '');
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'the interval is not yet over',
    on: ALL,
    async play(t) {
      const client = t.open({ maxBufferSize: 500, bufferFlushInterval: 100_000 });
      client.increment('n', 1);
      await t.sleep(20);
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'what is sampled out, an empty name and odd values in a buffer',
    on: ['udp', 'mock'],
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.increment('n', 1, 0.1, t.callback());
      client.increment('', 1, t.callback());
      client.gauge('n', undefined);
      client.set('n', {});
      client.increment('m', 1, 0.9);
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'events and checks share the buffer',
    on: ['udp', 'uds', 'mock'],
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.event('t', 'a\nb', {}, t.callback('event'));
      client.check('c', 1, {}, t.callback('check'));
      client.increment('n');
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
];

module.exports = [...sizes, ...intervals, ...others];
