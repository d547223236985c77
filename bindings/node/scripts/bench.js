'use strict';

// Calls a second beside hot-shots in one process, over real sockets with a receiver in another process: nanoseconds of synchronous time a call.

const { spawn } = require('child_process');
const { monitorEventLoopDelay } = require('perf_hooks');

const RECEIVER = `
const socket = require('dgram').createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
socket.on('message', () => {});
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port));`;

const TAGS = ['env:prod', 'route:home'];
const ROUNDS = 7;

/** Least nanoseconds a call of several rounds, each followed by a pause in which what was sent can leave. */
async function measure(calls, call) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) call(i);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return best;
}

/** The 99th percentile of the event loop's delay in milliseconds while 200 calls are made a millisecond. */
async function delay(call) {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  for (let i = 0; i < 300; i++) {
    for (let j = 0; j < 200; j++) call(j);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

async function main() {
  const start = process.hrtime.bigint();
  const { StatsD, Client } = require('..');
  const loaded = Number(process.hrtime.bigint() - start) / 1e6;
  const HotShots = require(require.resolve('hot-shots', { paths: [process.cwd(), __dirname] }));
  const child = spawn(process.execPath, ['-e', RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  const to = { host: '127.0.0.1', port };
  const peer = new HotShots(to);
  const buffered = new HotShots({ ...to, maxBufferSize: 1432 });
  const aggregated = new HotShots({ ...to, maxBufferSize: 1432, aggregation: true });
  const drop = new StatsD(to);
  const dropBuffered = new StatsD({ ...to, maxBufferSize: 1432 });
  const fast = new StatsD({ ...to, profile: 'fast' });
  const own = new Client({ url: `udp://127.0.0.1:${port}` });
  const counter = own.counter('page.views', TAGS);
  const increment = (client) => () => client.increment('page.views', 1, TAGS);
  const rows = [
    ['hot-shots, default', 5_000, increment(peer)],
    ['hot-shots, buffered', 50_000, increment(buffered)],
    ['hot-shots, aggregated', 50_000, increment(aggregated)],
    ['basenji StatsD, default', 5_000, increment(drop)],
    ['basenji StatsD, buffered', 50_000, increment(dropBuffered)],
    ['basenji StatsD, fast', 1_000_000, increment(fast)],
    ['basenji Client', 1_000_000, increment(own)],
    ['basenji Client, a new tag each call', 50_000, (i) => own.increment('page.views', 1, [`request:${i}`])],
    ['basenji handle, inc()', 1_000_000, () => counter.inc()],
  ];
  console.log(`require('basenji')  ${loaded.toFixed(1)} ms\n`);
  console.log('increment(name, 1, [two tags])          ns a call   event loop p99, ms');
  for (const [name, calls, call] of rows) {
    const nanos = await measure(calls, call);
    const p99 = await delay(call);
    console.log(`${name.padEnd(38)} ${nanos.toFixed(1).padStart(10)}   ${p99.toFixed(2).padStart(10)}`);
  }
  child.kill();
  process.exit(0);
}

main();
