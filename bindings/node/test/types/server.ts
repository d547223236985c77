import { Aggregator, ParseError, Server, Sketch, Uniques, parse } from 'basenji';
import type { Series } from 'basenji';
import { dogstatsd } from 'basenji/testing';

async function served(): Promise<void> {
  await using server = new Server({ port: 0, socketPath: '/tmp/dsd.socket', tags: ['env:test'] });
  server.on('series', (series) => series.tags.join());
  server.on('event', (event) => event.title.length);
  server.on('serviceCheck', (check) => check.status === 2);
  // @ts-expect-error: there is no such event
  server.on('serie', () => {});
  // @ts-expect-error: a port is a number
  new Server({ port: '8125' });
  // @ts-expect-error: there is no such option
  new Server({ prot: 8125 });
  for await (const series of server) {
    if (series.kind === 'distribution') series.sketch.quantile(0.99).toFixed();
    else if (series.kind === 'histogram' || series.kind === 'timing') series.aggregates['max']?.toFixed();
    else if (series.kind === 'set') new Uniques().merge(series.uniques).count.toFixed(series.value);
    else series.value.toFixed();
    // @ts-expect-error: a distribution has no value
    series.value;
  }
  const found: Series = await server.waitFor('http.requests', { timeout: 100, where: ({ tags }) => tags.length === 0 });
  found.timestamp.toFixed();
  (await server.close()).datagrams.udp.toFixed();
  server.unref().ref();
}

async function tested(): Promise<void> {
  await using received = dogstatsd();
  await received.assertSent('a', 1, { tags: ['b:c'], type: 'c' });
  await received.assertSent('a');
  // @ts-expect-error: there is no such type
  await received.assertSent('a', 1, { type: 'count' });
  await received.assertServiceCheck('db', 2, { message: 'down' });
}

for (const message of parse(Buffer.from('a:1|c'), { onError: (error: ParseError) => error.offset.toFixed() })) {
  if (message.kind === 'metric') message.sampleRate.toFixed();
  else if (message.kind === 'event') message.alertType.toUpperCase();
  else message.status.toFixed();
}
// @ts-expect-error: a number is no datagram
parse(1);

const sketch = new Sketch({ bins: 100 }).add([1, 2], 3).add(new Float64Array(2)).merge(new Sketch());
Sketch.fromJSON(sketch.toJSON()).count.toFixed();
// @ts-expect-error: a string is no number
sketch.add('1');
const aggregator = new Aggregator({ bucketSecs: 1, aggregates: ['max', '99percentile'] });
aggregator.record('a:1|c', { now: 1 });
aggregator.record({ kind: 'metric', name: 'a', type: 'c', values: [1] });
aggregator.flushAll().map((series) => series.name);
void served;
void tested;
