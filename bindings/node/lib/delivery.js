'use strict';

// From a line to the transport: tags and origin are added, lines are buffered, what was sent is counted until its callback came.

const debug = require('./debug');
const exit = require('./exit');
const { lineOf } = require('./line');
const { reconnect, renew } = require('./reconnect');
const { guarded, tell } = require('./report');
const { cardinality: validated } = require('./words');

function getDatadogExtensionFields(cardinality) {
  if (!this.datadog) return [];
  const card = validated(cardinality) || this.cardinality;
  const fields = { c: this.containerID, e: this.externalData, card };
  return Object.keys(fields).filter((name) => fields[name]).map((name) => `${name}:${fields[name]}`);
}

function send(message, tags, cardinality, callback) {
  if (typeof cardinality === 'function' && callback === undefined) [callback, cardinality] = [cardinality, undefined];
  this._send(lineOf(this, message, tags, cardinality), callback);
}

function _send(line, callback) {
  if (this.dnsError) {
    if (callback) return callback(this.dnsError);
    if (this.errorHandler) return this.errorHandler(this.dnsError);
    throw this.dnsError;
  }
  if (this.mock) {
    this.mockBuffer.push(line);
    callback?.(null, 0);
  } else if (this.maxBufferSize === 0) {
    this.sendMessage(line, callback);
  } else {
    this.enqueue(line, callback);
  }
}

function enqueue(line, callback) {
  const holder = this.bufferHolder;
  const size = Buffer.byteLength(line);
  debug?.('hot-shots _send: enqueueing for buffer - message=%s', line);
  if (holder.buffer === '') holder.length = 0;
  if (holder.buffer !== '' && holder.length + 1 + size > this.maxBufferSize) this.flushQueue();
  if (holder.buffer === '') {
    holder.buffer = line;
    holder.length = size;
  } else {
    holder.buffer += `\n${line}`;
    holder.length += 1 + size;
  }
  holder.will?.line(line);
  if (exit.state.hasBegun) this.flushQueue();
  callback?.();
}

function flushQueue(callback) {
  const { buffer } = this.bufferHolder;
  debug?.('hot-shots flushQueue: flushing %d bytes', Buffer.byteLength(buffer));
  this.bufferHolder.buffer = '';
  this.bufferHolder.length = 0;
  if (buffer !== '') this.bufferHolder.will?.sent();
  this.sendMessage(buffer, callback);
}

/** Whether the message has left already; who waits for a Unix socket is called back by that itself, at once. */
function leftAt(socket, message, callback) {
  const isOurs = socket.sendNow !== undefined && socket.send === socket.ownSend && !(callback && socket.type === 'uds');
  return isOurs && socket.sendNow(message);
}

function fail(client, error, callback, ...bytes) {
  if (callback) callback(error, ...bytes);
  else if (client.errorHandler) tell(client, () => client.errorHandler(error));
  else tell(client, () => console.error(String(error)));
}

/** Tells the socket's listeners; without one, as a stream has none that is closed, the error is thrown back. */
function emit(socket, error) {
  try {
    socket.emit('error', error);
  } catch (thrown) {
    if (thrown !== error) throw thrown;
  }
}

function sendMessage(message, callback, isTelemetry) {
  if (message === '' || this.mock) return callback?.();
  const telemetry = isTelemetry ? null : this.telemetry;
  if (!this.socket) {
    if (this.protocol === 'tcp' || this.protocol === 'uds') renew(this);
    telemetry?.recordBytesDroppedWriter(Buffer.byteLength(message));
    return fail(this, new Error('Socket not created properly. Check previous errors for details.'), callback);
  }
  if (leftAt(this.socket, message, callback)) {
    debug?.('hot-shots sendMessage: sent %d bytes via %s transport at once', Buffer.byteLength(message), this.socket.type);
    telemetry?.recordBytesSent(Buffer.byteLength(message));
    if (!callback) {
      if (this.socket.type === 'udp') this.hasLeft = true;
      return;
    }
    this.messagesInFlight++;
    process.nextTick(() => {
      this.landed();
      callback(null, undefined);
    });
    return;
  }
  const done = (cause, bytes) => {
    // A stream of the caller's may call back twice, or after it was given up.
    if (!this.unsettled.delete(done)) return;
    this.landed();
    if (!cause) {
      debug?.('hot-shots sendMessage: successfully sent %d bytes', Buffer.byteLength(message));
      telemetry?.recordBytesSent(Buffer.byteLength(message));
      return callback?.(null, bytes);
    }
    debug?.('hot-shots sendMessage: error sending message - %s', cause);
    telemetry?.recordBytesDroppedWriter(Buffer.byteLength(message));
    const error = Object.assign(new Error(`Error sending hot-shots message: ${cause}`), { code: cause.code });
    if (callback || this.errorHandler) reconnect(this, this.protocol, cause);
    fail(this, error, callback, bytes);
    if (!callback && !this.errorHandler) emit(this.socket, error);
  };
  this.unsettled.set(done, callback !== undefined);
  this.messagesInFlight++;
  debug?.(
    'hot-shots sendMessage: sending %d bytes via %s transport (messagesInFlight=%d)',
    Buffer.byteLength(message), this.socket.type, this.messagesInFlight,
  );
  try {
    this.socket.send(Buffer.from(message), done);
  } catch (error) {
    // What a callback or a handler has thrown is its caller's.
    if (!this.unsettled.has(done)) throw error;
    done(error);
  }
}

/** One message less is on its way; those who wait for that are called after its callback. */
function landed() {
  this.messagesInFlight--;
  if (this.messagesInFlight === 0 && this.waiting.length > 0) queueMicrotask(() => this.drained());
}

/** Calls back, with an error, for each message whose outcome will not be known any more. Without a callback nothing is reported, as with the peer. */
function giveUp() {
  const error = Object.assign(new Error('closed before it was sent'), { code: 'ERR_SOCKET_CLOSED' });
  for (const [done, isAwaited] of [...this.unsettled]) {
    if (isAwaited) guarded(this, 'close', () => done(error));
    else this.unsettled.delete(done);
  }
  this.messagesInFlight = Math.max(0, this.messagesInFlight);
}

function drained() {
  const waiting = this.waiting.splice(0);
  for (const go of waiting) go();
}

/** Calls `go` when nothing is on its way any more. */
function whenDrained(go) {
  if (this.messagesInFlight === 0) go();
  else this.waiting.push(go);
}

module.exports = {
  _send, drained, enqueue, flushQueue, getDatadogExtensionFields, giveUp, landed, send, sendMessage, whenDrained,
  onBufferFlushInterval() {
    this.flushQueue();
  },
};
