import StatsD, { type ClientOptions, type MetricOptions, StatsD as Named, type Tags, type TimerContext } from 'basenji';

const options: ClientOptions = { host: 'localhost', port: 8125, globalTags: { env: 'test' }, aggregation: { flushInterval: 100 } };
const client: Named = new StatsD(options);
const tags: Tags = ['a:1', 'b'];
const given: MetricOptions = { sampleRate: 0.5, tags, timestamp: new Date(), cardinality: 'low' };
const done = (error?: Error, bytes?: number): void => void [error, bytes];

client.increment('a');
client.increment('a', tags);
client.increment(['a', 'b'], 2, 0.5, tags, done);
client.decrement('a', 1, done);
client.gauge('a', 1, given, done);
client.gaugeDelta('a', -1, 0.5, done);
client.set('a', 'x', { k: 'v' }, done);
client.timing('a', new Date());
client.event('t', 'x', { alert_type: 'info' }, tags, done);
client.check('c', client.CHECKS.OK, { message: 'm' }, tags);
const timed: (a: number) => number = client.timer((a: number, _: TimerContext) => a + 1, 't', tags);
const fetched: Promise<string> = client.asyncTimer(async (url: string, _: TimerContext) => url, 't')('u');
client.childClient({ prefix: 'c' }).close(done);
client.flush().then(() => client.close());
void [timed, fetched];

// @ts-expect-error: the protocol is none
new StatsD({ protocol: 'carrier pigeon' });
// @ts-expect-error: a value is a number
client.histogram('a', 'x');
