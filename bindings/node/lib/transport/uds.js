'use strict';

// Unix datagrams through a socket of our own, with the errors of the addon unix-dgram: numbers of the system, and 1 for congestion.

const { EventEmitter } = require('events');
const os = require('os');
const native = require('../native');

const DEFAULT_PATH = '/var/run/datadog/dsd.socket';
const { EAGAIN, ENOBUFS } = os.constants.errno;
const ignore = () => {};

function failure(number, call) {
  if (-number === EAGAIN || -number === ENOBUFS) return Object.assign(new Error('congestion'), { code: 1 });
  return Object.assign(new Error(`${call} ${number}`), { code: number, errno: number, syscall: call });
}

const isCongested = (error) =>
  error.code === 'EAGAIN' || error.errno === EAGAIN || error.code === 'congestion' || error.message === 'congestion' || error.errno === 1;

function uds(args) {
  const { retries, retryDelayMs, maxRetryDelayMs, backoffFactor } = args.udsRetryOptions ?? {};
  const socket = new EventEmitter();
  let number = native.unixSocket ? native.unixSocket(args.path || DEFAULT_PATH) : -os.constants.errno.EAFNOSUPPORT;
  if (number < 0) throw failure(number, 'connect');
  socket.on('error', ignore);

  /** What the system said to the message that `sendNow` could not send, for the `send` that follows. */
  let refused;

  const attempt = (buffer, done, tried) => {
    const status = refused ?? (number < 0 ? -os.constants.errno.EBADF : native.sendText(number, buffer.toString()));
    refused = undefined;
    if (status === 0) return done?.();
    const error = failure(status, 'send');
    if (!isCongested(error) || tried >= (retries ?? 3)) return done?.(error);
    const delay = Math.min((retryDelayMs ?? 100) * (backoffFactor ?? 2) ** tried, maxRetryDelayMs ?? 1000);
    setTimeout(() => attempt(buffer, done, tried + 1), delay);
  };

  return {
    emit: socket.emit.bind(socket),
    on: socket.on.bind(socket),
    removeListener: socket.removeListener.bind(socket),
    number: () => number,
    send: (buffer, done) => attempt(buffer, done, 0),
    sendNow(text) {
      if (number < 0) return false;
      const status = native.sendText(number, text);
      if (status !== 0) refused = status;
      return status === 0;
    },
    close() {
      if (number >= 0) native.closeSocket(number);
      number = -1;
      socket.emit('close');
    },
    unref() {
      throw new Error('unix-dgram does not implement unref for sockets');
    },
  };
}

module.exports = uds;
