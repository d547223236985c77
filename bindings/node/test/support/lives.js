'use strict';

// Random lives of a process: `node lives.js COUNT SEED`. Each is a process with clients of several kinds, which calls, flushes, closes, throws away, starts
// workers and terminates them, and ends in one of several ways, while the other side listens, is not there or goes away. All of them must end in
// time, by themselves, and what arrives adds up: never more than was called, and all of it where the other side listened and the end could send.

const dgram = require('dgram');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { once } = require('events');
const { spawn } = require('child_process');

/** Milliseconds in which a life ends: its own 200, one wait, and what a machine takes on which ten others want each core. */
const BOUND = 60_000;

/** Whole numbers from a seed. */
function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The program of a life and of those of its workers; it prints how much all of them called, how many calls a terminated worker may have been torn from, and how many lives it was. */
const PROGRAM = `
const { Client, StatsD, flushOnSignal } = require(${JSON.stringify(path.join(__dirname, '../..'))});
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { seed, target, isWorker, shared } = isMainThread ? { ...JSON.parse(process.argv[2]), shared: new SharedArrayBuffer(12) } : workerData;
const [CALLED, TORN, WORKERS] = [0, 1, 2];
const tallies = new Int32Array(shared);
const random = (${random})(seed);
const one = (list) => list[random(list.length)];
const url = target.path ? 'unixgram://' + target.path : 'udp://127.0.0.1:' + target.port;
const to = target.path ? { protocol: 'uds', path: target.path } : { host: '127.0.0.1', port: target.port };
const quiet = { errorHandler() {}, includeDatadogTelemetry: false, datadog: false, closingFlushInterval: 5 };
const makes = [
  () => new Client({ address: url, telemetry: false, originDetection: false }),
  () => new StatsD({ ...to, ...quiet, profile: 'fast' }),
  () => new StatsD({ ...to, ...quiet, maxBufferSize: 400 }),
  () => new StatsD({ ...to, ...quiet, maxBufferSize: 400, aggregation: { flushInterval: 20 } }),
  () => new StatsD({ ...to, ...quiet, maxBufferSize: 400 }).childClient({}),
];
const clients = Array.from({ length: 1 + random(3) }, () => one(makes)());
const count = () => { Atomics.add(tallies, CALLED, 1); one(clients).increment('life', 1, one([[], ['a:b'], ['id:' + random(1e6)]])); };
if (!isWorker && random(4) === 0) flushOnSignal('SIGTERM');
for (let i = random(200); i >= 0; i--) {
  switch (random(40)) {
    case 0: one(clients).flush().catch(() => {}); break;
    case 1: clients.push(one(makes)()); break;
    default: count();
  }
}
const say = () => { if (!isWorker) console.log(tallies.join(' ')); };
const close = () => Promise.all(clients.map((client) => client.close()));
const end = one(isWorker ? ['', 'exit', 'close', 'handler', 'throw', 'spin', 'torn'] : ['', 'exit', 'close', 'closeAndExit', 'handler', 'signal', 'workers', 'workers', 'workers']);
if (end === 'exit') { say(); process.exit(0); }
else if (end === 'close') { close().then(say); }
else if (end === 'closeAndExit') { say(); close(); setImmediate(() => process.exit(0)); }
else if (end === 'handler') { process.on('exit', () => { count(); say(); }); }
else if (end === 'signal') { process.on('SIGTERM', () => { say(); process.exit(0); }); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 300); }
else if (end === 'workers') {
  const workers = 1 + random(6);
  let left = workers;
  Atomics.add(tallies, WORKERS, workers);
  for (let n = 0; n < workers; n++) {
    const worker = new Worker(__filename, { workerData: { seed: random(2 ** 31), target, isWorker: true, shared } });
    worker.on('message', (after) => setTimeout(() => worker.terminate(), after));
    worker.on('error', (error) => { if (error.message !== 'as told') throw error; });
    worker.on('exit', () => { if (--left === 0) say(); });
  }
} else if (end === 'throw') { throw new Error('as told'); }
else if (end === 'spin') { parentPort.postMessage(0); for (;;); }
else if (end === 'torn') {
  // Terminated at any moment: its last call may not have been made.
  Atomics.add(tallies, TORN, 1);
  parentPort.postMessage(random(20));
  for (const still = new Int32Array(new SharedArrayBuffer(4)); ; Atomics.wait(still, 0, 0, 1)) for (let n = 0; n < 10; n++) count();
} else say();
`;

/** Sums of the counts in datagrams. */
const sum = (datagrams) => datagrams.join('\n').split('\n').reduce((all, line) => all + Number(/^life:(\d+)\|c/.exec(line)?.[1] ?? 0), 0);

async function life(seed, folder, receive, played) {
  const next = random(seed);
  const state = ['listens', 'listens', 'listens', 'absent', 'gone'][next(5)];
  const datagrams = [];
  const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 1 << 22 });
  socket.on('message', (datagram) => datagrams.push(String(datagram)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  if (state === 'absent') socket.close();
  const target = receive && next(3) === 0 ? { path: receive } : { port };
  const file = path.join(folder, 'life.js');
  const child = spawn(process.execPath, [file, JSON.stringify({ seed, target })], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, error] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (error += data));
  if (state === 'gone') setTimeout(() => socket.close(), 60 + next(60));
  const timer = setTimeout(() => child.kill('SIGKILL'), BOUND);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const [called, torn, workers] = out.split(' ').map(Number);
  played.lives += 1 + workers;
  const isWhole = state === 'listens' && target.port !== undefined;
  for (const until = Date.now() + BOUND; isWhole && sum(datagrams) < called - torn && Date.now() < until; ) await new Promise((done) => setTimeout(done, 5));
  const arrived = sum(datagrams);
  if (state === 'listens') socket.close();
  const isRight = arrived <= called && (!isWhole || arrived >= called - torn);
  // The drop-in says so where a busy machine was slower than eleven of its intervals.
  error = error.replaceAll('hot-shots could not clear out messages in flight but closing anyways\n', '');
  if (code !== 0 || error !== '' || !(called > 0) || !isRight) return `seed ${seed}, ${state}: ended with ${code ?? signal}, called ${out.trim()}, arrived ${arrived}\n${error}`;
  return undefined;
}

/** Plays so many processes from a seed on; what was wrong. `played` counts the lives, of which each worker is one. */
async function lives(count, seed, played = { lives: 0 }, together = 4) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
  fs.writeFileSync(path.join(folder, 'life.js'), PROGRAM);
  const wrong = [];
  let started = 0;
  const play = async () => {
    while (started < count && wrong.length < 5) {
      const fault = await life(seed + started++, folder, path.join(folder, 'no.sock'), played);
      if (fault !== undefined) wrong.push(fault);
    }
  };
  await Promise.all(Array.from({ length: together }, play));
  fs.rmSync(folder, { recursive: true });
  return wrong;
}

module.exports = { lives };
if (require.main === module) {
  const played = { lives: 0 };
  lives(Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 1), played).then((wrong) => {
    console.log(wrong.join('\n') || `${played.lives} lives ended in time, and their sums add up`);
    process.exitCode = wrong.length > 0 ? 1 : 0;
  });
}
