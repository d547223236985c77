'use strict';

// What the client does, a line for each step, if NODE_DEBUG is set to `hot-shots` or `basenji`; undefined otherwise, so that `debug?.(...)` costs nothing.

const { debuglog } = require('util');

module.exports = ['hot-shots', 'basenji'].map((section) => debuglog(section)).find((log) => log.enabled);
