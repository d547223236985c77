// Run by Jest itself, from jest.test.js: the package in a test suite of a user's.

const basenji = require('../..');

const open = ({ StatsD, Client }) => {
  const to = { host: '127.0.0.1', port: 9 };
  const clients = [
    new StatsD({ ...to, maxBufferSize: 100, aggregation: true, includeDatadogTelemetry: true }),
    new StatsD({ ...to, profile: 'fast' }),
    new StatsD({ ...to, protocol: 'tcp', errorHandler() {} }),
    new Client({ address: 'udp://127.0.0.1:9' }),
  ];
  for (const client of clients) client.increment('n', 1, ['a']);
};

test('a mock has what was called', () => {
  const client = new basenji.StatsD({ mock: true });
  client.increment('n', 2, { a: 'b' });
  client.timing('t', new Date(Date.now() - 5));
  expect(client.mockBuffer[0]).toBe('n:2|c|#a:b');
  expect(client.mockBuffer[1]).toMatch(/^t:\d+\|ms$/);
});

test('clients that nobody closes', () => open(basenji));

test('modules that are reset', () => {
  jest.resetModules();
  const again = require('../..');
  expect(again.StatsD).not.toBe(basenji.StatsD);
  expect(again.parse('a:1|c')).toEqual(basenji.parse('a:1|c'));
  open(again);
});

test('isolated modules', () => {
  jest.isolateModules(() => open(require('../..')));
});

test('spies on the prototype and on a client', () => {
  const spy = jest.spyOn(basenji.StatsD.prototype, 'increment').mockImplementation(() => {});
  const client = new basenji.StatsD({ mock: true });
  client.increment('n');
  expect(spy).toHaveBeenCalledWith('n');
  spy.mockRestore();
  client.increment('n');
  expect(client.mockBuffer).toEqual(['n:1|c']);
});

test('a mocked module', () => {
  jest.isolateModules(() => {
    jest.doMock('../..');
    const { StatsD } = require('../..');
    const client = new StatsD();
    client.increment('n');
    expect(client.increment).toHaveBeenCalledTimes(1);
  });
});

test('timers that stand still', () => {
  jest.useFakeTimers();
  const client = new basenji.StatsD({ mock: true, maxBufferSize: 100, bufferFlushInterval: 1000 });
  client.increment('n');
  jest.advanceTimersByTime(1000);
  expect(client.mockBuffer).toEqual(['n:1|c']);
  jest.useRealTimers();
});

test('a server for tests, and what was sent to it', async () => {
  const { dogstatsd } = require('../../testing');
  const received = dogstatsd();
  const client = new basenji.StatsD({ port: received.port });
  client.increment('orders', 2);
  await received.assertSent('orders', 2);
  await expect(received.assertSent('refunds', 1, { timeout: 1 })).rejects.toThrow(/refunds/);
  await received.close();
});
