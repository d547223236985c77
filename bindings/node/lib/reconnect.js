'use strict';

// TCP and Unix sockets whose other end is gone are replaced, at most once in the rate limit.

const os = require('os');
const { tell } = require('./report');
const open = require('./transport');

const { ENOTCONN, ECONNREFUSED, EDESTADDRREQ, ECONNRESET } = os.constants.errno;

const GONE = {
  tcp: ['WSAENOTCONN', 'WSAECONNREFUSED', 'WSAECONNRESET', 'EDESTADDRREQ', 'ECONNRESET', 'EPIPE', 'ENOTCONN', 'ECONNREFUSED', 'ETIMEDOUT'],
  uds: {
    linux: ['ENOTCONN', 'ECONNREFUSED', -ENOTCONN, -ECONNREFUSED],
    darwin: ['EDESTADDRREQ', 'ECONNRESET', -EDESTADDRREQ, -ECONNRESET],
  }[process.platform] ?? [],
};

/** Milliseconds in which a connection that was given up is not tried again, at least. */
const REST = 1000;

/**
 * Replaces the socket if the error says that its other end is gone. An attempt to connect keeps the process alive until it is made or given up, so a connection that
 * was given up is tried again when a call finds it so after a rest, and not by itself: a process that has nothing else to do ends.
 */
function reconnect(client, protocol, error) {
  const { socket } = client;
  if (!error || !socket?.createdAt || !Object.hasOwn(GONE, protocol)) return;
  const lapsedAt = socket.lapsedAt?.();
  if (lapsedAt === undefined && !GONE[protocol].includes(error.code)) return;
  const limit = protocol === 'tcp' ? client.tcpGracefulRestartRateLimit : client.udsGracefulRestartRateLimit;
  if (Date.now() - (lapsedAt ?? socket.createdAt) < (lapsedAt === undefined ? limit : Math.max(limit, REST))) return;
  if (client.errorHandler) socket.removeListener('error', client.errorHandler);
  const next = open(client);
  if (!next) {
    const failure = `Could not replace ${protocol} connection with new socket`;
    tell(client, () => (client.errorHandler ? client.errorHandler(new Error(failure)) : console.error(failure)));
    return;
  }
  socket.close();
  client.socket = next;
  client.bufferHolder.will?.through(next);
  watch(client, protocol);
  next.on('error', client.errorHandler || ((cause) => console.error(`hot-shots ${protocol} error: ${cause}`)));
}

/** Replaces the socket after its errors. A child's socket is its parent's to replace. */
function watch(client, protocol) {
  const isOn = { tcp: client.tcpGracefulErrorHandling, uds: client.udsGracefulErrorHandling }[protocol];
  if (isOn && client.socket && !client.isChild) client.socket.on('error', (error) => reconnect(client, protocol, error));
}

/** Opens a socket where there was none. */
function renew(client) {
  client.socket = open(client);
  client.bufferHolder.will?.through(client.socket);
  watch(client, client.protocol);
}

module.exports = { reconnect, renew, watch };
