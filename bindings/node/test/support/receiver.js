'use strict';

// What listens in tests: each kind of transport, on a port or a path that the system chooses.

const dgram = require('node:dgram');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { spawn } = require('node:child_process');
const { PassThrough } = require('node:stream');

/** Collects datagrams; `expect(n)` waits until there are so many, or none can come any more. */
function collector(extra) {
  const datagrams = [];
  let wake = () => {};
  return {
    datagrams,
    take(data) {
      datagrams.push(data.toString());
      wake();
    },
    async expect(count) {
      const deadline = Date.now() + 3000;
      while (datagrams.length < count && Date.now() < deadline) {
        await new Promise((resolve) => {
          wake = resolve;
          setTimeout(resolve, 20);
        });
      }
    },
    ...extra,
  };
}

async function udp(type, address) {
  const socket = dgram.createSocket(type);
  socket.bind(0, address);
  await once(socket, 'listening');
  const { port } = socket.address();
  const it = collector({ port, options: { host: address, port }, close: () => socket.close() });
  socket.on('message', it.take);
  return it;
}

async function tcp() {
  const sockets = [];
  const it = collector();
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('data', it.take);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return Object.assign(it, { port, options: { protocol: 'tcp', host: '127.0.0.1', port }, close });
}

/** Node has no datagrams on Unix sockets: Python has. */
const READER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
while True: print(s.recv(70000).hex(), flush=True)
`;

async function uds(file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-')), 'dsd.sock')) {
  const directory = path.dirname(file);
  fs.mkdirSync(directory, { recursive: true });
  const child = spawn('python3', ['-c', READER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const it = collector({ path: file, pid: child.pid, options: { protocol: 'uds', path: file } });
  let rest = '';
  const ready = new Promise((resolve) => {
    child.stdout.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) line === 'ready' ? resolve() : it.take(Buffer.from(line, 'hex'));
    });
  });
  await ready;
  it.close = async () => {
    child.kill();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return it;
}

function stream() {
  const through = new PassThrough();
  const it = collector({ options: { protocol: 'stream', stream: through }, close: () => through.destroy() });
  through.on('data', it.take);
  return it;
}

const none = () => collector({ options: {}, close() {} });

const KINDS = { udp: () => udp('udp4', '127.0.0.1'), udp6: () => udp('udp6', '::1'), tcp, uds: (file) => uds(file), stream, none };

/** A receiver of that kind, with the options of a client for it; on the path, where it is a Unix socket and one is given. */
const receiver = async (kind, file) => KINDS[kind](file);

module.exports = { receiver };
