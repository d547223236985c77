'use strict';

// What listens: each kind of transport, on a port or a path that the system chooses. `settled()` resolves when all that was sent before has arrived.

const dgram = require('node:dgram');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { Writable } = require('node:stream');

/** Comes last, after which nothing of the client's is left in the queue. */
const LAST = '\0last';

function datagrams(send) {
  const received = [];
  let settle;
  return {
    received,
    take(data) {
      if (data.toString() === LAST) settle();
      else received.push(data.toString());
    },
    settled: () =>
      new Promise((resolve) => {
        settle = resolve;
        send(LAST);
      }),
  };
}

async function udp(type = 'udp4', address = '127.0.0.1') {
  const socket = dgram.createSocket({ type, recvBufferSize: 1 << 20 });
  socket.bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  const it = datagrams((text) => socket.send(text, port, address));
  socket.on('message', it.take);
  return { ...it, port, options: { host: address, port }, close: () => void socket.close() };
}

/** Node has no datagrams on Unix sockets; the peer's addon has. */
async function uds(maxBufferSize = 1) {
  const unix = require('unix-dgram');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-'));
  const file = path.join(directory, 'dsd.sock');
  const socket = unix.createSocket('unix_dgram');
  const it = datagrams((text) => {
    const sender = unix.createSocket('unix_dgram');
    sender.send(Buffer.from(text), 0, text.length, file, () => setImmediate(() => sender.close()));
  });
  socket.on('message', it.take);
  socket.bind(file);
  const close = () => {
    socket.close();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { ...it, path: file, options: { protocol: 'uds', path: file, maxBufferSize }, close };
}

async function tcp() {
  const sockets = [];
  const all = [];
  let wake = () => {};
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => all.push(data));
    socket.on('error', () => {});
    socket.on('close', () => wake());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const isOpen = () => sockets.some((socket) => !socket.closed);
  return {
    port,
    options: { protocol: 'tcp', host: '127.0.0.1', port },
    // One text: where it is cut is the network's business.
    get received() {
      return all.length === 0 ? [] : [Buffer.concat(all).toString()];
    },
    async settled() {
      const deadline = Date.now() + 1000;
      // A connection of which nothing is known yet is taken in the next turns of the loop.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      while (isOpen() && Date.now() < deadline) await new Promise((resolve) => void setTimeout(resolve, 20, (wake = resolve)));
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function stream() {
  const received = [];
  const own = new Writable({
    write(chunk, _, done) {
      received.push(chunk.toString());
      setImmediate(done);
    },
  });
  return { received, options: { protocol: 'stream', stream: own }, settled: async () => {}, close() {} };
}

async function mock() {
  return { received: [], options: { mock: true }, settled: async () => {}, close() {} };
}

async function none() {
  return { received: [], options: {}, settled: async () => {}, close() {} };
}

module.exports = { udp, udp6: () => udp('udp6', '::1'), uds: () => uds(), 'uds, unbuffered': () => uds(0), tcp, stream, mock, none };
