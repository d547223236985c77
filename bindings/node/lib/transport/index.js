'use strict';

// The transport of a client: `emit`, `on`, `removeListener`, `send(buffer, callback)`, `close`, `unref`, and `sendNow(text)` where a datagram can
// be sent at once.

const { EventEmitter } = require('events');
const debug = require('../debug');
const { tell } = require('../report');

/** Sends nothing, and reports success. */
function mock() {
  const socket = new EventEmitter();
  socket.on('error', () => {});
  const close = () => void setImmediate(() => socket.emit('close'));
  return {
    emit: (...event) => void socket.emit(...event),
    on: socket.on.bind(socket),
    removeListener: socket.removeListener.bind(socket),
    send: (buffer, done) => done?.(null, buffer.length),
    close,
    unref() {},
  };
}

/** A transport is loaded when there is one of its kind. */
const KINDS = {
  stream: (client) => require('./stream').stream(client),
  tcp: (client) => require('./stream').tcp(client),
  udp: (client) => require('./udp')(client),
  uds: (client) => require('./uds')(client),
};

/** Opens the client's transport; null where that fails, which is reported. */
function open(client) {
  const type = client.mock ? 'mock' : client.protocol || 'udp';
  debug?.('hot-shots transport: opening %s to %s', type, client.path ?? `${client.host}:${client.port}`);
  try {
    if (type !== 'mock' && !Object.hasOwn(KINDS, type)) throw new Error(`Unsupported protocol '${type}'`);
    const socket = type === 'mock' ? mock() : KINDS[type](client);
    return Object.assign(socket, { type, createdAt: Date.now(), ownSend: socket.send });
  } catch (error) {
    debug?.('hot-shots transport: %s cannot be opened - %s', type, error.message);
    tell(client, () => (client.errorHandler ? client.errorHandler(error) : console.error(error)));
    return null;
  }
}

module.exports = open;
