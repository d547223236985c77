'use strict';

// From a line to the transport: tags and origin are added, lines are buffered, what was sent is counted until its callback came.

const debug = require('./debug');
const exit = require('./exit');
const { isSome, merge, telegrafTag } = require('./tags');
const { reconnect, renew } = require('./reconnect');
const { cardinality: validated } = require('./words');

function withTags(client, message, tags) {
  if (!client.telegraf) return `${message}|${client.tagPrefix}${tags.join(client.tagSeparator)}`;
  const colon = message.indexOf(':');
  return `${message.slice(0, colon)},${tags.map(telegrafTag).join(',')}${message.slice(colon)}`;
}

function getDatadogExtensionFields(cardinality) {
  if (!this.datadog) return [];
  const card = validated(cardinality) || this.cardinality;
  const fields = { c: this.containerID, e: this.externalData, card };
  return Object.keys(fields).filter((name) => fields[name]).map((name) => `${name}:${fields[name]}`);
}

function send(message, tags, cardinality, callback) {
  if (typeof cardinality === 'function' && callback === undefined) [callback, cardinality] = [cardinality, undefined];
  const all = isSome(tags) ? merge(this.globalTags, tags, this.telegraf) : this.globalTags;
  let line = all.length > 0 ? withTags(this, message, all) : message;
  if (this.datadog) {
    for (const field of this.getDatadogExtensionFields(cardinality)) line += `|${field}`;
  }
  this._send(line, callback);
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
  if (exit.state.hasBegun) this.flushQueue();
  callback?.();
}

function flushQueue(callback) {
  const { buffer } = this.bufferHolder;
  debug?.('hot-shots flushQueue: flushing %d bytes', Buffer.byteLength(buffer));
  this.bufferHolder.buffer = '';
  this.bufferHolder.length = 0;
  this.sendMessage(buffer, callback);
}

/** Whether the message has left already; who waits for a Unix socket is called back by that itself, at once. */
function leftAt(socket, message, callback) {
  const isOurs = socket.sendNow !== undefined && socket.send === socket.ownSend && !(callback && socket.type === 'uds');
  return isOurs && socket.sendNow(message);
}

function fail(client, error, callback, ...bytes) {
  if (callback) return callback(error, ...bytes);
  if (client.errorHandler) return client.errorHandler(error);
  console.error(String(error));
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
    if (!callback && !this.errorHandler) this.socket.emit('error', error);
  };
  this.messagesInFlight++;
  debug?.(
    'hot-shots sendMessage: sending %d bytes via %s transport (messagesInFlight=%d)',
    Buffer.byteLength(message), this.socket.type, this.messagesInFlight,
  );
  try {
    this.socket.send(Buffer.from(message), done);
  } catch (error) {
    done(error);
  }
}

/** One message less is on its way; who waits for that goes on after its callback. */
function landed() {
  this.messagesInFlight--;
  if (this.messagesInFlight === 0 && this.waiting.length > 0) queueMicrotask(() => this.drained());
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
  _send, drained, enqueue, flushQueue, getDatadogExtensionFields, landed, send, sendMessage, whenDrained,
  onBufferFlushInterval() {
    this.flushQueue();
  },
};
