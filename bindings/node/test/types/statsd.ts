import { Client, StatsD, type ClientOptions } from 'basenji';

const options: ClientOptions = { profile: 'fast' };

async function closed(): Promise<void> {
  await using client = new StatsD(options);
  client.increment('a', 1, ['b']);
  const flushed: Promise<void> = client.flush();
  await flushed;
  await using own = new Client({ url: 'udp://localhost:8125', tags: ['a:b'], flushInterval: 100 });
  own.counter('n', ['a']).inc();
  own.gaugeHandle('g').set(1);
  own.timingHandle('t').record(2);
  const isSent: boolean = await own.flush();
  void isSent;
}
void closed;

// @ts-expect-error: there is no such profile
new StatsD({ profile: 'slow' });
// @ts-expect-error: tags are a list
new Client({ tags: { a: 'b' } });
