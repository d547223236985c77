'use strict';

// Calls beside hot-shots and dd-trace in one process, over real sockets with receivers in another process: nanoseconds of synchronous time a call, and the
// event loop's delay while 200 calls are made a millisecond. The peers are found from the working directory.

const fs = require('fs');
const os = require('os');
const path = require('path');
const { execFileSync, spawn } = require('child_process');
const { monitorEventLoopDelay } = require('perf_hooks');

/** Reads datagrams of a UDP port and of a Unix socket, whose path is the argument. */
const RECEIVER = `
const udp = require('dgram').createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
udp.on('message', () => {});
const unix = require('unix-dgram').createSocket('unix_dgram', () => {});
unix.bind(process.argv[1]);
udp.bind(0, '127.0.0.1', () => console.log(udp.address().port));`;

const TAGS = ['env:prod', 'route:home'];
const ROUNDS = 7;

const peer = (name) => require(require.resolve(name, { paths: [process.cwd(), path.join(process.cwd(), 'dd-trace'), __dirname] }));

/** Least nanoseconds a call of several rounds, each followed by a pause in which what was sent can leave. */
async function measure(calls, call) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i++) call(i + round * calls);
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
    for (let j = 0; j < 200; j++) call(1e6 + i * 200 + j);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  histogram.disable();
  return histogram.percentile(99) / 1e6;
}

/** Least milliseconds of several processes to load a module, and to make a client. */
function loading(module) {
  const program = `const start = process.hrtime.bigint();
    const { StatsD } = require(${JSON.stringify(module)});
    const loaded = process.hrtime.bigint();
    new StatsD({ host: '127.0.0.1', port: 9 });
    console.log(Number(loaded - start) / 1e6, Number(process.hrtime.bigint() - start) / 1e6);`;
  const runs = Array.from({ length: 15 }, () => execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }).trim().split(' ').map(Number));
  return [0, 1].map((at) => Math.min(...runs.map((run) => run[at])));
}

function ddTrace(port) {
  Object.assign(process.env, { DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false', DD_REMOTE_CONFIGURATION_ENABLED: 'false' });
  const tracer = peer('dd-trace').init({ startupLogs: false, plugins: false, dogstatsd: { hostname: '127.0.0.1', port } });
  return tracer.dogstatsd;
}

async function main() {
  const HotShots = peer('hot-shots');
  const { StatsD, Client } = require('..');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-bench-'));
  const socketPath = path.join(folder, 'dsd.socket');
  const child = spawn(process.execPath, ['-e', RECEIVER, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(await new Promise((resolve) => child.stdout.once('data', resolve)));
  const udp = { host: '127.0.0.1', port };
  const uds = { protocol: 'uds', path: socketPath, errorHandler() {} };
  const own = new Client({ address: `udp://127.0.0.1:${port}` });
  const counter = own.counter('page.views', TAGS);
  // A place of its own for each call, as in a program that has one kind of client.
  const increment = (client) => new Function('client', 'tags', "return () => client.increment('page.views', 1, tags);")(client, TAGS);
  const fast = new StatsD({ ...udp, profile: 'fast' });
  const native = require('../lib/native');
  const socket = native.udpSocket('127.0.0.1', port);
  const rows = [
    ['the system call alone', 10_000, () => native.sendText(socket, 'page.views:1|c|#env:prod,route:home')],
    ['hot-shots, default', 10_000, increment(new HotShots(udp))],
    ['hot-shots, buffered', 50_000, increment(new HotShots({ ...udp, maxBufferSize: 1432 }))],
    ['hot-shots, aggregated', 50_000, increment(new HotShots({ ...udp, maxBufferSize: 1432, aggregation: true }))],
    ['basenji StatsD, default', 10_000, increment(new StatsD(udp))],
    ['basenji StatsD, buffered', 50_000, increment(new StatsD({ ...udp, maxBufferSize: 1432 }))],
    ['basenji StatsD, aggregated', 50_000, increment(new StatsD({ ...udp, maxBufferSize: 1432, aggregation: true }))],
    ['basenji StatsD, fast', 1_000_000, increment(fast)],
    ['basenji StatsD, fast, a new tag each call', 50_000, (i) => fast.increment('page.views', 1, [`request:${i}`])],
    ['basenji Client', 1_000_000, increment(own)],
    ['basenji Client, a new tag each call', 50_000, (i) => own.increment('page.views', 1, [`request:${i}`])],
    ['basenji handle, inc()', 1_000_000, () => counter.inc()],
    ['Unix socket: hot-shots, default', 50_000, increment(new HotShots(uds))],
    ['Unix socket: hot-shots, unbuffered', 2_000, increment(new HotShots({ ...uds, maxBufferSize: 0 }))],
    ['Unix socket: basenji StatsD, default', 50_000, increment(new StatsD(uds))],
    ['Unix socket: basenji StatsD, unbuffered', 2_000, increment(new StatsD({ ...uds, maxBufferSize: 0 }))],
    ['Unix socket: basenji StatsD, fast', 1_000_000, increment(new StatsD({ ...uds, profile: 'fast' }))],
  ];
  for (const [name, module] of [['hot-shots', require.resolve('hot-shots', { paths: [process.cwd()] })], ['basenji', path.join(__dirname, '..')]]) {
    const [loaded, made] = loading(module);
    console.log(`require('${name}')`.padEnd(42), `${loaded.toFixed(1)} ms, with a client ${made.toFixed(1)} ms`);
  }
  console.log(`\n${'increment(name, 1, [two tags])'.padEnd(42)} ns a call   event loop p99, ms`);
  const results = new Map();
  const play = async (name, calls, call) => {
    const nanos = await measure(calls, call);
    results.set(name, nanos);
    console.log(`${name.padEnd(42)} ${nanos.toFixed(1).padStart(9)}   ${(await delay(call)).toFixed(2).padStart(18)}`);
  };
  for (const row of rows) await play(...row);
  try {
    await play('dd-trace dogstatsd (aggregates)', 50_000, increment(ddTrace(port)));
  } catch (error) {
    console.log(`dd-trace is left out: ${error.message.split('\n')[0]}`);
  }
  const times = (one, other) => (results.get(one) / results.get(other)).toFixed(1);
  const beside = (name) => results.get(name) - results.get('the system call alone');
  const best = results.get('hot-shots, aggregated') < results.get('hot-shots, buffered') ? 'hot-shots, aggregated' : 'hot-shots, buffered';
  // As often as not our default takes what the system call takes, give or take the machine's noise.
  const ours = beside('basenji StatsD, default');
  const rest = ours > 0 ? `beside the system call ${(beside('hot-shots, default') / ours).toFixed(1)} times` : 'and takes no more than the system call alone';
  console.log(`\ndefault is ${times('hot-shots, default', 'basenji StatsD, default')} times cheaper than hot-shots' default, ${rest}`);
  console.log(`fast is ${times('hot-shots, default', 'basenji StatsD, fast')} times cheaper than hot-shots' default, ${times(best, 'basenji StatsD, fast')} times than its best mode`);
  child.kill();
  fs.rmSync(folder, { recursive: true });
  process.exit(0);
}

main();
