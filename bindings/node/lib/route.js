'use strict';

const fs = require('fs');

/** The address of an interface as /proc/net/route has it, its first byte last. */
const address = (number) => [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join('.');

/** The gateway of the default route, or null. */
function defaultRoute() {
  let routes;
  try {
    routes = fs.readFileSync('/proc/net/route', 'utf8');
  } catch {
    console.error('Could not get default route from /proc/net/route');
    return null;
  }
  const fields = routes.split('\n').map((line) => line.trim().split('\t')).find((line) => line[1] === '00000000');
  return fields ? address(Buffer.from(fields[2], 'hex').readUInt32LE()) : null;
}

module.exports = { address, defaultRoute };
