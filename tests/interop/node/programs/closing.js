'use strict';

// flush and close: what leaves, who is called back and told of errors, and what calls do afterwards.

const REAL = ['udp', 'uds', 'uds, unbuffered', 'tcp', 'stream'];
const ALL = [...REAL, 'mock'];

const failure = (message = 'told to fail') => Object.assign(new Error(message), { code: 'ETOLD' });

const HANDLERS = { 'a handler': true, 'no handler': false };
const options = (t, has, more) => ({ ...(has ? { errorHandler: t.handler } : {}), ...more });

const closing = Object.entries(HANDLERS).flatMap(([who, has]) => [
  {
    name: `close with ${who}`,
    on: ALL,
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has));
      client.increment('n', 1, ['a']);
      await t.called((done) => t.run(() => client.close(done)), 'closed');
      t.note('in flight', client.messagesInFlight);
    },
  },
  {
    name: `close of what is buffered with ${who}`,
    on: ALL,
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has, { maxBufferSize: 500 }));
      client.increment('n', 1, ['a'], t.callback());
      client.childClient({ prefix: 'c' }).gauge('m', 2);
      await t.called((done) => client.close(done), 'closed');
    },
  },
  {
    name: `calls after close with ${who}`,
    on: ALL,
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has, { maxBufferSize: 0 }));
      const child = client.childClient({ prefix: 'c' });
      await t.called((done) => client.close(done), 'closed');
      for (const one of [client, child]) {
        t.run(() => one.increment('n'));
        t.run(() => one.increment('n', t.callback()));
        t.run(() => one.increment(['n', 'm'], 1, t.callback('several')));
        t.run(() => one.event('n', 'x', {}, t.callback('event')));
        t.run(() => one.flush(t.callback('flushed')));
      }
      await t.sleep(10);
    },
    differs: !has && {
      row: 'a call after `close` of a stream, without a handler',
      ours: (it) => ({ ...it, events: it.events.filter(([what, text]) => what !== 'threw' && !(what === 'console.error' && text.includes('message: Error: Error'))) }),
    },
  },
  {
    name: `close twice with ${who}`,
    on: ['udp', 'tcp', 'mock'],
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has));
      await t.called((done) => client.close(done), 'closed');
      t.run(() => client.close(t.callback('closed again')));
      await t.sleep(80);
    },
    differs: {
      row: '`flush` and `close` while the other side takes nothing; TCP that is refused',
      ours: (it) => (it.scene.endsWith('[tcp]') ? { ...it, events: [...it.events, ['closed again, later', 'undefined']] } : it),
    },
  },
  {
    name: `close of a socket whose close throws, with ${who}`,
    on: REAL,
    leaves: true,
    async play(t) {
      for (const callback of [t.callback('closed'), undefined]) {
        const client = t.open(options(t, has));
        const { close } = client.socket;
        client.socket.close = () => {
          throw failure();
        };
        t.run(() => void client.close(callback));
        await t.sleep(40);
        close.call(client.socket);
      }
    },
  },
  {
    name: `close of a socket that emits an error, with ${who}`,
    on: REAL,
    leaves: true,
    async play(t) {
      for (const callback of [t.callback('closed'), undefined]) {
        const client = t.open(options(t, has));
        const { close } = client.socket;
        client.socket.close = () => client.socket.emit('error', failure());
        t.run(() => void client.close(callback));
        await t.sleep(40);
        close.call(client.socket);
      }
    },
  },
  {
    name: `close whose flush fails, with ${who}`,
    on: ['udp', 'tcp'],
    leaves: true,
    async play(t) {
      for (const callback of [t.callback('closed'), undefined]) {
        const client = t.open(options(t, has, { maxBufferSize: 100 }));
        client.socket.send = (buffer, done) => done(failure());
        client.increment('n');
        t.run(() => void client.close(callback));
        await t.sleep(40);
        client.socket.close();
      }
    },
  },
  {
    name: `close waits for what is on its way, with ${who}`,
    on: ['udp', 'tcp'],
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has, { closingFlushInterval: 2 }));
      let land;
      client.socket.send = (buffer, done) => (land = done);
      client.increment('n', t.callback());
      client.close(t.callback('closed'));
      await t.sleep(8);
      t.note('in flight', client.messagesInFlight);
      land(null);
      await t.sleep(40);
    },
  },
  {
    name: `close does not wait for ever, with ${who}`,
    on: ['udp', 'tcp'],
    leaves: true,
    async play(t) {
      const client = t.open(options(t, has, { closingFlushInterval: 2 }));
      client.socket.send = () => {};
      client.increment('n');
      await t.called((done) => client.close(done), 'closed');
      t.note('in flight', client.messagesInFlight);
    },
  },
  {
    name: `flush whose send fails, with ${who}`,
    on: ['udp', 'tcp', 'uds'],
    async play(t) {
      const client = t.open(options(t, has, { maxBufferSize: 100 }));
      const { send } = client.socket;
      client.socket.send = (buffer, done) => done(failure());
      client.increment('n');
      await t.called((done) => t.run(() => client.flush(done)), 'flushed');
      client.socket.send = send;
    },
  },
]);

const flushing = [
  ...Object.entries(HANDLERS).map(([who, has]) => ({
    name: `flush without a callback whose send fails, with ${who}`,
    on: ['udp', 'tcp', 'uds'],
    async play(t) {
      const client = t.open(options(t, has, { maxBufferSize: 100 }));
      const { send } = client.socket;
      client.socket.send = (buffer, done) => done(failure());
      client.increment('n');
      t.run(() => void client.flush());
      await t.sleep(5);
      client.socket.send = send;
    },
  })),
  {
    name: 'flush with nothing to send',
    on: ALL,
    async play(t) {
      const client = t.open();
      await t.called((done) => t.run(() => client.flush(done)), 'flushed');
      await t.called((done) => t.run(() => client.childClient().flush(done)), 'flushed');
    },
  },
  {
    name: 'flush of what is buffered',
    on: ALL,
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.increment('n');
      client.childClient({ prefix: 'c' }).increment('n');
      t.note('buffer', client.bufferHolder.buffer);
      await t.called((done) => t.run(() => client.flush(done)), 'flushed');
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'flush by a child',
    on: ALL,
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.increment('n');
      await t.called((done) => client.childClient().flush(done), 'flushed');
    },
  },
  {
    name: 'flush waits for what is on its way',
    on: ['udp', 'tcp'],
    async play(t) {
      const client = t.open();
      const { send } = client.socket;
      let land;
      client.socket.send = (buffer, done) => (land = done);
      client.increment('n');
      t.run(() => client.flush(t.callback('flushed')));
      await t.sleep(10);
      t.note('landing');
      land(null);
      await t.sleep(10);
      client.socket.send = send;
    },
  },
  {
    name: 'flush without a callback',
    on: ALL,
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.increment('n');
      void client.flush();
      await t.sleep(10);
      t.note('buffer', client.bufferHolder.buffer);
    },
  },
  {
    name: 'flush called back twice at once',
    on: ['udp', 'mock'],
    async play(t) {
      const client = t.open({ maxBufferSize: 500 });
      client.increment('n');
      client.flush(t.callback('first'));
      client.flush(t.callback('second'));
      await t.sleep(10);
    },
  },
];

module.exports = [...closing, ...flushing];
