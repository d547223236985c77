'use strict';

// Calls hot-shots for each file of samples in a directory, and keeps each datagram that it would send, its length before it.

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');
const { Writable } = require('node:stream');

const [directory, packages] = process.argv.slice(2);
const { StatsD } = createRequire(path.resolve(packages, 'any.js'))('hot-shots');

async function call(samples, file) {
  const stream = new Writable({
    write(datagram, _encoding, done) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(datagram.length);
      fs.writeSync(file, Buffer.concat([length, datagram]));
      done();
    },
  });
  // Datagrams as full as the other clients make them.
  const client = new StatsD({
    protocol: 'stream', stream, maxBufferSize: 1432, includeDatadogTelemetry: false, includeDataDogTags: false, originDetection: false,
  });
  for (const sample of samples) client.distribution('request.time', sample);
  await new Promise((resolve) => { client.close(resolve); });
}

async function main() {
  for (const name of fs.readdirSync(directory).filter((each) => each.endsWith('.samples')).sort()) {
    const bytes = fs.readFileSync(path.join(directory, name));
    const samples = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
    const file = fs.openSync(path.join(directory, name.replace('.samples', '.hot-shots')), 'w');
    await call(samples, file);
    fs.closeSync(file);
  }
}

main();
