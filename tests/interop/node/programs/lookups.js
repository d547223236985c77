'use strict';

// Names of hosts: looked up through Node, and kept with `cacheDns`; and what is asked of dgram and net.

const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');

/** Plays with `module[name]` replaced by what `make` makes of the genuine one. */
async function replaced(module, name, make, play) {
  const genuine = module[name];
  module[name] = make(genuine);
  try {
    await play();
  } finally {
    module[name] = genuine;
  }
}

const failure = () => Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });

/** Answers each look-up of a name with the next of `answers`, an address or an error. */
const answering = (t, answers) => (genuine) =>
  function lookup(host, ...rest) {
    if (net.isIP(host)) return genuine(host, ...rest);
    t.note('lookup', host);
    const answer = answers.shift();
    setImmediate(() => (typeof answer === 'string' ? rest.at(-1)(null, answer, 4) : rest.at(-1)(answer)));
  };

const caches = [
  ['a name is looked up once', { cacheDns: true }, ['127.0.0.1']],
  ['a name is looked up again when the answer is old', { cacheDns: true, cacheDnsTtl: 1 }, ['127.0.0.1', '127.0.0.1', '127.0.0.1', '127.0.0.1']],
  ['a name that is not found is looked up again', { cacheDns: true }, [failure(), '127.0.0.1']],
].map(([name, options, answers]) => ({
  name,
  async play(t) {
    await replaced(dns, 'lookup', answering(t, [...answers]), async () => {
      const client = t.open({ ...options, host: 'the.agent', errorHandler: t.handler });
      for (let i = 0; i < 3; i++) {
        await t.called((done) => client.increment('n', i, done));
        await t.sleep(5);
      }
      client.childClient().increment('child');
      await t.sleep(5);
    });
  },
}));

const others = [
  {
    name: 'an address is not looked up with cacheDns',
    on: ['udp', 'udp6'],
    async play(t) {
      await replaced(dns, 'lookup', answering(t, []), async () => {
        const client = t.open({ cacheDns: true });
        await t.called((done) => client.increment('n', done));
        client.increment('m');
        await t.called((done) => client.flush(done));
      });
    },
  },
  {
    name: 'a name that is not found, of which the handler, the callback or nobody is told',
    async play(t) {
      for (const cacheDns of [true, false]) {
        await replaced(dns, 'lookup', answering(t, [failure(), failure(), failure(), failure(), failure(), failure()]), async () => {
          for (const errorHandler of [t.handler, undefined]) {
            const client = t.open({ cacheDns, host: 'nowhere', errorHandler });
            await t.called((done) => client.increment('n', done));
            t.run(() => client.increment('n'));
            await t.sleep(5);
          }
        });
      }
    },
  },
  {
    name: 'the error of an earlier look-up',
    on: ['udp'],
    async play(t) {
      for (const errorHandler of [t.handler, undefined]) {
        const client = t.open({ errorHandler });
        client.dnsError = failure();
        t.run(() => client.increment('n'));
        t.run(() => client.increment('n', t.callback()));
        t.run(() => client.childClient().increment('n', t.callback('child')));
        client.dnsError = undefined;
      }
    },
  },
  {
    name: 'what a socket is made with',
    async play(t) {
      for (const options of [
        {}, { host: '127.0.0.1' }, { host: '::1' }, { host: 'localhost' }, { udpSocketOptions: { type: 'udp6' } }, { host: '127.0.0.1', udpSocketOptions: { type: 'udp6' } },
        { udpSocketOptions: { type: 'udp4', reuseAddr: true } }, { host: 'a.b', udpSocketOptions: { sendBufferSize: 4096 } }, { udpSocketOptions: null },
        { host: '::1', udpSocketOptions: { lookup: () => {} } },
      ]) {
        const spying = (genuine) => (given, ...rest) => {
          t.note('createSocket', ...Object.keys(given).sort().map((key) => `${key}=${typeof given[key] === 'function' ? 'function' : given[key]}`));
          return genuine(given, ...rest);
        };
        await replaced(dgram, 'createSocket', spying, async () => t.run(() => t.open({ ...options, errorHandler: t.handler }).host));
      }
    },
  },
  {
    name: 'what a socket sends with',
    async play(t) {
      const fake = () => ({
        unref: () => t.note('unref'), on() {}, emit() {}, removeListener() {}, close: () => t.note('close'),
        send: (buffer, offset, length, port, host, done) => {
          t.note('send', buffer.toString(), offset, length, port, host, typeof done);
          done?.();
        },
      });
      await replaced(dgram, 'createSocket', () => fake, async () => {
        for (const options of [{ port: 7 }, { host: '10.0.0.1', port: 7 }, { host: 'a.b' }, { host: '::1' }]) {
          const client = new t.StatsD(options);
          client.increment('n');
          client.increment('n', t.callback());
        }
      });
    },
  },
  {
    name: 'what is connected to',
    async play(t) {
      const spying = (genuine) => (...values) => {
        t.note('connect', ...values.map(String));
        return genuine(t.server.port, '127.0.0.1');
      };
      let failed = 0;
      const errorHandler = (error) => t.handler(error, failed++);
      for (const options of [{}, { host: 'a.b', port: 99 }, { host: '::1' }]) {
        await replaced(net, 'connect', spying, async () => t.open({ protocol: 'tcp', ...options, errorHandler }));
      }
      await t.until(() => failed === 3);
    },
  },
  {
    name: 'the default route',
    async play(t) {
      const client = t.open({ useDefaultRoute: true, mock: true });
      t.note('host', client.host);
    },
  },
];

module.exports = [...caches, ...others];
