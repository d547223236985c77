'use strict';

const client = require('./lib/statsd');
const native = require('./lib/native');
const { Aggregator } = require('./lib/aggregator');
const { ParseError, parse } = require('./lib/parse');
const { Server } = require('./lib/server');
const { Sketch } = require('./lib/sketch');

module.exports = client;
module.exports.StatsD = client;
module.exports.version = native.version();
Object.assign(module.exports, { Aggregator, ParseError, Server, Sketch, parse });
