import { Client, StatsD, flushOnSignal, type ClientOptions, type ClientStats, type StatsDOptions } from 'basenji';

const options: StatsDOptions = { profile: 'fast' };
const own: ClientOptions = { address: 'udp://localhost:8125', tags: ['a:b'], flushInterval: 100, cardinality: 'low', maxPayload: 1432 };

async function closed(): Promise<void> {
  await using client = new StatsD(options);
  client.increment('a', 1, ['b']);
  const flushed: Promise<void> = client.flush();
  await flushed;
  await using client2 = new Client(own);
  client2.counter('n', ['a']).inc();
  client2.gaugeHandle('g').set(1);
  client2.timingHandle('t').record(2);
  const isSent: boolean = await client2.flush(100);
  client2.increment('n', 1, ['a'], { sampleRate: 0.5, timestamp: new Date(), cardinality: 'low' });
  client2.event('t', 'x', { alertType: 'error', timestamp: 1 });
  client2.serviceCheck('c', 2, { message: 'm' });
  const { refused }: ClientStats = client2.stats;
  void [isSent, refused];
}
void closed;

const stop: () => void = flushOnSignal('SIGTERM', 'SIGINT');
stop();
// @ts-expect-error: there is no such option
new Client({ prefx: 'x' });
// @ts-expect-error: there is no such profile
new StatsD({ profile: 'slow' });
// @ts-expect-error: tags are a list
new Client({ tags: { a: 'b' } });
