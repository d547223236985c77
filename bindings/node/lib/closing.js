'use strict';

// flush and close: with a callback, or as a promise where none is given. Both have an end, whatever the other side does: each wait has a bound.

const debug = require('./debug');
const exit = require('./exit');
const { guarded, report } = require('./report');

/** How many flush intervals close waits for what is on its way. */
const PATIENCE = 11;

/** Milliseconds that flush waits for what is on its way. */
const FLUSH_LIMIT = 2000;

/** Milliseconds that close waits for the socket to say that it is closed. */
const CLOSE_LIMIT = 1000;

/** Timers take no longer delay. */
const LONGEST = 2147483647;

/** Calls `done` once: at the latest after `millis`, with the error of `late` then. The timer keeps the process alive, since the caller waits. */
function bounded(millis, late, done) {
  let isDone = false;
  const timer = setTimeout(() => finish(late()), Math.min(millis, LONGEST));
  function finish(...values) {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    done(...values);
  }
  return finish;
}

const isLate = () => Object.assign(new Error(`hot-shots could not flush within ${FLUSH_LIMIT} ms`), { code: 'ETIMEDOUT' });

const flushAggregated = (client, where) => {
  if (client.aggregator) guarded(client, where, () => client.aggregator.flush());
};

const senders = (client) => [...new Set([client, ...(client.aggregator?.activeClients ?? [])])];

const inFlight = (clients) => clients.reduce((sum, client) => sum + client.messagesInFlight, 0);

/** A callback that settles a promise, and the promise; its rejection is never an unhandled one. */
function promised(start) {
  const promise = new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
  promise.catch(() => {});
  return promise;
}

function flushAll(client, callback) {
  if (client.recorder) return client.recorder.flush().then(() => drained(client, callback));
  drained(client, callback);
}

function drained(client, callback) {
  const finish = bounded(FLUSH_LIMIT, isLate, callback);
  client.flushQueue((error) => {
    if (error) return finish(error);
    const all = senders(client);
    const waiting = all.filter((sender) => sender.messagesInFlight > 0);
    if (waiting.length === 0) {
      // What has left within its call counts as sent from the next turn on.
      const isJustGone = all.some((sender) => sender.hasLeft);
      for (const sender of all) sender.hasLeft = false;
      return isJustGone ? setImmediate(finish) : finish();
    }
    let left = waiting.length;
    for (const sender of waiting) sender.whenDrained(() => --left === 0 && finish());
  });
}

function flush(callback) {
  flushAggregated(this, 'flush aggregation flush');
  if (callback) return flushAll(this, callback);
  const { errorHandler } = this;
  return promised((settle) =>
    flushAll(this, (error) => {
      if (error && errorHandler) report(this, error, 'flush');
      else if (error) console.error(String(error));
      settle(error);
    }),
  );
}

/** Calls `go` when nothing was on its way for one interval, or the patience is at its end. Intervals are counted, and not time: a process that is held up waits as often. */
function settle(client, go) {
  const clients = senders(client);
  const step = (left) => {
    if (left === 0) {
      if (inFlight(clients) > 0) {
        console.error('hot-shots could not clear out messages in flight but closing anyways');
        for (const sender of clients) {
          sender.messagesInFlight = 0;
          sender.drained();
        }
      }
      return go();
    }
    const wasIdle = inFlight(clients) === 0;
    setTimeout(() => (wasIdle && inFlight(clients) === 0 ? go() : step(left - 1)), client.closingFlushInterval);
  };
  step(PATIENCE);
}

function closeSocket(client, callback, done) {
  const { socket, errorHandler } = client;
  if (!socket) {
    client.giveUp();
    callback?.();
    return done?.();
  }
  let failed = false;
  let isOnSocket = client.handlerIsOnSocket;
  const fail = (isEmitted) => (cause) => {
    const message = `Error closing hot-shots socket: ${cause}`;
    const isTold = failed;
    failed = true;
    if (isTold) console.error(message);
    else if (callback) callback(new Error(message));
    else if (!errorHandler) console.error(message);
    else if (!isEmitted || !isOnSocket) report(client, new Error(message), 'close handleErr');
    done?.();
  };
  const onError = fail(true);
  // Some never emit 'close': a stream without the event, a socket of a test.
  const onClose = bounded(CLOSE_LIMIT, () => undefined, (error) => {
    stop();
    client.giveUp();
    if (!failed) callback?.(error);
    done?.();
  });
  const stop = () => {
    socket.removeListener?.('close', onClose);
    socket.removeListener?.('error', onError);
  };
  if (errorHandler && !client.isChild && socket.removeListener) {
    socket.removeListener('error', errorHandler);
    isOnSocket = false;
  }
  socket.on?.('error', onError);
  socket.on?.('close', onClose);
  // A socket that is closed already may emit nothing.
  if (socket.isClosed?.()) setImmediate(onClose);
  try {
    socket.close();
  } catch (error) {
    stop();
    if (errorHandler && !client.isChild) socket.on?.('error', errorHandler);
    fail(false)(error);
    onClose();
  }
}

function _close(callback) {
  closeSocket(this, callback);
}

function shut(client, callback, done) {
  if (client.recorder && !client.isChild) {
    const { recorder } = client;
    // What is called from now on fails as the closed socket has it.
    recorder.close().then(() => shutSocket(client, callback, done));
    return;
  }
  shutSocket(client, callback, done);
}

function shutSocket(client, callback, done) {
  debug?.('hot-shots close: flushing and closing %s', client.protocol);
  exit.forget(client.atExit);
  client.untrack?.();
  if (!client.isChild) {
    client.bufferHolder.will?.close();
    client.bufferHolder.will = undefined;
  }
  clearInterval(client.intervalHandle);
  clearInterval(client.aggregationIntervalHandle);
  flushAggregated(client, 'close aggregation flush');
  if (client.aggregator) client.aggregator.closed = true;
  if (client.includeDatadogTelemetry) {
    client.telemetry.stop();
    guarded(client, 'final telemetry flush', () => client.telemetry.flush());
  }
  const flushed = bounded(client.closingFlushInterval * PATIENCE, () => undefined, (error) => {
    if (!error) return settle(client, () => setImmediate(() => (done ? closeSocket(client, callback, done) : client._close(callback))));
    if (callback) return callback(error);
    if (client.errorHandler) report(client, error, 'final buffer flush');
    else console.error(error);
    done?.();
  });
  client.flushQueue(flushed);
}

/** Ends the client. Without a callback errors go to the errorHandler or the console, and the promise is fulfilled when the socket is closed. */
function close(callback) {
  if (callback) return shut(this, callback);
  return new Promise((resolve) => shut(this, undefined, resolve));
}

module.exports = { _close, close, flush };
