'use strict';

// usage: stage.js MODULE PROGRAM. Plays the scenes of a program with the client of MODULE and prints what was to be seen, a line of JSON a scene.

const path = require('node:path');
const util = require('node:util');
const receivers = require('./receivers');

const [, , moduleName, program] = process.argv;
const StatsD = require(moduleName);
const scenes = require(path.resolve(program));

/** Milliseconds for a scene. */
const PATIENCE = 8000;

const GENUINE = { random: Math.random, bigint: process.hrtime.bigint, Date, write: process.stdout.write.bind(process.stdout) };
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** A value as it stands in a transcript. */
function shown(value, hide) {
  if (util.types.isNativeError(value)) {
    return hide(`${value.name}: ${value.message}${value.code === undefined ? '' : ` (${value.code})`}`);
  }
  if (typeof value === 'string') return hide(value);
  if (typeof value === 'function') return '[Function]';
  if (value instanceof StatsD) return '[Client]';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return Number.isNaN(value) ? 'NaN' : value;
  return hide(util.inspect(value, { depth: 3, breakLength: Infinity }));
}

/** A clock that stands still, for `new Date()` and `Date.now()`. */
function stopClock(now) {
  class Stopped extends GENUINE.Date {
    constructor(...values) {
      super(...(values.length === 0 ? [now] : values));
    }
    static now() {
      return now;
    }
  }
  globalThis.Date = Stopped;
}

async function play(scene, transport) {
  const server = await receivers[transport]();
  const hide = (text) =>
    text.replaceAll(`(node:${process.pid})`, '(node)').replaceAll(server.path ?? '\0', 'PATH').replaceAll(new RegExp(`(?<![0-9])${server.port ?? '\0'}(?![0-9])`, 'g'), 'PORT');
  const events = [];
  let isWithinCall = true;
  const note = (what, values) => events.push([isWithinCall ? what : `${what}, later`, ...values.map((value) => shown(value, hide))]);

  const before = { ...process.env };
  for (const [name, value] of Object.entries(scene.env ?? {})) {
    process.env[name] = value.replace('{PORT}', server.port).replace('{PATH}', server.path);
  }
  const console_ = { ...console };
  for (const method of ['log', 'info', 'warn', 'error']) console[method] = (...values) => note(`console.${method}`, values);
  Math.random = () => scene.random ?? 0.42;
  if (scene.clock) stopClock(scene.clock);
  let elapsed = 0n;
  if (scene.step) process.hrtime.bigint = () => (elapsed += BigInt(scene.step));
  const uncaught = (error) => note('uncaught', [error]);
  process.on('uncaughtException', uncaught);

  const clients = [];
  const t = {
    StatsD,
    server,
    sleep,
    /** A client of the scene's transport, which is closed at its end. */
    open(options = {}, isTold = true) {
      const base = isTold ? server.options : {};
      const client = new StatsD({ closingFlushInterval: 1, ...base, ...options });
      clients.push(client);
      return client;
    },
    /** A callback whose calls are noted. */
    callback: (name = 'callback') => (...values) => note(name, values),
    note: (what, ...values) => note(what, values),
    handler: (error) => note('errorHandler', [error]),
    /** Resolves at the first call, which is noted. */
    called(start, name = 'callback') {
      return new Promise((resolve) =>
        start((...values) => {
          note(name, values);
          resolve(values);
        }),
      );
    },
    /** Notes what `call` gives or throws; what is called back while it runs is told from what comes later. */
    run(call, name = 'returned') {
      isWithinCall = true;
      try {
        const result = call();
        if (result !== undefined && typeof result?.then !== 'function') note(name, [result]);
        return result;
      } catch (error) {
        note('threw', [error]);
      } finally {
        isWithinCall = false;
      }
    },
    close: (client) => new Promise((resolve) => client.close(resolve)),
    /** Waits until `isTrue` says so. */
    async until(isTrue, millis = 3000) {
      for (const end = GENUINE.Date.now() + millis; !isTrue() && GENUINE.Date.now() < end; ) await sleep(5);
    },
  };

  let late;
  const limit = new Promise((resolve) => (late = setTimeout(() => resolve('the scene does not end'), PATIENCE)));
  try {
    const playing = (moduleName.endsWith('hot-shots') && scene.differs?.asPeer) || scene.play;
    const end = await Promise.race([playing(t), limit]);
    if (end === 'the scene does not end') note(end, []);
    isWithinCall = false;
    for (const client of scene.leaves ? [] : clients) await Promise.race([t.close(client), sleep(300)]);
    await server.settled();
  } catch (error) {
    note('the scene threw', [error]);
  } finally {
    clearTimeout(late);
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
    Object.assign(console, console_);
    Math.random = GENUINE.random;
    process.hrtime.bigint = GENUINE.bigint;
    globalThis.Date = GENUINE.Date;
    process.removeListener('uncaughtException', uncaught);
    delete globalThis.statsd;
    server.close();
  }
  const mocked = clients.flatMap((client) => client.mockBuffer ?? []);
  return { received: server.received.map(hide), mocked, events };
}

async function main() {
  for (const scene of scenes) {
    for (const transport of scene.on ?? ['udp']) {
      if (transport.startsWith('uds') && process.env.NO_UNIX_SOCKETS) continue;
      const transcript = await play(scene, transport);
      GENUINE.write(`${JSON.stringify({ scene: `${scene.name} [${transport}]`, ...transcript })}\n`);
    }
  }
  process.exit(0);
}

main();
