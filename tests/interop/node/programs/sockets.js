'use strict';

// What programs do with `client.socket`: they listen, emit, replace what sends and what closes; and what becomes of errors.

const ALL = ['udp', 'uds', 'tcp', 'stream', 'mock'];
const REAL = ['udp', 'uds', 'tcp', 'stream'];

const failure = (code, message = 'told to fail') => Object.assign(new Error(message), code === undefined ? {} : { code });

/** Who is told of an error: the handler, the callback, both or nobody. */
const HEARERS = {
  'the handler': { errorHandler: true },
  'the callback': { callback: true },
  'both': { errorHandler: true, callback: true },
  'nobody': {},
};

/** What stands in the place of `socket.send`. */
const SENDERS = {
  'gives an error': (buffer, done) => done(failure()),
  'gives an error with a code, later': (buffer, done) => void setImmediate(() => done(failure('EWHATEVER'))),
  'gives a number for a code': (buffer, done) => done(failure(-111)),
  'gives text': (buffer, done) => done('text'),
  'gives nothing': (buffer, done) => done(),
  'gives a number of bytes': (buffer, done) => done(null, 42),
  'throws': () => {
    throw failure('ETHROWN');
  },
};

const errors = Object.entries(SENDERS).flatMap(([how, send]) =>
  Object.entries(HEARERS).map(([hearer, { errorHandler, callback }]) => ({
    name: `a send that ${how}, of which ${hearer} is told`,
    on: REAL,
    async play(t) {
      const client = t.open({ maxBufferSize: 0, ...(errorHandler ? { errorHandler: t.handler } : {}) });
      client.socket.on('error', (error) => t.note('the listener', error));
      client.socket.send = (buffer, done) => {
        t.note('sent', Buffer.isBuffer(buffer), buffer.toString());
        return send(buffer, done);
      };
      for (const one of [client, client.childClient({ prefix: 'c' })]) {
        t.run(() => one.increment('n', 1, callback ? t.callback() : undefined));
        t.run(() => one.gauge(['a', 'b'], 2, callback ? t.callback('several') : undefined));
        t.run(() => one.event('e', 'f', {}, callback ? t.callback('event') : undefined));
        t.run(() => one.check('k', 0, {}, callback ? t.callback('check') : undefined));
      }
      await t.sleep(5);
      t.note('in flight', client.messagesInFlight);
    },
  })),
);

const buffered = Object.entries(SENDERS).flatMap(([how, send]) =>
  Object.entries(HEARERS).map(([hearer, { errorHandler, callback }]) => ({
    name: `a flush whose send ${how}, of which ${hearer} is told`,
    on: ['udp', 'tcp'],
    async play(t) {
      const client = t.open({ maxBufferSize: 8, ...(errorHandler ? { errorHandler: t.handler } : {}) });
      client.socket.send = (buffer, done) => {
        t.note('sent', buffer.toString());
        return send(buffer, done);
      };
      for (const name of ['n1', 'n2', 'n3']) t.run(() => client.increment(name, 1, callback ? t.callback(name) : undefined));
      await t.sleep(5);
      if (callback) await t.called((done) => t.run(() => client.flush(done)), 'flushed');
      else t.run(() => client.onBufferFlushInterval());
      await t.sleep(5);
      t.note('left', client.bufferHolder.buffer);
    },
  })),
);

const emitted = Object.entries(HEARERS).map(([hearer, { errorHandler }]) => ({
  name: `an error that the socket emits, of which ${hearer} is told`,
  on: ALL,
  async play(t) {
    const client = t.open(errorHandler ? { errorHandler: t.handler } : {});
    const child = client.childClient({ errorHandler: (error) => t.note("the child's handler", error) });
    const listener = (error) => t.note('the listener', error);
    t.run(() => client.socket.emit('error', failure('E1')));
    t.run(() => child.socket.emit('error', failure('E2')));
    client.socket.on('error', listener);
    t.run(() => client.socket.emit('error', failure('E3')));
    client.socket.removeListener('error', listener);
    t.run(() => client.socket.emit('error', failure('E4')));
    t.run(() => client.socket.emit('other', 1));
    client.increment('still', 1);
    await t.sleep(2);
  },
}));

const CODES = [undefined, 'ENOTCONN', 'ECONNREFUSED', 'EDESTADDRREQ', 'ECONNRESET', 'EPIPE', 'EAGAIN', 'WSAENOTCONN', -111, -107, 111, 1, 0];

/** Whether an error has the socket replaced. */
const replaced = CODES.flatMap((code) =>
  [true, false, undefined].map((graceful) => ({
    name: `an error of code ${code} where reconnecting is ${graceful}`,
    on: ['udp', 'uds', 'tcp', 'stream', 'mock'],
    async play(t) {
      const options = graceful === undefined ? {} : { tcpGracefulErrorHandling: graceful, udsGracefulErrorHandling: graceful };
      const client = t.open({ ...options, errorHandler: t.handler, tcpGracefulRestartRateLimit: 1, udsGracefulRestartRateLimit: 1 });
      const { socket } = client;
      const child = client.childClient();
      await t.sleep(5);
      t.run(() => socket.emit('error', failure(code)));
      t.note('after the event', client.socket === socket, child.socket === socket);
      const second = client.socket;
      await t.sleep(5);
      second.send = (buffer, done) => done(failure(code));
      t.run(() => client.increment('n'));
      if (client.maxBufferSize > 0) await t.called((done) => client.flush(done), 'flushed');
      t.note('after the send', client.socket === second, typeof client.socket.createdAt, client.socket.type);
      const third = client.socket;
      await t.sleep(5);
      third.send = (buffer, done) => done(failure(code));
      t.run(() => client.gauge('n', 1, t.callback()));
      t.note('after the callback', client.socket === third);
    },
  })),
);

const others = [
  {
    name: 'replacing is limited in its rate',
    on: ['uds', 'tcp'],
    async play(t) {
      const client = t.open({ errorHandler: t.handler, tcpGracefulRestartRateLimit: 100_000, udsGracefulRestartRateLimit: 100_000 });
      const { socket } = client;
      t.run(() => socket.emit('error', failure('ECONNREFUSED')));
      t.note('same', client.socket === socket);
    },
  },
  {
    name: 'a socket that the program takes away',
    on: REAL,
    async play(t) {
      for (const nothing of [undefined, null]) {
        const client = t.open({ maxBufferSize: 0, errorHandler: t.handler });
        const { socket } = client;
        client.socket = nothing;
        t.run(() => client.increment('n'));
        t.note('socket', typeof client.socket);
        client.socket = nothing;
        t.run(() => client.increment('n', t.callback()));
        client.socket = nothing;
        t.run(() => client.flush(t.callback('flushed')));
        client.socket = nothing;
        t.run(() => client.close(t.callback('closed')));
        await t.sleep(60);
        socket.close();
      }
    },
  },
  {
    name: 'a socket of the program',
    on: ['mock'],
    async play(t) {
      const made = () => ({
        on: (event) => t.note('on', event),
        removeListener: (event) => t.note('removeListener', event),
        emit: (event) => t.note('emit', event),
        send: (buffer, done) => {
          t.note('send', buffer.toString());
          done(null, buffer.length);
        },
        close: () => t.note('close'),
        unref: () => t.note('unref'),
      });
      const client = new t.StatsD({ port: 1, closingFlushInterval: 1 });
      client.socket.close();
      client.socket = made();
      client.increment('n', 1, t.callback());
      client.childClient({ prefix: 'c' }).increment('n');
      client.close(t.callback('closed'));
      await t.sleep(30);
      const child = new t.StatsD({ isChild: true, socket: made(), bufferHolder: { buffer: '' }, prefix: 'p' });
      child.increment('n');
    },
  },
  {
    name: 'unref',
    on: ALL,
    async play(t) {
      const client = t.open();
      t.run(() => void client.socket.unref());
    },
  },
  {
    name: 'the other end is not there',
    on: ['tcp'],
    async play(t) {
      const client = t.open({ port: 1, errorHandler: t.handler });
      client.socket.on('close', (...values) => t.note('close', ...values));
      client.increment('n', t.callback());
      await t.sleep(20);
      client.increment('n');
      client.increment('n', t.callback());
      await t.sleep(20);
    },
  },
  ...['uds', 'tcp'].flatMap((kind) =>
    Object.entries(HEARERS).map(([hearer, { errorHandler, callback }]) => ({
      name: `the other end of ${kind} goes away and comes back, of which ${hearer} is told`,
      on: ['none'],
      async play(t) {
        const receivers = require('../receivers');
        const server = await receivers[kind === 'uds' ? 'uds, unbuffered' : 'tcp']();
        const client = t.open({
          ...server.options, tcpGracefulRestartRateLimit: 1, udsGracefulRestartRateLimit: 1, udsRetryOptions: { retries: 0 }, ...(errorHandler ? { errorHandler: t.handler } : {}),
        });
        const told = callback ? t.callback() : undefined;
        await t.called((done) => client.increment('n', 1, done));
        await t.sleep(10);
        server.close();
        await t.sleep(10);
        for (let i = 0; i < 3; i++) {
          t.run(() => client.increment('gone', i, told));
          await t.sleep(10);
        }
        t.note('socket', typeof client.socket);
      },
    })),
  ),
  {
    name: 'a stream that is destroyed, or ends, or throws',
    on: ['stream'],
    async play(t) {
      const { Writable } = require('node:stream');
      const destroyed = new Writable({ write: (chunk, encoding, done) => done() });
      const one = t.open({ stream: destroyed, errorHandler: t.handler });
      destroyed.destroy();
      t.run(() => one.increment('n'));
      t.run(() => one.increment('n', t.callback()));
      await t.sleep(5);
      const ended = new Writable({ write: (chunk, encoding, done) => done() });
      const other = t.open({ stream: ended, errorHandler: t.handler });
      ended.end();
      t.run(() => other.increment('n'));
      t.run(() => other.increment('n', t.callback()));
      await t.sleep(5);
      const failing = new Writable({ write: (chunk, encoding, done) => done(failure('EWRITE')) });
      const third = t.open({ stream: failing, errorHandler: t.handler });
      t.run(() => third.increment('n'));
      t.run(() => third.increment('n', t.callback()));
      await t.sleep(5);
    },
  },
];

module.exports = [...errors, ...buffered, ...emitted, ...replaced, ...others];
