'use strict';
// What an application does with hot-shots: the environment of its pod says where to send, and switches its Datadog mode on.

const net = require('node:net');
const { Writable } = require('node:stream');
const { once } = require('node:events');
const { promisify } = require('node:util');
const { StatsD } = require('hot-shots');

/** Every payload with its length in front: what hot-shots has no transport for, but takes as a stream. */
function framed(connection) {
  return new Writable({
    write(payload, _encoding, done) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(payload.length);
      connection.write(Buffer.concat([length, payload]));
      done();
    },
  });
}

/** Every kind of metric. */
function calls(statsd) {
  statsd.increment('views', ['page:home']);
  statsd.increment('views', 4, { page: 'home' });
  statsd.decrement('views', 2, ['page:home']);
  statsd.increment(['views', 'hits'], 10, { page: 'café' });
  statsd.gauge('queue', 7);
  statsd.gauge('queue', -42.5);
  for (const value of [1, 2, 3, 4, 10, 10]) statsd.histogram('size', value, ['unit:kb']);
  for (const value of [1, 2, 3, 4, 5]) statsd.distribution('load', value, { core: 0 });
  statsd.timing('time', 320);
  statsd.timer(() => {}, 'block')();
  for (const user of ['alice', 'bob', 'alice']) statsd.set('users', user);
  statsd.gauge('past', 9, { timestamp: 1700000000 });
  statsd.increment('past', 4, { timestamp: new Date(1700000010000) });
  for (let call = 0; call < 200; call++) statsd.increment('sampled', 1, 0.5);
}

async function main() {
  const connection = process.env.TRANSPORT === 'unixstream' && net.connect(process.env.DD_DOGSTATSD_STREAM_SOCKET);
  const transport = connection ? { protocol: 'stream', stream: framed(connection) } : {};
  const fail = (error) => {
    throw error;
  };
  const statsd = new StatsD({ prefix: 'js.', globalTags: { env: 'test' }, errorHandler: fail, maxBufferSize: 1400, ...transport });
  calls(statsd);
  statsd.childClient({ prefix: 'child.', globalTags: { part: 'cart' } }).increment('views');
  statsd.event('Deploy 2', 'v2 a\nfailed', {
    alert_type: 'error', aggregation_key: 'deploys', source_type_name: 'js', date_happened: new Date(1700000000000),
    priority: 'low', hostname: 'web-1',
  }, ['by:ci']);
  statsd.check('db.up', statsd.CHECKS.CRITICAL, { date_happened: new Date(1700000000000), hostname: 'db-1', message: 'no answer' }, ['by:ci']);
  // Its telemetry counts what has been sent by now.
  await promisify(statsd.flush).call(statsd);
  await promisify(statsd.close).call(statsd);
  if (connection) {
    connection.end();
    await once(connection, 'close');
  }
}

main();
