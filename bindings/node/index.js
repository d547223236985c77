'use strict';

const client = require('./lib/statsd');
const native = require('./lib/native');
const { Client: OwnClient } = require('./lib/client');
const { Aggregator } = require('./lib/aggregator');
const { ParseError, parse } = require('./lib/parse');
const { Server } = require('./lib/server');
const { Sketch } = require('./lib/sketch');

module.exports = client;
module.exports.StatsD = client;
module.exports.version = native.version();
Object.assign(module.exports, { Aggregator, Client: OwnClient, ParseError, Server, Sketch, parse });
