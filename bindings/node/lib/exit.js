'use strict';

// The end of the process: one listener sends what waits in all clients; calls in later listeners are sent at once.

const state = { hasBegun: false };
const waiting = new Set();
/** Clients that are not closed, to flush all of them. A client that was garbage-collected is not among them. */
const living = new Set();

function onExit() {
  state.hasBegun = true;
  // All begin to send before the first one is waited for: what they wait is one time, and not a sum.
  for (const step of ['start', 'finish']) {
    for (const client of waiting) {
      try {
        client[step]?.();
      } catch {
        // The error can no longer be handled, and other clients wait.
      }
    }
  }
}

/** At the end calls `start` of all clients, which sends without waiting, then `finish` of those that have to wait. */
function atExit(client) {
  if (waiting.size === 0) process.on('exit', onExit);
  waiting.add(client);
}

function forget(client) {
  if (waiting.delete(client) && waiting.size === 0) process.removeListener('exit', onExit);
}

const gone = new FinalizationRegistry((reference) => living.delete(reference));

/** Adds a client to `clients` until it is closed. */
function track(client) {
  const reference = new WeakRef(client);
  living.add(reference);
  gone.register(client, reference, client);
  return () => {
    living.delete(reference);
    gone.unregister(client);
  };
}

/** The clients of this thread. */
function* clients() {
  for (const reference of living) {
    const client = reference.deref();
    if (client !== undefined) yield client;
  }
}

module.exports = { atExit, clients, forget, state, track };
