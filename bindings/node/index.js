'use strict';

const client = require('./lib/statsd');
const native = require('./lib/native');

module.exports = client;
module.exports.StatsD = client;
module.exports.version = native.version();

/** What is loaded when somebody asks for it. */
const LATER = {
  Aggregator: () => require('./lib/aggregator').Aggregator,
  Client: () => require('./lib/client').Client,
  ParseError: () => require('./lib/parse').ParseError,
  Server: () => require('./lib/server').Server,
  Sketch: () => require('./lib/sketch').Sketch,
  StateError: () => require('./lib/states').StateError,
  Uniques: () => require('./lib/uniques').Uniques,
  flushOnSignal: () => require('./lib/signals').flushOnSignal,
  parse: () => require('./lib/parse').parse,
};

for (const [name, load] of Object.entries(LATER)) {
  const define = (value) => Object.defineProperty(module.exports, name, { value, enumerable: true, configurable: true, writable: true });
  Object.defineProperty(module.exports, name, { enumerable: true, configurable: true, get: () => define(load())[name], set: define });
}
