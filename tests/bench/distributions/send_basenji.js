'use strict';

// Calls Basenji for Node for each file of samples in a directory, and keeps each datagram that it would send, its length before it.

const fs = require('node:fs');
const path = require('node:path');

const [directory, basenji] = process.argv.slice(2);
const { Client } = require(path.resolve(basenji));

async function call(samples, file) {
  const transport = (datagram) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(datagram.length);
    fs.writeSync(file, Buffer.concat([length, datagram]));
  };
  // The flush is ours: one, after all calls.
  const client = new Client({ transport, telemetry: false, originDetection: false, flushInterval: 3_600_000, maxPayload: 1432 });
  for (const sample of samples) client.distribution('request.time', sample);
  if (!(await client.close(60_000))) throw new Error('the client did not send everything');
}

async function main() {
  for (const name of fs.readdirSync(directory).filter((each) => each.endsWith('.samples')).sort()) {
    const bytes = fs.readFileSync(path.join(directory, name));
    const samples = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    const file = fs.openSync(path.join(directory, name.replace('.samples', '.basenji-node')), 'w');
    await call(samples, file);
    fs.closeSync(file);
  }
}

main();
