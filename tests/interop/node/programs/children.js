'use strict';

// What a child has of its parent, and what it has not.

const { family } = require('../family');

const READ = [
  'prefix', 'suffix', 'globalTags', 'host', 'port', 'protocol', 'tagPrefix', 'tagSeparator', 'maxBufferSize', 'bufferFlushInterval', 'sampleRate',
  'telegraf', 'mock', 'isChild', 'datadog', 'originDetection', 'containerID', 'externalData', 'cardinality', 'includeDatadogTelemetry',
  'includeDataDogTags', 'closingFlushInterval', 'path', 'cacheDns', 'cacheDnsTtl', 'tcpGracefulErrorHandling', 'tcpGracefulRestartRateLimit',
  'udsGracefulErrorHandling', 'udsGracefulRestartRateLimit', 'udpSocketOptions', 'udsRetryOptions', 'telemetryFlushInterval',
];

const show = (t, name, client) => t.note(name, ...READ.map((property) => `${property}=${JSON.stringify(client[property])}`));

const OPTIONS = {
  'the defaults': {},
  'prefix and suffix': { prefix: 'p', suffix: 's' },
  'prefix and suffix with dots': { prefix: 'p.', suffix: '.s' },
  'all that can be inherited': {
    prefix: 'p', suffix: 's', globalTags: ['a:1', 'b'], sampleRate: 0.5, tagPrefix: '~', tagSeparator: '^', maxBufferSize: 200, bufferFlushInterval: 500,
    cacheDns: true, cacheDnsTtl: 7, tcpGracefulErrorHandling: false, tcpGracefulRestartRateLimit: 1, udsGracefulErrorHandling: false,
    udsGracefulRestartRateLimit: 2, udsRetryOptions: { retries: 1 }, datadog: true, originDetection: false, containerID: 'c1', cardinality: 'low',
    telemetryFlushInterval: 90000,
  },
  'Telegraf': { telegraf: true, globalTags: { a: 1 } },
  'a mock': { mock: true },
};

const GIVEN = {
  nothing: undefined,
  'an empty object': {},
  'prefix and suffix': { prefix: 'cp', suffix: 'cs' },
  'prefix and suffix with dots': { prefix: 'cp.', suffix: '.cs' },
  'a list of tags': { globalTags: ['b', 'a:2'] },
  'an object of tags': { globalTags: { a: '2', c: '3' } },
  'a cardinality': { cardinality: 'HIGH' },
  'a cardinality that is none': { cardinality: 'huge' },
  'what a child cannot set': { sampleRate: 0.1, maxBufferSize: 7, mock: true, host: 'elsewhere', protocol: 'tcp', globalize: true, aggregation: true },
};

const inherited = Object.entries(OPTIONS).flatMap(([parent, options]) =>
  Object.entries(GIVEN).map(([child, given]) => ({
    name: `a child with ${child} of a client with ${parent}`,
    async play(t) {
      const client = t.open(options);
      const one = client.childClient(given);
      show(t, 'client', client);
      show(t, 'child', one);
      show(t, 'grandchild', one.childClient(given));
      t.note('shared', one.socket === client.socket, one.bufferHolder === client.bufferHolder, one instanceof t.StatsD);
      t.note('constructor', one.constructor.name, typeof one.childClient, one.constructor === client.constructor, JSON.stringify(one.CHECKS));
      for (const each of [client, one, one.childClient(given)]) each.increment('n', 1, ['x:1', 'a:call']);
    },
  })),
);

const others = [
  {
    name: "a child's error handler, and its parent's",
    async play(t) {
      const mine = (error) => t.note('the handler of the child', error);
      const client = t.open({ telegraf: true, errorHandler: t.handler });
      client.event('a');
      client.childClient().event('b');
      client.childClient({ errorHandler: mine }).event('c');
      client.childClient({ errorHandler: mine }).childClient().event('d');
      t.open({ telegraf: true }).childClient({ errorHandler: mine }).event('e');
    },
  },
  {
    name: 'a child of a client that is globalized',
    async play(t) {
      const client = t.open({ globalize: true });
      client.childClient({ prefix: 'c' });
      t.note('global', global.statsd === client);
    },
  },
  {
    name: 'closing a child closes the socket of all',
    on: ['udp', 'uds', 'tcp'],
    leaves: true,
    async play(t) {
      const client = t.open({ maxBufferSize: 0 });
      const child = client.childClient();
      await t.called((done) => child.close(done), 'closed');
      await t.called((done) => client.increment('n', done));
    },
  },
  {
    name: 'parent and children fill one buffer',
    async play(t) {
      const client = t.open({ maxBufferSize: 1000, prefix: 'p' });
      const child = client.childClient({ globalTags: ['c'] });
      client.increment('a');
      child.increment('b');
      child.childClient({ suffix: 's' }).increment('d');
      client.increment('e');
    },
  },
  {
    name: 'a mocked parent and child have buffers of their own',
    on: ['mock'],
    async play(t) {
      const client = t.open();
      const child = client.childClient({ prefix: 'c' });
      client.increment('a');
      child.increment('b');
      t.note('buffers', client.mockBuffer, child.mockBuffer);
    },
  },
  {
    name: 'the environment is read again for a child',
    env: { DD_ENV: 'prod' },
    async play(t) {
      const client = t.open({ datadog: false });
      process.env.DD_SERVICE = 'late';
      t.note('tags', client.childClient({ globalTags: ['env:mine', 'service:mine'] }).globalTags);
      t.note('tags', client.childClient().globalTags);
    },
  },
];

module.exports = [
  ...inherited,
  ...others,
  ...['increment', 'gauge', 'set', 'event', 'check'].flatMap((method) =>
    family(`${method} without options`, (client, t) => t.called((done) => client[method]('n', 1, undefined, undefined, done)), {}),
  ),
];
