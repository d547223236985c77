'use strict';

// What the client tells of itself, and Datadog mode: origin, external data, cardinality.

const ALL = ['udp', 'uds', 'tcp', 'stream', 'mock'];

const METHODS = ['increment', 'decrement', 'gauge', 'gaugeDelta', 'histogram', 'distribution', 'timing', 'set', 'unique'];

/** The telemetry that is due now. */
const told = (t, client) => t.called((done) => (client.telemetry ? client.telemetry.flush(done) : done('none')), 'told');

const OPTIONS = {
  'asked for': { includeDatadogTelemetry: true },
  'in Datadog mode': { datadog: true, originDetection: false },
  'refused in Datadog mode': { datadog: true, originDetection: false, includeDatadogTelemetry: false },
  'for Telegraf': { telegraf: true, includeDatadogTelemetry: true },
  'with a prefix and tags': { includeDatadogTelemetry: true, prefix: 'p', suffix: 's', globalTags: ['g:1'] },
  'with other separators': { includeDatadogTelemetry: true, tagPrefix: '~', tagSeparator: '^' },
  'with a buffer': { includeDatadogTelemetry: true, maxBufferSize: 40 },
  'with aggregation': { includeDatadogTelemetry: true, aggregation: true },
  'with a rate': { includeDatadogTelemetry: true, sampleRate: 0.3 },
  'by default': {},
};

const kinds = Object.entries(OPTIONS).map(([what, options]) => ({
  name: `telemetry ${what}`,
  on: ALL,
  async play(t) {
    const client = t.open({ ...options, errorHandler: t.handler });
    for (const method of METHODS) client[method]('n', 3);
    client.increment(['a', 'b'], 1, 0.1);
    t.run(() => client.event('e', 'f', {}, t.callback('event')));
    t.run(() => client.check('k', 1, {}, t.callback('check')));
    client.childClient({ prefix: 'c' }).increment('n');
    await t.called((done) => client.flush(done), 'flushed');
    await t.sleep(5);
    t.note('has', client.includeDatadogTelemetry, client.telemetryFlushInterval, Boolean(client.telemetry));
    await told(t, client);
    await told(t, client);
  },
}));

const failure = () => Object.assign(new Error('told to fail'), { code: 'ETOLD' });

const others = [
  {
    name: 'telemetry of what is dropped',
    on: ['udp', 'tcp', 'uds, unbuffered'],
    async play(t) {
      const client = t.open({ includeDatadogTelemetry: true, errorHandler: t.handler });
      const { send, ...socket } = client.socket;
      client.socket.send = (buffer, done) => done(failure());
      client.increment('n', 1, ['é']);
      client.increment('m', t.callback());
      client.socket.send = () => {
        throw failure();
      };
      client.increment('n');
      client.socket.send = send;
      await told(t, client);
      t.note(socket.type);
    },
  },
  {
    name: 'telemetry that is not sent',
    on: ['udp'],
    async play(t) {
      const client = t.open({ includeDatadogTelemetry: true, errorHandler: t.handler });
      const { send } = client.socket;
      client.increment('n');
      client.socket.send = (buffer, done) => done(failure());
      await told(t, client);
      client.socket.send = send;
      await told(t, client);
    },
  },
  {
    name: 'telemetry of a client without a socket',
    on: ['udp'],
    async play(t) {
      const client = t.open({ includeDatadogTelemetry: true, errorHandler: t.handler });
      const { socket } = client;
      client.socket = null;
      client.increment('n');
      client.socket = socket;
      await told(t, client);
    },
  },
  {
    name: 'the interval of telemetry',
    on: ALL,
    async play(t) {
      const client = t.open({ includeDatadogTelemetry: true, telemetryFlushInterval: 20 });
      client.increment('n');
      await t.sleep(30);
      t.note('first');
      await t.sleep(30);
    },
  },
  {
    name: 'the last telemetry leaves with close',
    on: ['uds', 'tcp', 'stream'],
    leaves: true,
    async play(t) {
      const client = t.open({ includeDatadogTelemetry: true });
      client.increment('n');
      client.gauge('g', 1);
      await t.called((done) => client.close(done), 'closed');
    },
  },
];

const EXTERNAL = ['it-false,cn-app,pu-1', '  x  ', 'a|b', 'a\nb\tc', '|', '', '\u0001\u0002'];
const CARDINALITIES = ['none', 'low', 'orchestrator', 'high', 'HIGH', 'Low', 'huge', '', null, 1];

const each = (client) => {
  client.increment('n', 1, ['a']);
  client.gauge('n', 1, 0.9);
  client.event('t', 'x', { hostname: 'h' }, ['a']);
  client.check('c', 1, { message: 'm' }, ['a']);
  client.timing('n', 1, { timestamp: 7, cardinality: 'high', tags: ['b'] });
  client.event('t', 'x', { cardinality: 'low' });
  client.check('c', 1, { cardinality: 'none' });
  client.childClient({ cardinality: 'orchestrator' }).increment('n');
};

const SIGNALS = [
  'DD_AGENT_HOST', 'DD_DOGSTATSD_PORT', 'DD_ENTITY_ID', 'DD_ENV', 'DD_SERVICE', 'DD_VERSION', 'DD_EXTERNAL_ENV', 'DD_CARDINALITY', 'DD_TAGS',
  'DD_DOGSTATSD_URL', 'DD_DOGSTATSD_SOCKET', 'DATADOG_TAGS', 'DATADOG_CARDINALITY', 'DD_ORIGIN_DETECTION_ENABLED',
];

const state = (t, client) => t.note('state', client.datadog, client.originDetection, client.containerID, client.externalData, client.cardinality, client.includeDatadogTelemetry);

const datadog = [
  ...EXTERNAL.map((value) => ({
    name: `external data of ${JSON.stringify(value)}`,
    on: ['mock'],
    env: { DD_EXTERNAL_ENV: value },
    async play(t) {
      for (const options of [{}, { originDetection: false }, { datadog: false }, { telegraf: true }, { containerID: 'mine' }]) {
        const client = t.open(options);
        state(t, client);
        client.increment('n', 1, ['a']);
        if (!options.telegraf) each(client);
      }
    },
  })),
  ...CARDINALITIES.flatMap((value) => [
    {
      name: `a cardinality of ${JSON.stringify(value)}`,
      on: ['mock'],
      async play(t) {
        const client = t.open({ datadog: true, originDetection: false, cardinality: value });
        state(t, client);
        each(client);
        client.increment('n', 1, { cardinality: value });
        client.childClient({ cardinality: value }).increment('n');
        const plain = t.open({ cardinality: value });
        state(t, plain);
        plain.increment('n', 1, { cardinality: value });
      },
    },
    {
      name: `a cardinality of ${JSON.stringify(value)} in the environment`,
      on: ['mock'],
      env: { DD_CARDINALITY: String(value), DATADOG_CARDINALITY: 'low' },
      async play(t) {
        state(t, t.open({ originDetection: false }));
        state(t, t.open({ originDetection: false, cardinality: 'none' }));
        state(t, t.open({ originDetection: false, datadog: false }));
      },
    },
  ]),
  ...SIGNALS.map((name) => ({
    name: `Datadog mode by ${name}`,
    on: ['none'],
    env: { [name]: name === 'DD_DOGSTATSD_URL' ? 'udp://127.0.0.1:1' : '1' },
    async play(t) {
      for (const options of [{}, { datadog: false }, { datadog: true }, { telegraf: true }, { telegraf: true, datadog: true }, { datadog: 'yes' }]) {
        const client = t.open({ mock: true, ...options });
        state(t, client);
        client.increment('n');
      }
    },
  })),
  ...['no', 'FALSE', '0', 'n', 'off', 'yes', '', '1', 'x'].map((value) => ({
    name: `origin detection of ${JSON.stringify(value)}`,
    on: ['mock'],
    env: { DD_ORIGIN_DETECTION_ENABLED: value },
    async play(t) {
      for (const options of [{}, { originDetection: true }, { originDetection: false }, { containerID: 'mine' }, { containerID: '' }]) {
        const client = t.open({ datadog: true, ...options });
        state(t, client);
        each(client);
      }
    },
  })),
];

module.exports = [...kinds, ...others, ...datadog];
