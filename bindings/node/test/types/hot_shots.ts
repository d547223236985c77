// A program that was written for the types of hot-shots, with nothing in it that those do not have: `cargo xtask interop hot-shots` compiles it with both.

import StatsD, {
  type AggregationOptions, type Cardinality, type CheckOptions, type ChildClientOptions, type DatadogChecks,
  type DatadogChecksValues, type EventOptions, type MetricOptions, StatsD as Named, type StatsCb, type Tags, type TimerContext,
} from 'basenji';

const aggregation: AggregationOptions = { flushInterval: 1000, maxContexts: 100 };
const cardinality: Cardinality = 'orchestrator';
const options: ConstructorParameters<typeof StatsD>[0] = {
  host: 'localhost', port: 8125, prefix: 'p', suffix: 's', globalize: false, cacheDns: true, cacheDnsTtl: 1, mock: true, globalTags: { env: 'test' },
  includeDataDogTags: true, maxBufferSize: 0, bufferFlushInterval: 1000, telegraf: false, sampleRate: 1, errorHandler: (error: Error) => void error.message,
  useDefaultRoute: false, protocol: 'uds', path: '/var/run/datadog/dsd.socket', stream: process.stdout, tagPrefix: '#', tagSeparator: ',',
  tcpGracefulErrorHandling: true, tcpGracefulRestartRateLimit: 1000, udsGracefulErrorHandling: true, udsGracefulRestartRateLimit: 1000,
  closingFlushInterval: 50, udpSocketOptions: { type: 'udp6' }, udsRetryOptions: { retries: 1, retryDelayMs: 1, maxRetryDelayMs: 2, backoffFactor: 2 },
  includeDatadogTelemetry: true, telemetryFlushInterval: 10000, datadog: true, originDetection: true, containerID: 'c', cardinality, aggregation,
  bufferHolder: { buffer: '' }, isChild: false,
};
const client: Named = new StatsD(options);
const other = new Named();
const tags: Tags = ['a:1', 'b'];
const given: MetricOptions = { sampleRate: 0.5, tags, timestamp: new Date(), cardinality };
const done: StatsCb = (error?: Error, bytes?: number) => void [error, bytes];

client.increment('a');
client.increment('a', tags);
client.increment('a', { k: 'v' });
client.decrement('a');
client.decrement('a', tags);
for (const names of ['a', ['a', 'b']]) {
  client.increment(names, 2, 0.5, tags, done);
  client.increment(names, 2, undefined, tags, done);
  client.increment(names, 2, tags, done);
  client.increment(names, 2, done);
  client.increment(names, 2, 0.5, done);
  client.increment(names, 2, given, done);
  client.decrement(names, 2, { timestamp: 1 });
  client.timing(names, new Date(), 0.5, tags, done);
  client.timing(names, 1.5, given);
  client.histogram(names, 1, tags);
  client.distribution(names, 1, tags, done);
  client.gauge(names, 1, 1, { k: 'v' });
  client.gaugeDelta(names, -1, done);
  client.set(names, 'x', tags);
  client.set(names, 7, 0.5, done);
  client.unique(names, 'x', given, done);
}

const timed: (a: number) => number = client.timer((a: number, context: TimerContext) => (context.addTags({ k: 'v' }), a + 1), 't', 1, tags, done);
const awaited: (url: string) => Promise<string> = client.asyncTimer(async (url: string, _: TimerContext) => url, ['t', 'u'], tags);
const distributed: () => Promise<void> = client.asyncDistTimer(async (_: TimerContext) => {}, 't', given, done);

const event: EventOptions = { aggregation_key: 'k', alert_type: 'error', date_happened: new Date(), hostname: 'h', priority: 'low', source_type_name: 's', cardinality };
client.event('t');
client.event('t', 'x', event, tags, done);
client.event('t', 'x', event, done);
const checks: DatadogChecks = client.CHECKS;
const status: DatadogChecksValues = checks.CRITICAL;
const check: CheckOptions = { date_happened: new Date(), hostname: 'h', message: 'm', cardinality };
client.check('c', status, check, tags, done);
client.check('c', client.CHECKS.OK);

const child: ChildClientOptions = { globalTags: tags, prefix: 'c', suffix: 's', errorHandler: console.error, cardinality: 'none' };
const grandchild: Named = client.childClient(child).childClient();
grandchild.mockBuffer?.map((line: string) => line.length);
client.socket.on('error', (error: Error) => error);
client.socket.send(Buffer.from('x'));

/** A callback that may not be there. */
function shut(callback?: (error?: Error) => void): void {
  client.flush(callback as StatsCb | undefined);
  client.close(callback);
  client.close();
  client.flush();
}

/** A client of the program's own. */
class Mine extends Named {
  override increment(stat: string): void {
    super.increment(stat, 1, ['mine']);
  }
}
type Metrics = Pick<Named, 'increment' | 'gauge' | 'close'>;
const some: Metrics = client;
void [other, timed, awaited, distributed, shut, Mine, some];

// @ts-expect-error: there is no such protocol
new StatsD({ protocol: 'carrier pigeon' });
// @ts-expect-error: a port is a number
new StatsD({ port: '8125' });
// @ts-expect-error: a value is a number
client.histogram('a', 'x');
// @ts-expect-error: there is no such status
client.check('c', 7);
