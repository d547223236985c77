'use strict';

const client = require('./lib/statsd');
const native = require('./lib/native');

module.exports = client;
module.exports.StatsD = client;
module.exports.version = native.version();
