'use strict';

// The constructor: options that are checked, the positional form, what the environment says of the transport.

const READ = [
  'host', 'port', 'protocol', 'path', 'prefix', 'suffix', 'globalTags', 'maxBufferSize', 'bufferFlushInterval', 'sampleRate', 'telegraf', 'mock',
  'isChild', 'cacheDns', 'cacheDnsTtl', 'tagPrefix', 'tagSeparator', 'datadog', 'originDetection', 'cardinality', 'externalData', 'closingFlushInterval',
  'tcpGracefulErrorHandling', 'tcpGracefulRestartRateLimit', 'udsGracefulErrorHandling', 'udsGracefulRestartRateLimit', 'includeDatadogTelemetry',
  'telemetryFlushInterval', 'includeDataDogTags', 'errorHandler', 'udpSocketOptions', 'udsRetryOptions', 'CHECKS', 'messagesInFlight',
];

const show = (t, client) => t.note('client', ...READ.map((property) => `${property}=${JSON.stringify(client[property])}`));

const ODD = [0, 1, -1, 1.5, 65535, 65536, NaN, Infinity, '', '8125', 'x', null, true, false, [], {}, 2147483647, 2147483648, 10n];

const CHECKED = ['port', 'sampleRate', 'bufferFlushInterval', 'telemetryFlushInterval', 'closingFlushInterval', 'cacheDnsTtl', 'maxBufferSize'];

const checked = CHECKED.flatMap((option) =>
  ODD.map((value) => ({
    name: `${option} of ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value) ?? String(value)} (${String(value)})`,
    async play(t) {
      const client = t.open({ mock: true, [option]: value }, false);
      t.note(option, client[option]);
      client.increment('n');
    },
  })),
);

const aggregation = ODD.flatMap((value) =>
  ['flushInterval', 'maxContexts'].map((option) => ({
    name: `aggregation.${option} of ${String(value)} (${typeof value})`,
    async play(t) {
      const client = t.open({ mock: true, aggregation: { [option]: value } }, false);
      t.note(option, client.aggregator[option]);
    },
  })),
);

const AFFIXES = ['', 'a', 'a.', '.a', '.', '..', 'a.b', null, undefined, 0, false];

const affixes = AFFIXES.map((value) => ({
  name: `prefix and suffix of ${JSON.stringify(value)}`,
  on: ['mock'],
  async play(t) {
    const client = t.open({ prefix: value, suffix: value });
    show(t, client);
    client.increment('n');
    client.event('t');
    client.check('c', 0);
  },
}));

const POSITIONAL = [
  ['127.0.0.1', '{PORT}'],
  ['127.0.0.1', '{PORT}', 'prefix', 'suffix', true, true, false, ['gtag'], 0, 100, false, 0.5, 'udp'],
  ['127.0.0.1', '{PORT}', 'prefix', 'suffix', false, false, true],
  ['127.0.0.1', '{PORT}', 'prefix', 'suffix', false, false, 'yes', { g: 1 }, 100],
  ['127.0.0.1', '{PORT}', undefined, undefined, undefined, undefined, undefined, undefined, undefined, undefined, true, 2],
  ['127.0.0.1'],
  ['127.0.0.1', '8125'],
  [undefined, '{PORT}'],
];

const positional = POSITIONAL.map((values, at) => ({
  name: `the positional form, ${at + 1}`,
  async play(t) {
    const client = new t.StatsD(...values.map((value) => (value === '{PORT}' ? t.server.port : value)));
    show(t, client);
    t.note('global', global.statsd === client);
    if (values.length > 1 && values[1] !== '8125') client.increment('n', 1, ['a']);
    await t.close(client);
  },
}));

const constructors = [
  {
    name: 'the constructor is a plain function',
    on: ['mock'],
    async play(t) {
      const given = {};
      t.run(() => t.StatsD.call(given, { mock: true }));
      t.note('own', given.mock, given.protocol, typeof given.increment);
      t.note('names', t.StatsD.name, t.StatsD.length, t.StatsD === t.StatsD.StatsD, t.StatsD.default === undefined);
      const util = require('node:util');
      function Mine(options) {
        t.StatsD.call(this, options);
      }
      util.inherits(Mine, t.StatsD);
      const mine = new Mine({ mock: true });
      mine.increment('n');
      t.note('mine', mine.mockBuffer, mine instanceof t.StatsD);
      class Other extends t.StatsD {
        sendStat(...values) {
          t.note('sendStat', ...values);
          super.sendStat(...values);
        }
      }
      const other = new Other({ mock: true });
      other.increment('n', 2, ['a']);
      other.gauge(['x', 'y'], 1, 0.5);
      t.note('other', other.mockBuffer);
    },
  },
  {
    name: 'no options',
    leaves: true,
    async play(t) {
      const client = new t.StatsD();
      show(t, client);
      await t.close(client);
      const other = new t.StatsD(null);
      show(t, other);
      await t.close(other);
    },
  },
  {
    name: 'protocols in other letters, and none',
    async play(t) {
      for (const protocol of ['UDP', 'Udp', '', null]) {
        const client = t.open({ protocol });
        t.note('protocol', client.protocol, client.socket?.type);
        client.increment('n');
      }
    },
  },
  {
    name: 'a protocol that is none',
    leaves: true,
    async play(t) {
      const client = t.run(() => t.open({ protocol: 'carrier pigeon', errorHandler: t.handler }));
      t.note('socket', client?.socket);
      t.run(() => client.increment('n'));
      await t.called((done) => client.increment('n', done));
      await t.called((done) => client.close(done), 'closed');
    },
  },
  {
    name: 'a protocol that is none, without a handler',
    leaves: true,
    async play(t) {
      const client = t.run(() => t.open({ protocol: 'carrier pigeon' }));
      t.run(() => client.increment('n'));
      await t.called((done) => client.close(done), 'closed');
    },
  },
  {
    name: 'the stream protocol without a stream',
    leaves: true,
    async play(t) {
      const client = t.run(() => t.open({ protocol: 'stream', errorHandler: t.handler }, false));
      t.run(() => client.increment('n'));
    },
  },
  {
    name: 'a Unix socket that is not there',
    leaves: true,
    async play(t) {
      const client = t.run(() => t.open({ protocol: 'uds', path: '/nowhere/at/all', errorHandler: t.handler }, false));
      t.note('socket', client?.socket);
      t.run(() => client.increment('n'));
      t.run(() => client.flush(t.callback('flushed')));
      t.run(() => client.close(t.callback('closed')));
      await t.sleep(80);
    },
  },
  {
    name: 'globalize',
    on: ['mock'],
    async play(t) {
      const client = t.open({ globalize: true });
      t.note('global', global.statsd === client);
      const other = t.open({ globalize: false });
      t.note('global', global.statsd === client, global.statsd === other);
    },
  },
  {
    name: 'options are what they were, but for those that were wrong',
    on: ['mock'],
    async play(t) {
      const options = { mock: true, prefix: 'p', sampleRate: 7, port: '1' };
      new t.StatsD(options);
      t.note('options', options);
    },
  },
  {
    name: 'maxBufferSize over Unix sockets',
    on: ['uds'],
    async play(t) {
      for (const maxBufferSize of [undefined, 0, 100, 8192, 8193, 100000]) {
        const client = t.open({ maxBufferSize });
        t.note('size', client.maxBufferSize);
      }
    },
  },
  {
    name: 'the methods and properties of a client',
    on: ['mock'],
    async play(t) {
      const client = t.open();
      const methods = [
        'increment', 'decrement', 'gauge', 'gaugeDelta', 'histogram', 'distribution', 'timing', 'timer', 'asyncTimer', 'asyncDistTimer', 'set', 'unique',
        'event', 'check', 'childClient', 'flush', 'close', 'send', 'sendAll', 'sendStat', '_send', 'enqueue', 'flushQueue', 'sendMessage', '_close',
        'onBufferFlushInterval', 'getDatadogExtensionFields',
      ];
      t.note('methods', ...methods.map((method) => `${method} ${typeof client[method]} ${client[method]?.length}`));
      t.note('socket', ...['emit', 'on', 'removeListener', 'send', 'close', 'unref'].map((method) => `${method} ${typeof client.socket[method]}`));
      t.note('same', t.StatsD.prototype.set === t.StatsD.prototype.unique);
    },
  },
];

const URLS = [
  'udp://127.0.0.1:{PORT}', 'udp://127.0.0.1', 'udp://localhost:{PORT}', 'udp://:8125', 'udp://', 'udp://host:0', 'udp://host:65536', 'udp://host:x', 'udp://host:',
  'udp://[::1]:{PORT}', 'udp://[::1]', 'udp://::1', 'udp://[]:1', 'UDP://host', 'tcp://host:1', 'unixstream:///x', 'unix://', 'unixgram://', 'host:8125', 'x',
];

const environment = [
  ...URLS.map((url) => ({
    name: `DD_DOGSTATSD_URL of ${url}`,
    env: { DD_DOGSTATSD_URL: url },
    async play(t) {
      const client = t.open({ datadog: false }, false);
      show(t, client);
      if (client.port === t.server.port && client.host === '127.0.0.1') client.increment('n');
    },
  })),
  ...['unix://{PATH}', 'unixgram://{PATH}'].map((url) => ({
    name: `DD_DOGSTATSD_URL of ${url}`,
    on: ['uds'],
    env: { DD_DOGSTATSD_URL: url },
    async play(t) {
      const client = t.open({ datadog: false }, false);
      show(t, client);
      client.increment('n');
    },
  })),
  ...['{PATH}', '  {PATH}\t', '   '].map((path) => ({
    name: `DD_DOGSTATSD_SOCKET of ${JSON.stringify(path)}`,
    on: ['uds'],
    env: { DD_DOGSTATSD_SOCKET: path },
    async play(t) {
      const client = t.open({ datadog: false, mock: path.trim() === '' }, false);
      show(t, client);
      client.increment('n');
    },
  })),
  {
    name: 'DD_DOGSTATSD_SOCKET where the URL is refused',
    on: ['uds'],
    env: { DD_DOGSTATSD_SOCKET: '{PATH}', DD_DOGSTATSD_URL: 'unixstream://{PATH}' },
    async play(t) {
      const client = t.open({ datadog: false }, false);
      show(t, client);
      client.increment('n');
    },
  },
  ...[
    { host: 'h' }, { port: 1234 }, { path: '/p' }, { protocol: 'udp' }, { telegraf: true }, { useDefaultRoute: true },
  ].map((options) => ({
    name: `DD_DOGSTATSD_URL beside ${JSON.stringify(options)}`,
    env: { DD_DOGSTATSD_URL: 'udp://elsewhere:1111', DD_DOGSTATSD_SOCKET: '/x' },
    async play(t) {
      const client = t.open({ mock: true, datadog: false, ...options }, false);
      show(t, { ...client, ...(options.useDefaultRoute ? { host: 'the route' } : {}) });
    },
  })),
  {
    name: 'host and port of the environment',
    env: { DD_AGENT_HOST: '127.0.0.1', DD_DOGSTATSD_PORT: '{PORT}' },
    async play(t) {
      const client = t.open({ datadog: false }, false);
      show(t, client);
      client.increment('n');
      show(t, t.open({ datadog: false, mock: true, host: 'own', port: 7 }, false));
    },
  },
  ...['x', '', '12x', '0', '-1', '99999'].map((port) => ({
    name: `DD_DOGSTATSD_PORT of ${JSON.stringify(port)}`,
    env: { DD_DOGSTATSD_PORT: port },
    async play(t) {
      show(t, t.open({ datadog: false, mock: true }, false));
    },
  })),
  {
    name: 'host and port of the environment for Telegraf',
    env: { DD_AGENT_HOST: 'agent', DD_DOGSTATSD_PORT: '7777' },
    async play(t) {
      show(t, t.open({ telegraf: true, mock: true }, false));
    },
  },
];

module.exports = [...checked, ...aggregation, ...affixes, ...positional, ...constructors, ...environment];
