'use strict';

// UDP: a socket of Node's, which resolves names and reports errors as its users know it, and beside it one of our own that sends at once where
// that makes no difference: to an IP address, while the program has not replaced `send`.

const dgram = require('dgram');
const native = require('../native');
const lookup = require('./lookup');

const genuineSend = dgram.Socket.prototype.send;
const ignore = () => {};

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ADDRESS = new RegExp(`^(?:${BYTE}\\.){3}${BYTE}$`);

/** The version of an IP address, 0 for a name. `net` takes longer to load than all of the package and is asked where there is a colon only. */
function version(host) {
  if (typeof host !== 'string') return 0;
  if (ADDRESS.test(host)) return 4;
  return host.includes(':') ? require('net').isIP(host) : 0;
}

/** Names are looked up anew when the answer is older than `ttl` milliseconds. */
function cachedLookup(host, ttl) {
  let address;
  let asked = 0;
  return (use) => {
    const now = Date.now();
    if (address !== undefined && now - asked <= ttl) return use(null, address);
    if (version(host) !== 0) {
      [address, asked] = [host, now];
      return use(null, address);
    }
    lookup(host, (error, found) => {
      if (error) return use(error);
      [address, asked] = [found, now];
      use(null, address);
    });
  };
}

/** Milliseconds in which a name that was not found is not looked up again: a look-up holds a thread, of which Node has four. */
const UNKNOWN = 1000;

/** `send`, but a datagram to a name that has just not been found fails as the one before; once in a while one tries again. */
function sparing(send) {
  let failure;
  let failedAt;
  return (buffer, done = ignore) => {
    if (failure !== undefined) {
      const now = Date.now();
      if (now - failedAt < UNKNOWN) return process.nextTick(done, failure);
      failedAt = now;
    }
    send(buffer, (error, ...sent) => {
      if (error?.syscall === 'getaddrinfo') [failure, failedAt] = [error, Date.now()];
      else failure = undefined;
      done(error, ...sent);
    });
  };
}

function socketOptions(options, family) {
  const all = { ...options, type: options.type || (family === 6 ? 'udp6' : 'udp4') };
  const asIs = (host, settings, done) => (typeof settings === 'function' ? settings : done)(null, host, family);
  return { ...all, lookup: all.lookup ?? (family ? asIs : lookup) };
}

function udp(args) {
  const given = args.udpSocketOptions ?? {};
  const options = socketOptions(given, version(args.host));
  const socket = dgram.createSocket(options);
  socket.unref();
  socket.on('error', ignore);

  const host = args.host === undefined ? (options.type === 'udp6' ? '::1' : '127.0.0.1') : args.host;
  const isPlain = Object.keys(given).every((key) => key === 'type') && options.type === `udp${version(host) || 4}`;
  let number = isPlain && version(host) !== 0 && socket instanceof dgram.Socket ? native.udpSocket(host, args.port) : -1;

  const sendTo = (buffer, address, done) => {
    try {
      socket.send(buffer, 0, buffer.length, args.port, address, (error) => done?.(error));
    } catch (error) {
      done?.(error);
    }
  };
  const cached = args.cacheDns ? cachedLookup(args.host, args.cacheDnsTtl) : undefined;

  return {
    emit: socket.emit.bind(socket),
    on: socket.on.bind(socket),
    removeListener: socket.removeListener.bind(socket),
    unref: socket.unref.bind(socket),
    send: sparing((buffer, done) => {
      if (!cached) return sendTo(buffer, args.host, done);
      cached((error, address) => (error ? done(error) : sendTo(buffer, address, done)));
    }),
    /** The socket that sends at once, -1 for none. */
    number: () => number,
    /** Whether the text has been sent; where it has not, `send` finds out why. */
    sendNow: (text) => number >= 0 && socket.send === genuineSend && native.sendText(number, text) === 0,
    close() {
      if (number >= 0) native.closeSocket(number);
      number = -1;
      socket.close();
    },
  };
}

module.exports = udp;
