'use strict';

// Lines to a stream: the caller's own, or a TCP connection. Each payload ends in a newline.

const net = require('net');

const ignore = () => {};

const line = (buffer) => {
  const text = buffer.toString();
  return text.length > 0 && !text.endsWith('\n') ? `${text}\n` : text;
};

function write(stream, buffer, done, gone) {
  if (stream.destroyed) return done?.(Object.assign(new Error(gone.message), { code: gone.code }));
  stream.write(line(buffer), (error) => done?.(error));
}

const events = (stream) => ({
  emit: stream.emit.bind(stream),
  on: stream.on.bind(stream),
  removeListener: stream.removeListener.bind(stream),
});

/** Milliseconds after which a connection that takes nothing, or is not made, is given up. */
const STALLED = 10_000;

function tcp(args) {
  const socket = net.connect(args.port, args.host);
  let isMade = false;
  let lapsedAt;
  socket.setKeepAlive(true);
  socket.unref();
  socket.once('connect', () => (isMade = true));
  socket.on('error', () => {
    // The program may emit errors of its own.
    if (!isMade && socket.destroyed) lapsedAt ??= Date.now();
  });
  socket.setTimeout(STALLED, () => {
    if (!socket.connecting && socket.writableLength === 0) return;
    lapsedAt = Date.now();
    socket.destroy(Object.assign(new Error(`nothing was taken for ${STALLED} ms`), { code: 'ETIMEDOUT', syscall: 'write' }));
  });
  const gone = { message: 'Socket is destroyed', code: 'ERR_SOCKET_DESTROYED' };
  return {
    ...events(socket),
    send: (buffer, done) => write(socket, buffer, done, gone),
    close: () => void socket.destroy(),
    isClosed: () => socket.closed,
    /** When it was given up: the connection was never made, or took nothing; undefined for one that is made or was lost. */
    lapsedAt: () => lapsedAt,
    unref: socket.unref.bind(socket),
  };
}

function stream(args) {
  const { stream: own } = args;
  // What hot-shots throws here; to load it takes longer than all of the package.
  if (!own) require('assert')(own, '`stream` option required');
  own.on('error', ignore);
  const gone = { message: 'Stream is destroyed', code: 'ERR_STREAM_DESTROYED' };
  return {
    ...events(own),
    send: (buffer, done) => write(own, buffer, done, gone),
    isClosed: () => own.closed === true,
    close() {
      own.removeListener('error', ignore);
      try {
        own.destroy();
      } catch (error) {
        own.on('error', ignore);
        throw error;
      }
    },
    unref() {
      throw new Error('stream transport does not support unref');
    },
  };
}

module.exports = { stream, tcp };
